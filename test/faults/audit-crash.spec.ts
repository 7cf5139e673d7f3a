import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { type LedgerScene, openLedgerScene } from '../harness/ledger.js';
import type { Orders } from './audit-worker.js';
import { FAULT_SEED, generator, roundsScaled } from './parameters.js';

const ROOT_KEY = '05'.repeat(32);
const WORKER = fileURLToPath(new URL('./audit-worker.js', import.meta.url));

/** Every named place of the audit engine, and how often it is passed at most before it kills. */
const PLACES = [
  ['audit.append.before-commit', 80],
  ['database.commit.before-sending', 80],
  ['database.commit.before-answer', 80],
  ['audit.group.after-commit', 10],
  ['audit.sequence.after-leaves', 8],
  ['audit.sequence.after-tiles', 8],
  ['audit.sequence.before-commit', 8],
  ['audit.sequence.after-commit', 8],
  ['audit.publish.after-signing', 8],
  ['audit.publish.before-commit', 8],
  ['audit.publish.after-commit', 8],
] as const;
const random = generator();
const CRASH_POINTS = Array.from({ length: roundsScaled(0.1) }, () => PLACES.map(([name, passagesMax]) => `${name}:${1 + Math.floor(random() * passagesMax)}`)).flat();
const RANDOM_KILLS = roundsScaled(0.4);

describe(`the ledger under kill -9 (seed ${FAULT_SEED}, ${CRASH_POINTS.length} at named points and ${RANDOM_KILLS} at random times)`, () => {
  let scene: LedgerScene;
  const acknowledged = new Set<string>();
  before(async () => {
    scene = await openLedgerScene({ rootKey: Buffer.from(ROOT_KEY, 'hex') });
    await scene.query('CREATE TABLE public.deed (entry_id uuid); GRANT INSERT ON public.deed TO PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC');
  });
  after(() => scene.close());

  /** Starts a worker; resolves with how it ended. */
  const start = (crashAt: string | null): { kill: () => void; ended: Promise<{ signal: string | null; stderr: string }>; busy: Promise<void> } => {
    const { urls } = scene.database;
    const orders: Orders = { appUrl: urls.app, sequencerUrl: urls.sequencer, rootKey: ROOT_KEY, crashAt };
    const child = spawn(process.execPath, ['--enable-source-maps', WORKER, JSON.stringify(orders)], { stdio: ['ignore', 'pipe', 'pipe'] });
    const { promise: busy, resolve: isBusy } = Promise.withResolvers<void>();
    let [rest, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) acknowledged.add(line.slice('ack '.length));
      isBusy();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = new Promise<{ signal: string | null; stderr: string }>((resolve) => child.once('close', (_code, signal) => resolve({ signal, stderr })));
    return { kill: () => child.kill('SIGKILL'), ended, busy };
  };

  /** A killed client's last COMMIT may still be under way in the server, and the turn to sequence with it. */
  const untilServerNoticed = async (): Promise<void> => {
    const sessions = () => scene.query(`SELECT FROM pg_stat_activity WHERE application_name = 'crash-test' AND datname = current_database()`);
    while ((await sessions()).length > 0) await sleep(5);
  };

  const assertNothingLost = async (): Promise<void> => {
    await untilServerNoticed();
    while ((await scene.sequencer.sequence()) > 0);
    await scene.publisher.publish(0);
    const lost = await scene.query('SELECT id FROM unnest($1::uuid[]) AS a (id) WHERE NOT EXISTS (SELECT FROM audit.entry e WHERE e.id = a.id)', [[...acknowledged]]);
    assert.deepEqual(lost, [], 'every acknowledged entry is there');
    const [counts] = await scene.query<{ unrecorded: string; undone: string; unsequenced: string; gaps: string }>(
      `SELECT (SELECT count(*) FROM public.deed d WHERE NOT EXISTS (SELECT FROM audit.entry e WHERE e.id = d.entry_id)) AS unrecorded,
              (SELECT count(*) FROM audit.entry e WHERE (convert_from(e.body, 'UTF8')::json #>> '{unmapped,n}')::int % 5 <> 4
                 AND NOT EXISTS (SELECT FROM public.deed d WHERE d.entry_id = e.id)) AS undone,
              (SELECT count(*) FROM audit.entry e WHERE NOT EXISTS (SELECT FROM audit.leaf l WHERE l.entry_id = e.id)) AS unsequenced,
              (SELECT count(*) - max(index) - 1 FROM audit.leaf) AS gaps`,
    );
    assert.deepEqual(counts, { unrecorded: '0', undone: '0', unsequenced: '0', gaps: '0' });
    assert.deepEqual((await scene.rederive()).mismatches, []);
  };

  for (const crashAt of CRASH_POINTS) {
    it(`loses nothing that was acknowledged when killed at ${crashAt}`, async (t) => {
      const { ended } = start(crashAt);
      const { signal, stderr } = await ended;
      assert.equal(signal, 'SIGKILL');
      assert.match(stderr, new RegExp(`crash point ${crashAt.split(':')[0]}`), 'the kill landed in the window that was meant');
      await assertNothingLost();
      t.diagnostic(`${acknowledged.size} acknowledged so far, none lost`);
    });
  }

  it('loses nothing with two processes that sequence, killed again and again at any moment', async (t) => {
    for (let round = 0; round < RANDOM_KILLS; round += 1) {
      const workers = [start(null), start(null)];
      await Promise.all(workers.map(({ busy }) => busy));
      // Any moment will do: the length of the wait is not what is tested.
      await sleep(100 + Math.floor(random() * 500));
      for (const { kill } of workers) kill();
      await Promise.all(workers.map(({ ended }) => ended));
      await assertNothingLost();
    }
    t.diagnostic(`${acknowledged.size} acknowledged, none lost`);
  });
});
