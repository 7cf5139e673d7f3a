import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SystemRandomness } from '#platform/system/randomness.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { testAlerts } from '../../../../test/harness/detection.js';
import { type LedgerScene, openLedgerScene } from '../../../../test/harness/ledger.js';
import { CursorRepository } from '../persistence/cursor.repository.js';
import { PulseRepository } from '../persistence/pulse.repository.js';
import { RequestPulse } from './request-pulse.js';
import { RuleBook } from './rule-book.js';
import { SilenceWatch } from './silence-watch.js';

const MINUTE = 60_000;

describe('the watch over the silence of the ledger', () => {
  let scene: LedgerScene;
  let watch: SilenceWatch;
  let pulse: RequestPulse;
  const clock = new HandClock();
  before(async () => {
    scene = await openLedgerScene();
    const pulses = new PulseRepository();
    watch = new SilenceWatch(scene.database.sequencer, new CursorRepository(), pulses, testAlerts(scene.log, clock), new RuleBook('/nonexistent'));
    pulse = new RequestPulse(scene.database.app, pulses, clock, new SystemRandomness());
    await scene.appendMany(1);
    await scene.sequencer.sequence();
  });
  after(() => scene.close());

  const alerts = () => scene.query<{ title: string; count: string; severity: string }>('SELECT title, count, severity FROM alerts.alert');
  /** Nothing was sequenced for so long. */
  const grew = (agoMillis: number) => scene.query("ALTER TABLE audit.tree_head DISABLE TRIGGER ALL; UPDATE audit.tree_head SET sequenced_at = clock_timestamp() - interval '1 ms' * " + agoMillis);
  const answer = async (requests: number, overMillis = MINUTE): Promise<void> => {
    for (let request = 0; request < requests; request += 1) pulse.note();
    clock.millis += overMillis;
    await pulse.store();
  };

  it('says nothing while nothing is asked of the server', async () => {
    await grew(60 * MINUTE);
    await answer(0);
    await watch.look();
    assert.deepEqual(await alerts(), []);
  });

  it('says nothing of what was answered before the tree last grew, or in the same minute', async () => {
    await grew(15 * MINUTE + 1_000);
    await answer(5, 16 * MINUTE);
    await watch.look();
    assert.deepEqual(await alerts(), [], 'it is not known which of them came after');
  });

  it('says nothing while the ledger grows', async () => {
    await grew(10 * MINUTE);
    await answer(5);
    await watch.look();
    assert.deepEqual(await alerts(), []);
  });

  it('raises an alert when requests were answered as recorded and no entry arrived, and adds to it while that lasts', async () => {
    await grew(16 * MINUTE);
    await answer(1);
    await watch.look();
    await watch.look();
    assert.deepEqual(await alerts(), [{ title: 'Requests are answered, and the ledger does not grow', count: '2', severity: 'high' }]);
  });

  it('tells of a flow that could not be told before', async () => {
    const before = await scene.query<{ n: string }>('SELECT sum(answered) AS n FROM alerts.request_pulse');
    pulse.note();
    await scene.query('REVOKE INSERT ON alerts.request_pulse FROM quantonium_app');
    await assert.rejects(pulse.store());
    await scene.query('GRANT INSERT ON alerts.request_pulse TO quantonium_app');
    await answer(2);
    const after = await scene.query<{ n: string }>('SELECT sum(answered) AS n FROM alerts.request_pulse');
    assert.equal(Number(after[0]!.n) - Number(before[0]!.n), 3);
  });

  it('forgets flows that no rule asks for any more', async () => {
    await scene.query("UPDATE alerts.request_pulse SET until = clock_timestamp() - interval '16 minutes'");
    await watch.look();
    assert.deepEqual(await scene.query('SELECT * FROM alerts.request_pulse'), []);
  });
});
