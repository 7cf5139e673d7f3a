import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { alertsIn, forgetDetection, occur, testDetection } from '../harness/detection.js';
import { RULE_FIXTURES } from '../harness/detection-fixtures.js';
import { HandClock } from '../harness/hand-clock.js';
import { type LedgerScene, openLedgerScene } from '../harness/ledger.js';
import { untilServerNoticed } from './audit-workers.js';
import { KILLS } from './crash-points.js';
import type { DetectionOrders } from './detection-worker.js';

const ROOT_KEY = '07'.repeat(32);
const NOON = Date.UTC(2026, 10, 22, 12);
/** Of the stream's entries, so that a kill lies between two pages. */
const PAGE_ENTRIES = 9;
const WORKER = fileURLToPath(new URL('./detection-worker.js', import.meta.url));

/** Between what correlations remember, each alert and the cursor; the numbers are passages before the kill. */
const PLACES = [...KILLS['detection-crash'], 'audit.append.before-commit'];
const ENDS = PLACES.flatMap((place) => [`${place}:1`, `${place}:2`]);

describe('detection under kill -9', () => {
  let scene: LedgerScene;
  let expected: Record<string, unknown>[];
  const clock = new HandClock(NOON);
  before(async () => {
    scene = await openLedgerScene({ clock, rootKey: Buffer.from(ROOT_KEY, 'hex') });
    for (const file of ['stuffing_success.yml', 'brute_force.yml', 'mass_deletion.yml', 'admin_role_granted.yml'] as const) await occur(scene.log, clock, NOON, RULE_FIXTURES[file]!.fires);
    while ((await scene.sequencer.sequence()) > 0);
    const evaluator = testDetection(scene.database.sequencer, scene.log, clock);
    while ((await evaluator.evaluate()) > 0);
    expected = await alertsIn(scene.database);
    assert.equal(expected.length, 5);
  });
  after(() => scene.close());

  const run = (crashAt: string): Promise<{ signal: string | null; stderr: string }> => {
    const { app: appUrl, sequencer: sequencerUrl } = scene.database.urls;
    const orders: DetectionOrders = { appUrl, sequencerUrl, rootKey: ROOT_KEY, noonMillis: NOON, pageEntries: PAGE_ENTRIES, crashAt };
    const child = spawn(process.execPath, [WORKER, JSON.stringify(orders)], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    return new Promise((resolve) => child.once('close', (_code, signal) => resolve({ signal, stderr })));
  };
  /** Another evaluator, which remembers nothing: what there is to know is in the database. */
  const heir = async (): Promise<void> => {
    const evaluator = testDetection(scene.database.sequencer, scene.log, clock);
    while ((await evaluator.evaluate(PAGE_ENTRIES)) > 0);
  };
  const recorded = async (): Promise<number> => Number((await scene.query<{ n: string }>("SELECT count(*) AS n FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%\"alert.raise\"%'"))[0]!.n);

  for (const crashAt of ENDS) {
    it(`raises the same alerts, each once and recorded once, when killed at ${crashAt}`, async () => {
      await forgetDetection(scene.database);
      const before = await recorded();
      const killed = await run(crashAt);
      assert.equal(killed.signal, 'SIGKILL', killed.stderr);
      assert.match(killed.stderr, new RegExp(`crash point ${crashAt.split(':')[0]}`), 'the kill landed in the window that was meant');
      await untilServerNoticed(scene);
      await heir();
      assert.deepEqual(await alertsIn(scene.database), expected);
      assert.equal(await recorded(), before + expected.length);
    });
  }
});
