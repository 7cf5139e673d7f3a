import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { arriving, customRole, give, newId, newProgram, newProject, newSubject, testQuestions, type TestQuestions } from '../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import { standingBy } from '../auth/auth-standing.module.js';
import { PrincipalRepository } from '../auth/persistence/principal.repository.js';
import type { Rule } from './domain/rule.js';
import type { DryRunResult, PolicyChange } from './dry-run.js';

/** As a machine so slow that every look at the clock finds another millisecond gone. */
class SlowClock extends HandClock {
  looks = 0;
  override monotonicMillis(): number {
    this.looks += 1;
    return this.millis + this.looks;
  }
}

const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', (error: unknown) => (error instanceof Fault ? error.kind.code : String(error)));
const allow = (resource: string, ...verbs: string[]): Rule => ({ effect: 'allow', resource, verbs });

describe('a dry run', () => {
  let database: TestDatabase;
  let parts: TestQuestions;
  let asker = '';
  let red = '';
  const standing = standingBy(new PrincipalRepository());
  before(async () => {
    database = await openTestDatabase();
    parts = testQuestions(database, standing);
    [asker, red] = [await newSubject(database), await newProject(database)];
    await give(database, asker, 'security-admin');
  });
  after(() => database.close());

  const asking = (): Promise<Principal> => arriving(database, asker);
  const run = async (change: PolicyChange): Promise<DryRunResult> => parts.dryRuns.run(await asking(), change);
  const told = ({ affected }: DryRunResult, subjectId: string): string[] =>
    (affected.find((each) => each.subjectId === subjectId)?.differences ?? []).map(({ effect, permission, projectId, before, after }) => `${effect} ${permission} ${projectId === null ? 'global' : 'red'} ${before}>${after}`).sort();

  it('says what a binding would give, changes nothing, and asks for no right to make it', async () => {
    const id = await newSubject(database);
    await give(database, id, 'viewer', red);
    const count = (): Promise<unknown> => database.query('SELECT count(*) FROM rbac.role_binding');
    const before = await count();
    const result = await run({ kind: 'bind', subjectId: id, role: 'operator', projectId: red, expiresAtMillis: null });
    assert.deepEqual(told(result, id), ['gains registry:push red never>always', 'gains simulation:cancel red never>always']);
    assert.deepEqual([result.subjectsExamined, result.truncated, await count()], [1, false, before]);
    assert.deepEqual((await run({ kind: 'bind', subjectId: id, role: 'viewer', projectId: red, expiresAtMillis: null })).affected, []);
  });

  it('says what would be lost, and what a deny that is taken away would give', async () => {
    const id = await newSubject(database);
    const binding = await give(database, id, 'researcher', red);
    const deny = await give(database, id, await customRole(database, 'no-runs-here', [{ effect: 'deny', resource: 'simulation', verbs: ['run'] }]), red);
    assert.ok(told(await run({ kind: 'unbind', bindingId: binding }), id).includes('loses simulation:read red always>never'));
    assert.deepEqual(told(await run({ kind: 'unbind', bindingId: deny }), id), ['gains simulation:run red never>always']);
  });

  it('says of an edited role who gains and who loses, also by an heir, by a parent and by who answers for a program', async () => {
    const base = await customRole(database, 'base', [allow('simulation', 'read', 'cancel')]);
    const heir = await customRole(database, 'heir', [allow('waveforms', 'verify')]);
    await database.query('INSERT INTO rbac.role_parent (role_id, parent_id) VALUES ($1, $2)', [heir, base]);
    const [direct, inheriting, stranger] = [await newSubject(database), await newSubject(database), await newSubject(database)];
    await give(database, direct, base);
    await give(database, inheriting, heir, red);
    await give(database, stranger, 'owner');
    const program = await newProgram(database, direct);
    await give(database, program, 'owner');
    const edited = await run({ kind: 'role', role: 'base', rules: [allow('simulation', 'read', 'run')] });
    const global = ['gains simulation:run global never>always', 'loses simulation:cancel global always>never'];
    assert.deepEqual([told(edited, direct), told(edited, program), told(edited, inheriting), told(edited, stranger)], [global, global, ['gains simulation:run red never>always', 'loses simulation:cancel red always>never'], []]);
    assert.deepEqual(told(await run({ kind: 'role', role: 'heir', parents: [] }), inheriting), ['loses simulation:cancel red always>never', 'loses simulation:read red always>never']);
  });

  it('tells a condition that is put, taken away and changed', async () => {
    const where = (name: string): Rule => ({ ...allow('role-bindings', 'read'), where: { role: { $eq: name } } });
    const role = await customRole(database, 'looks', [where('viewer')]);
    const id = await newSubject(database);
    await give(database, id, role);
    const after = async (rule: Rule): Promise<string[]> => told(await run({ kind: 'role', role, rules: [rule] }), id);
    assert.deepEqual(await after(where('owner')), ['changed role-bindings:read global sometimes>sometimes']);
    assert.deepEqual(await after(allow('role-bindings', 'read')), ['gains role-bindings:read global sometimes>always']);
    assert.deepEqual(await after(where('viewer')), []);
  });

  it('refuses what could not be changed at all', async () => {
    const id = await newSubject(database);
    const codes = await Promise.all([
      { kind: 'role', role: 'viewer', rules: [] } as const,
      { kind: 'role', role: 'no-such-role', rules: [] } as const,
      { kind: 'role', role: await customRole(database, 'selfish', []), parents: ['selfish'] } as const,
      { kind: 'role', role: await customRole(database, 'nonsense', []), rules: [allow('nothing', 'at-all')] } as const,
      { kind: 'unbind', bindingId: newId() } as const,
      { kind: 'bind', subjectId: id, role: 'no-such-role', projectId: null, expiresAtMillis: null } as const,
    ].map((change) => codeOf(run(change))));
    assert.deepEqual(codes, ['builtin-role', 'not-found', 'role-cycle', 'invalid-request', 'not-found', 'invalid-request']);
  });

  it('gives others a turn, and stops when its time is over, saying so', async () => {
    const role = await customRole(database, 'crowded', [allow('simulation', 'read')]);
    const ids = await Promise.all(Array.from({ length: 20 }, () => newSubject(database)));
    for (const id of ids) await give(database, id, role, red);
    // One of them in so many projects that all the time goes by between two statements.
    await database.query(`INSERT INTO rbac.project (id, slug, name) SELECT gen_random_uuid(), 'many-' || n, 'x' FROM generate_series(1, 300) AS n`);
    await database.query(`INSERT INTO rbac.role_binding SELECT gen_random_uuid(), $1, $2, id, null, now(), 'spec' FROM rbac.project WHERE slug LIKE 'many-%'`, [ids[0], role]);
    let turns = 0;
    const clock = new SlowClock();
    const counting = (): void => {
      turns += 1;
      if (turns < 100_000) next = setImmediate(counting);
    };
    let next = setImmediate(counting);
    const slow = testQuestions(database, standing, clock);
    const result = await slow.dryRuns.run(await asking(), { kind: 'role', role, rules: [] });
    clearImmediate(next);
    assert.deepEqual([result.subjectsExamined, result.truncated], [20, false]);
    // Every third place at the latest, by that clock; statements are some four turns a subject.
    assert.ok(turns >= 100 + 20, `${turns} turns of others`);
    clock.looks = 0;
    let step = 500;
    Object.defineProperty(clock, 'monotonicMillis', { value: () => (clock.looks += step) });
    const cut = await slow.dryRuns.run(await asking(), { kind: 'role', role, rules: [] });
    assert.ok(cut.truncated && cut.subjectsExamined < 20, String(cut.subjectsExamined));
    step = 10;
    const midway = await slow.dryRuns.run(await asking(), { kind: 'unbind', bindingId: (await database.query<{ id: string }>('SELECT id FROM rbac.role_binding WHERE subject_id = $1 AND project_id = $2', [ids[0], red]))[0]!.id });
    assert.deepEqual([midway.subjectsExamined, midway.truncated], [0, true], 'and in the midst of one subject, too');
  });
});
