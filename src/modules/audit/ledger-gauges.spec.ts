import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type LedgerScene, openLedgerScene } from '../../../test/harness/ledger.js';

/** The value of one series as `/metrics` shows it; undefined where there is none. */
async function shown({ metrics }: LedgerScene, series: string): Promise<number | undefined> {
  const line = (await metrics.text()).split('\n').find((each) => each.startsWith(`quantonium_${series} `));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
}

describe('the gauges of the ledger', () => {
  let scene: LedgerScene;
  beforeEach(async () => void (scene = await openLedgerScene()));
  afterEach(() => scene.close());

  it('follow an entry from the commit to its checkpoint', async () => {
    await scene.appendMany(3);
    await scene.gauges.refresh();
    assert.equal(await shown(scene, 'audit_pending_entries'), 3);
    assert.equal(await shown(scene, 'audit_tree_size'), 0);
    const age = (await shown(scene, 'audit_oldest_pending_seconds'))!;
    assert.ok(age >= 0 && age < 10, String(age));
    assert.equal(await shown(scene, 'audit_checkpoint_timestamp_seconds'), undefined, 'there is none yet');

    await scene.sequencer.sequence();
    await scene.publisher.publish();
    await scene.gauges.refresh();
    assert.equal(await shown(scene, 'audit_pending_entries'), 0);
    assert.equal(await shown(scene, 'audit_oldest_pending_seconds'), 0);
    assert.equal(await shown(scene, 'audit_tree_size'), 3);
    assert.equal(await shown(scene, 'audit_checkpoint_size'), 3);
    assert.ok(Math.abs((await shown(scene, 'audit_checkpoint_timestamp_seconds'))! - Date.now() / 1000) < 10);
  });

  it('show what detection has not read, alerts that are not over, and deliveries that are overdue', async () => {
    await scene.appendMany(2);
    await scene.sequencer.sequence();
    await scene.query(`UPDATE audit.cursor SET next_index = 2`);
    await scene.gauges.refresh();
    assert.equal(await shown(scene, 'rule_evaluation_lag_seconds'), 0);
    assert.equal(await shown(scene, 'alerts_open{severity="high"}'), 0);
    assert.equal(await shown(scene, 'outbox_overdue_seconds'), 0);

    await scene.query(`UPDATE audit.cursor SET next_index = 1`);
    await scene.query(
      `INSERT INTO alerts.alert (id, rule_id, title, severity, group_key, group_values, subjects, status, count, first_seen_at, last_seen_at, entry_ids, raised_at)
       VALUES (gen_random_uuid(), 'r', 't', 'high', 'g', '{}', '{}', 'acknowledged', 1, now(), now(), '{}', now())`,
    );
    await scene.query(
      `INSERT INTO platform.outbox (id, sink, destination, subject, created_at, next_attempt_at) VALUES (gen_random_uuid(), 'syslog', '', '{}', now(), now() - interval '1 minute')`,
    );
    await scene.gauges.refresh();
    assert.ok((await shown(scene, 'rule_evaluation_lag_seconds'))! > 0);
    assert.equal(await shown(scene, 'alerts_open{severity="high"}'), 1);
    assert.equal(await shown(scene, 'outbox_pending_deliveries'), 1);
    assert.ok(Math.abs((await shown(scene, 'outbox_overdue_seconds'))! - 60) < 10);
  });

  it('count what was appended by category, and not before it has committed', async () => {
    const appended = async (): Promise<number | undefined> => shown(scene, 'audit_entries_total{category="application"}');
    const before = (await appended()) ?? 0;
    await assert.rejects(
      scene.database.app.run(systemPrincipal('spec'), async (tx) => {
        await scene.log.append(tx, scene.event());
        throw new Error('not after all');
      }),
    );
    assert.equal((await appended()) ?? 0, before);
    await scene.appendMany(2);
    await scene.log.record(scene.event());
    assert.equal(await appended(), before + 3);
    assert.equal(await shown(scene, 'audit_group_commit_entries_count'), 1);
    assert.equal(await shown(scene, 'audit_append_duration_seconds_count'), 3);
  });

  it('count an entry that could not be written, whose deed is then refused', async () => {
    await scene.query('REVOKE EXECUTE ON FUNCTION audit.append(uuid, bytea) FROM quantonium_app');
    await assert.rejects(scene.appendMany(1));
    await scene.query('GRANT EXECUTE ON FUNCTION audit.append(uuid, bytea) TO quantonium_app');
    assert.equal(await shown(scene, 'audit_write_errors_total'), 1);
  });

  it('measure the turns of the sequencer that found something', async () => {
    await scene.sequencer.sequence();
    assert.equal((await shown(scene, 'audit_sequenced_entries_count')) ?? 0, 0);
    await scene.appendMany(3);
    await scene.sequencer.sequence();
    assert.equal(await shown(scene, 'audit_sequenced_entries_count'), 1);
    assert.equal(await shown(scene, 'audit_sequenced_entries_sum'), 3);
  });
});
