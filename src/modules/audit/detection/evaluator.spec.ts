import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { RULE_FIXTURES } from '../../../../test/harness/detection-fixtures.js';
import { alertsIn, forgetDetection, occur, testAlerts, testDetection } from '../../../../test/harness/detection.js';
import { type LedgerScene, openLedgerScene } from '../../../../test/harness/ledger.js';
import { FORK_ALERT, ForkWatch } from '../attestation/fork-watch.js';
import { AttestorRepository } from '../persistence/attestor.repository.js';
import { TreeRepository } from '../persistence/tree.repository.js';
import type { DetectionEvaluator } from './evaluator.js';
import { RuleBook } from './rule-book.js';

const NOON = Date.UTC(2026, 10, 22, 12);
const HOUR = 3_600_000;

describe('detection over the ledger', () => {
  let scene: LedgerScene;
  let evaluator: DetectionEvaluator;
  const clock = new HandClock(NOON);
  before(async () => {
    scene = await openLedgerScene({ clock });
    evaluator = testDetection(scene.database.sequencer, scene.log, clock);
  });
  after(() => scene.close());

  const sequence = async (): Promise<void> => {
    while ((await scene.sequencer.sequence()) > 0);
  };
  const evaluate = async (limit?: number, by = evaluator): Promise<number> => {
    let total = 0;
    for (;;) {
      const read = await by.evaluate(limit);
      if (read === 0) return total;
      total += read;
    }
  };
  const titles = async (): Promise<unknown[]> => (await alertsIn(scene.database)).map(({ title }) => title);

  it('raises what the rules find, with the entries that show it and the people whom they are about', async () => {
    await occur(scene.log, clock, NOON, RULE_FIXTURES['stuffing_success.yml']!.fires);
    await sequence();
    await evaluate();
    assert.deepEqual(new Set(await titles()), new Set(['Refused logins of many accounts from one network', 'A login succeeded after a spray from the same network']));
    const [critical] = (await alertsIn(scene.database)).filter(({ severity }) => severity === 'critical');
    assert.equal((critical!['entry_ids'] as string[]).length, 2, 'the last of the spray, and the login');
    assert.deepEqual(critical!['subjects'], ['0198c0de-0000-7000-8000-000000000001']);
    assert.deepEqual(critical!['raised_at'], new Date(NOON + 8 * 60_000), 'at the time of the entry that completed it');
    const [high] = (await alertsIn(scene.database)).filter(({ severity }) => severity === 'high');
    assert.equal(high!['count'], '15');
    const names = await scene.query<{ subject: string }>("SELECT subject FROM alerts.subject JOIN alerts.alert ON id = alert_id WHERE severity = 'high'");
    assert.deepEqual(new Set(names.map(({ subject }) => subject)), new Set(Array.from({ length: 15 }, (_, n) => `name-${n}`)), 'refused logins name nobody but the name');
    const [entry] = await scene.query<{ n: string }>("SELECT count(*) AS n FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%\"alert.raise\"%'");
    assert.equal(entry!.n, '2');
  });

  it('finds nothing in its own alerts, and reads them past', async () => {
    await sequence();
    const before = await titles();
    assert.equal(await evaluate(), 2);
    assert.deepEqual(await titles(), before);
  });

  it('remembers between two pages, and two processes', async () => {
    const [first, second] = [RULE_FIXTURES['mass_deletion.yml']!.fires.slice(0, 12), RULE_FIXTURES['mass_deletion.yml']!.fires.slice(12)];
    await occur(scene.log, clock, NOON + HOUR, first);
    await sequence();
    await evaluate(5);
    assert.ok(!(await titles()).includes('Somebody deletes much in a short time'));
    await occur(scene.log, clock, NOON + HOUR, second);
    await sequence();
    await evaluate(5, testDetection(scene.database.sequencer, scene.log, clock));
    assert.ok((await titles()).includes('Somebody deletes much in a short time'));
  });

  it('passes over what it cannot read', async () => {
    const bad = ['{}', '[]', '"text"', '{"time":"now"}', '{"time":1e99}', '{"time":-1}', 'no json', '{"time":1,"metadata":{"event_code":["auth.login.failed"]},"unmapped":null}'];
    for (const body of bad) await scene.query("SELECT audit.append(gen_random_uuid(), convert_to($1, 'UTF8'))", [body]);
    await scene.query("SELECT audit.append(gen_random_uuid(), '\\xfffe0001'::bytea)");
    const strange = { metadata: { event_code: 'auth.login.failed' }, time: NOON, unmapped: { loginName: ['\u0000', '\ud800', 'x'.repeat(9_000)] }, src_endpoint: { uid: '\u0000' } };
    await scene.query("SELECT audit.append(gen_random_uuid(), convert_to($1, 'UTF8'))", [JSON.stringify(strange)]);
    await sequence();
    assert.equal(await evaluate(3), bad.length + 2 + 1, 'and the entry about the last alert');
  });

  it('forgets what is older than its time span, and what rules that are gone have left', async () => {
    const left = async (): Promise<string[]> => (await scene.query<{ rule_id: string }>('SELECT DISTINCT rule_id FROM alerts.rule_match')).map(({ rule_id: id }) => id);
    await scene.query("INSERT INTO alerts.rule_match (rule_id, group_key, index, base, value, at, weight) VALUES ('gone', '[]', 0, 'x', '', $1, 1)", [new Date(NOON)]);
    assert.ok((await left()).length > 1);
    await occur(scene.log, clock, NOON + 24 * HOUR, [RULE_FIXTURES['verification_failed.yml']!.misses[0]!]);
    await sequence();
    await evaluate();
    assert.deepEqual(await left(), ['gone'], 'a rule of another version may want it for seven days');
    await occur(scene.log, clock, NOON + 9 * 24 * HOUR, [RULE_FIXTURES['verification_failed.yml']!.misses[0]!]);
    await sequence();
    await evaluate();
    assert.deepEqual(await left(), []);
  });

  it('raises the same alerts when the whole log is read again, in whatever pages', async () => {
    await evaluate();
    const raised = await alertsIn(scene.database);
    assert.ok(raised.length >= 3);
    for (const limit of [1, 7, 500]) {
      await forgetDetection(scene.database);
      await evaluate(limit);
      assert.deepEqual(await alertsIn(scene.database), raised, `pages of ${limit}`);
      await sequence();
      await evaluate();
    }
  });

  it('raises them once when two replicas race while the log grows', async () => {
    await forgetDetection(scene.database);
    const replicas = [testDetection(scene.database.sequencer, scene.log, clock), testDetection(scene.database.sequencer, scene.log, clock)];
    let isWritten = false;
    const write = async (): Promise<void> => {
      for (const day of [20, 21, 22]) {
        for (const file of ['brute_force.yml', 'privilege_probing.yml', 'admin_role_granted.yml'] as const) {
          await occur(scene.log, clock, NOON + day * 24 * HOUR, RULE_FIXTURES[file]!.fires);
          await sequence();
        }
      }
      isWritten = true;
    };
    const race = async (replica: DetectionEvaluator): Promise<void> => {
      for (;;) {
        const wasWritten = isWritten;
        if ((await replica.evaluate(4)) === 0 && wasWritten && (await isRead())) return;
      }
    };
    const isRead = async (): Promise<boolean> => (await scene.query("SELECT FROM audit.cursor WHERE name = 'detection' AND next_index = (SELECT count(*) FROM audit.leaf)")).length === 1;
    await Promise.all([write(), ...replicas.map(race)]);
    const raced = await alertsIn(scene.database);
    await forgetDetection(scene.database);
    await evaluate();
    assert.deepEqual(raced, await alertsIn(scene.database));
  });

  it('evaluates the rules of the operator with those that ship', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'quantonium-rules-'));
    try {
      writeFileSync(join(directory, 'mine.yml'), 'title: Mine\nid: 0198c0de-0000-4000-8000-000000000001\ndetection:\n  selection:\n    metadata.event_code: audit.verify.complete\n  condition: selection\nlevel: low\n');
      await forgetDetection(scene.database);
      await evaluate(500, testDetection(scene.database.sequencer, scene.log, clock, new RuleBook(directory)));
      const [mine] = (await alertsIn(scene.database)).filter(({ title }) => title === 'Mine');
      assert.partialDeepStrictEqual(mine, { severity: 'low', count: '2', group_values: {} });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('adds what it finds of a fork to the alert that was raised with it, and tells it once', async () => {
    const watch = new ForkWatch(scene.database.sequencer, new TreeRepository(), new AttestorRepository(), scene.keyring, [], scene.log, testAlerts(scene.log, clock), scene.metrics, clock);
    await watch.declare('witness w1 holds another root at size 1');
    await sequence();
    await evaluate();
    const forks = (await alertsIn(scene.database)).filter(({ severity, title }) => severity === 'critical' && title === FORK_ALERT.title);
    assert.deepEqual(forks.map(({ rule_id, count, entry_ids }) => [rule_id, count, (entry_ids as string[]).length]), [[FORK_ALERT.ruleId, '2', 1]]);
    const told = await scene.query('SELECT deed FROM alerts.transition JOIN alerts.alert ON id = alert_id WHERE rule_id = $1', [FORK_ALERT.ruleId]);
    assert.deepEqual(told, [{ deed: 'raise' }]);
    const { rule } = new RuleBook('/nonexistent').rules.find(({ file }) => file === 'log_forked.yml')!;
    assert.deepEqual([rule.title, rule.level], [FORK_ALERT.title, FORK_ALERT.severity]);
  });

  it('knows whom a flood is about, also those in its middle, whose entries the alert does not show', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'quantonium-rules-'));
    const rule = { title: 'Flood', id: '0198c0de-0000-4000-8000-000000000002', level: 'low', correlation: { type: 'event_count', rules: ['any_grant'], timespan: '1h', condition: { gte: 150 } } };
    const part = { title: 'Any grant', id: '0198c0de-0000-4000-8000-000000000003', name: 'any_grant', detection: { selection: { 'metadata.event_code': 'rbac.role-binding.create' }, condition: 'selection' } };
    const people = Array.from({ length: 150 }, (_, n) => `0198c0de-0000-7000-9000-${String(n).padStart(12, '0')}`);
    const [granted] = RULE_FIXTURES['admin_role_granted.yml']!.fires;
    try {
      writeFileSync(join(directory, 'flood.yml'), `${JSON.stringify(rule)}\n---\n${JSON.stringify(part)}\n`);
      await occur(scene.log, clock, NOON + 40 * 24 * HOUR, people.map((uid, at) => ({ at, event: { ...granted!.event, actor: null, targets: [{ type: 'principal', uid }] } })));
      await sequence();
      await evaluate(500, testDetection(scene.database.sequencer, scene.log, clock, new RuleBook(directory)));
      const [flood] = (await alertsIn(scene.database)).filter(({ title }) => title === 'Flood');
      assert.deepEqual([(flood!['subjects'] as string[]).length, (flood!['entry_ids'] as string[]).length], [100, 100]);
      const known = await scene.query<{ subject: string }>("SELECT subject FROM alerts.subject JOIN alerts.alert ON id = alert_id WHERE title = 'Flood' ORDER BY subject");
      assert.deepEqual(known.map(({ subject }) => subject), people);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
