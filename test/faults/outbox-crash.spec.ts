import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LEASE_MILLIS, OutboxDelivery } from '#platform/outbox/outbox-delivery.js';
import { OutboxRows } from '#platform/outbox/outbox-rows.js';
import { Outbox } from '#platform/outbox/outbox.js';
import { SystemClock } from '#platform/system/clock.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { HandClock } from '../harness/hand-clock.js';
import { openTestDatabase, type TestDatabase } from '../harness/postgres.js';
import { IdSink, type OutboxOrders } from './outbox-worker.js';

const WORKER = fileURLToPath(new URL('./outbox-worker.js', import.meta.url));
const MESSAGES = 5;

describe('the outbox under kill -9', () => {
  let database: TestDatabase;
  let receiver: Server;
  let receiverUrl: string;
  const received: string[] = [];
  before(async () => {
    database = await openTestDatabase();
    receiver = createServer((request, response) => {
      received.push(request.headers['webhook-id'] as string);
      response.end();
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  });
  after(async () => {
    receiver.close();
    await database.close();
  });
  beforeEach(() => void (received.length = 0));

  const enqueue = (): Promise<readonly string[]> =>
    database.app.run(systemPrincipal('spec'), (tx) =>
      new Outbox(new SystemClock(), new SystemRandomness()).enqueue(tx, ...Array.from({ length: MESSAGES }, () => ({ sink: 'webhook', destination: 'a', subject: {} }) as const)),
    );
  const runUntilKilled = async (crashAt: string): Promise<void> => {
    const orders: OutboxOrders = { sequencerUrl: database.urls.sequencer, receiverUrl, crashAt };
    const child = spawn(process.execPath, ['--enable-source-maps', WORKER, JSON.stringify(orders)], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    assert.equal(signal, 'SIGKILL', stderr);
    assert.match(stderr, /crash point outbox\./);
  };
  /** Whoever comes after, once the lease of the dead has run out. */
  const heir = async (): Promise<void> => {
    const clock = new HandClock(Date.now() + LEASE_MILLIS + 1_000);
    const delivery = new OutboxDelivery(database.sequencer, new OutboxRows(), [new IdSink(receiverUrl)], clock, new SystemRandomness(), { traced: (attempt) => attempt(), ended: () => undefined, failed: (error) => assert.fail(String(error)) });
    while ((await delivery.start(new AbortController().signal)) > 0) await delivery.settled();
  };
  const states = async () => (await database.query<{ state: string }>('SELECT DISTINCT state FROM platform.outbox')).map(({ state }) => state);

  for (const [passage, point, repeated] of [
    [1, 'outbox.claim.after-commit', 0],
    [3, 'outbox.claim.after-commit', 0],
    [1, 'outbox.deliver.after-delivery', 1],
    [3, 'outbox.deliver.after-delivery', 1],
  ] as const) {
    it(`delivers everything in order when killed at passage ${passage} of ${point}${repeated === 0 ? ', and nothing twice' : ', and the message under way again with the same id'}`, async () => {
      const ids = await enqueue();
      await runUntilKilled(`${point}:${passage}`);
      await heir();
      const underWay = ids[passage - 1]!;
      assert.deepEqual(received, ids.flatMap((id) => (id === underWay && repeated === 1 ? [id, id] : [id])));
      assert.deepEqual(await states(), ['delivered']);
    });
  }
});
