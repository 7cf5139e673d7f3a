import assert from 'node:assert/strict';
import { once, EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Logger } from '@nestjs/common';
import type { CheckpointPublisher, Publication } from '../checkpoint-publisher.js';
import { type Sequencer, TURN_ENTRIES_MAX } from '../sequencer.js';
import { type LedgerScene, openLedgerScene } from '../../../../test/harness/ledger.js';
import { LedgerJob, TICK_MILLIS } from './ledger.job.js';

describe('the ledger job on a real ledger', () => {
  let scene: LedgerScene;
  beforeEach(async () => void (scene = await openLedgerScene()));
  afterEach(() => scene.close());

  it('brings an entry under a checkpoint within a second, and leaves nothing running behind its shutdown', async () => {
    const job = new LedgerJob(scene.sequencer, scene.publisher);
    job.onApplicationBootstrap();
    const [id] = await scene.appendMany(1);
    const started = performance.now();
    let receipt = await scene.reader.receipt(id!);
    while (!(receipt instanceof Buffer) && performance.now() - started < 5_000) {
      await sleep(20);
      receipt = await scene.reader.receipt(id!);
    }
    assert.ok(receipt instanceof Buffer);
    await job.onApplicationShutdown();
    await scene.appendMany(1);
    await sleep(2 * TICK_MILLIS);
    assert.equal(await scene.sequencer.sequence(), 1, 'nobody else took it');
  });
});

/** Engine faces that do as the test says and tell when they were called. */
class Scripted extends EventEmitter {
  sequences = 0;
  publishes = 0;
  answers: (number | Error)[] = [];
  gate: Promise<void> = Promise.resolve();

  readonly sequencer = {
    sequence: async (): Promise<number> => {
      this.sequences += 1;
      await this.gate;
      const answer = this.answers.shift() ?? 0;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  } as Sequencer;

  readonly publisher = {
    publish: async (): Promise<Publication> => {
      this.publishes += 1;
      this.emit('published');
      return 'not-due';
    },
  } as CheckpointPublisher;
}

describe('the ledger job', () => {
  const said: string[] = [];
  beforeEach(() => {
    said.length = 0;
    const sink = (level: string) => (message: unknown) => void said.push(`${level}: ${String(message)}`);
    Logger.overrideLogger({ log: sink('log'), error: sink('error'), warn: sink('warn') });
  });
  afterEach(() => Logger.overrideLogger(false));

  it('works through a backlog turn by turn without waiting for the next tick, publishing as it goes', async () => {
    const script = new Scripted();
    script.answers = [TURN_ENTRIES_MAX, TURN_ENTRIES_MAX, 17];
    const job = new LedgerJob(script.sequencer, script.publisher);
    const started = performance.now();
    job.onApplicationBootstrap();
    for (let publication = 1; publication <= 3; publication += 1) await once(script, 'published');
    assert.ok(performance.now() - started < TICK_MILLIS, 'three turns within one tick');
    assert.deepEqual([script.sequences, script.publishes], [3, 3]);
    await job.onApplicationShutdown();
  });

  it('ends the turn that is running before its shutdown is over, and begins none after it', async () => {
    const script = new Scripted();
    const { promise, resolve: release } = Promise.withResolvers<void>();
    script.gate = promise;
    script.answers = [TURN_ENTRIES_MAX];
    const job = new LedgerJob(script.sequencer, script.publisher);
    job.onApplicationBootstrap();
    let isOver = false;
    const shutdown = job.onApplicationShutdown().then(() => (isOver = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isOver, false);
    release();
    await shutdown;
    const { sequences } = script;
    await sleep(2 * TICK_MILLIS);
    assert.deepEqual([script.sequences, sequences], [1, 1]);
  });

  it('says once that it fails and once that it works again, and tries at every tick in between', async () => {
    const script = new Scripted();
    script.answers = [new Error('no database'), new Error('no database'), new Error('no database')];
    const job = new LedgerJob(script.sequencer, script.publisher);
    const published = once(script, 'published');
    job.onApplicationBootstrap();
    await published;
    await job.onApplicationShutdown();
    assert.equal(script.sequences, 4);
    assert.deepEqual(said.map((line) => line.split(':')[0]), ['error', 'log']);
  });
});
