import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { Fault } from '#pure/fault/fault.js';
import { ASSURANCE_LEVELS, type Principal, SCOPES } from '#pure/principal/principal.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { arriving, customRole, give, newId, newProgram, newProject, newSubject, OTHERS_PERMISSIONS, testQuestions, type TestQuestions } from '../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import { standingBy } from '../auth/auth-standing.module.js';
import { PrincipalRepository } from '../auth/persistence/principal.repository.js';
import { DECIDERS, type Explanation } from './domain/explanation.js';
import type { Rule } from './domain/rule.js';
import { ALL_SCOPES, type PolicyQuestion } from './policy-questions.js';

const SEED = 20261122;
const RUN = OTHERS_PERMISSIONS['simulation:run'];
const codeOf = (work: Promise<unknown>): Promise<string | null> => work.then(() => null, (error: unknown) => (error instanceof Fault ? error.kind.code : String(error)));

describe('questions about policy', () => {
  const clock = new HandClock();
  let database: TestDatabase;
  let parts: TestQuestions;
  let [red, archived, asker]: string[] = [];

  before(async () => {
    database = await openTestDatabase();
    parts = testQuestions(database, standingBy(new PrincipalRepository()), clock);
    [red, archived, asker] = [await newProject(database), await newProject(database), await newSubject(database)];
    await give(database, asker!, 'auditor');
    await database.query('UPDATE rbac.project SET archived_at = now() WHERE id = $1', [archived]);
  });
  after(() => database.close());

  const asking = (): Promise<Principal> => arriving(database, asker!);
  const question = (subjectId: string, more: Partial<PolicyQuestion> = {}): PolicyQuestion => ({ subjectId, permission: RUN, projectId: red!, attributes: {}, scopes: ALL_SCOPES, assurance: 'aal1', ip: null, ...more });
  const explain = async (subjectId: string, more: Partial<PolicyQuestion> = {}): Promise<Explanation> => parts.questions.explain(await asking(), question(subjectId, more));
  const holding = async (roleId: string, projectId: string | null = red!): Promise<{ id: string; bindingId: string }> => {
    const id = await newSubject(database);
    return { id, bindingId: await give(database, id, roleId, projectId) };
  };

  it('name the rule, the binding and the scope that allow', async () => {
    const { id, bindingId } = await holding('researcher');
    const { rule, ...explained } = await explain(id);
    assert.deepEqual(explained, { allowed: true, code: null, decidedBy: 'allow-rule', ownersRule: null, needed: { scope: null, assurance: null, roles: [] } });
    assert.deepEqual([rule?.bindingId, rule?.roleId, rule?.definedIn, rule?.projectId, rule?.rule.resource], [bindingId, 'researcher', 'researcher', red, 'simulation']);
    assert.ok(rule?.rule.verbs.includes('run'));
  });

  it('are answered to everybody about themselves, but for why, and about nobody else', async () => {
    const [{ id }, other] = [await holding('researcher'), await holding('viewer')];
    const own = await arriving(database, id, { scopes: new Set(['read:data']) });
    assert.equal((await parts.questions.explain(own, question(id), 'check')).allowed, true);
    assert.equal((await parts.questions.explain(own, question(id, { permission: OTHERS_PERMISSIONS['users:read'] }), 'check')).allowed, false);
    const effective = await parts.questions.effective(own, id, red!);
    assert.deepEqual(effective.held.map(({ roleId }) => roleId), ['researcher']);
    assert.equal(effective.permissions.find(({ permission }) => permission === RUN)?.extent, 'always');
    const whole = await arriving(database, id);
    for (const someone of [other.id, newId()]) {
      assert.equal(await codeOf(parts.questions.explain(whole, question(someone), 'check')), 'forbidden');
      assert.equal(await codeOf(parts.questions.effective(whole, someone, red!)), 'forbidden');
      assert.equal(await codeOf(parts.questions.effective(own, someone, red!)), 'insufficient-scope');
    }
    assert.equal(await codeOf(parts.questions.explain(whole, question(id))), 'forbidden', 'why is in the roles');
  });

  it('name the deny that overrides, and the role that says it', async () => {
    const { id } = await holding('researcher');
    const bindingId = await give(database, id, await customRole(database, 'never-runs', [{ effect: 'allow', resource: 'simulation', verbs: ['read'] }, { effect: 'deny', resource: 'simulation', verbs: ['run'] }]));
    const { allowed, code, decidedBy, rule } = await explain(id);
    assert.deepEqual([allowed, code, decidedBy, rule?.bindingId, rule?.roleId, rule?.index, rule?.projectId], [false, 'forbidden', 'deny-rule', bindingId, 'never-runs', 1, null]);
  });

  it('name what is missing: a role, a scope, a login, a project that is seen', async () => {
    const { id } = await holding('viewer');
    const lacking = await explain(id);
    assert.deepEqual([lacking.decidedBy, lacking.code, lacking.rule], ['no-rule', 'forbidden', null]);
    assert.ok(lacking.needed.roles.includes('researcher') && lacking.needed.roles.includes('owner') && !lacking.needed.roles.includes('viewer'), lacking.needed.roles.join());
    const stranger = await explain(await newSubject(database));
    assert.deepEqual([stranger.decidedBy, stranger.code], ['project-unseen', 'not-found']);
    const scoped = await explain((await holding('researcher')).id, { scopes: new Set(['read:data'] as const) });
    assert.deepEqual([scoped.decidedBy, scoped.code, scoped.needed.scope], ['token-scope', 'insufficient-scope', 'run:simulation']);
    const weak = await explain((await holding('owner', null)).id, { permission: OTHERS_PERMISSIONS['vault:open'] });
    assert.deepEqual([weak.decidedBy, weak.code, weak.needed.assurance], ['assurance', 'insufficient-assurance', 'aal2']);
    assert.equal((await explain((await holding('owner', null)).id, { permission: OTHERS_PERMISSIONS['vault:open'], assurance: 'aal2' })).allowed, true);
  });

  it('say that a project is archived, that an account is disabled, and what everybody may', async () => {
    const { id } = await holding('researcher', null);
    assert.deepEqual([(await explain(id, { projectId: archived! })).decidedBy, (await explain(id)).decidedBy], ['project-archived', 'allow-rule']);
    await database.query(`UPDATE auth.principal SET status = 'disabled', disabled_at = now() WHERE id = $1`, [id]);
    assert.deepEqual([(await explain(id)).decidedBy, (await explain(id)).code], ['account-disabled', 'unauthenticated']);
    assert.equal((await explain(await newSubject(database), { permission: OTHERS_PERMISSIONS['account:read'], projectId: null })).decidedBy, 'everyone');
  });

  it('tell of a service account what the person lacks, or is denied, who answers for it', async () => {
    const owner = await holding('viewer');
    const program = await newProgram(database, owner.id);
    await give(database, program, 'researcher', red);
    const lacks = await explain(program);
    assert.deepEqual([lacks.allowed, lacks.decidedBy, lacks.rule?.roleId, lacks.ownersRule], [false, 'owner-lacks', 'researcher', null]);
    const binding = await give(database, owner.id, await customRole(database, 'denies-runs', [{ effect: 'deny', resource: 'simulation', verbs: ['*'] }]));
    const denies = await explain(program);
    assert.deepEqual([denies.decidedBy, denies.ownersRule?.bindingId], ['owner-denies', binding]);
  });

  it('take what is known of the object and of the request', async () => {
    const role = await customRole(database, 'from-the-lab', [{ effect: 'allow', resource: 'simulation', verbs: ['run', 'read'], where: { 'env.ip': { $cidr: '192.0.2.0/24' }, name: { $eq: 'bell' } } }]);
    const { id } = await holding(role);
    const of = async (more: Partial<PolicyQuestion>): Promise<boolean> => (await explain(id, more)).allowed;
    assert.deepEqual([await of({}), await of({ ip: '192.0.2.7' }), await of({ ip: '192.0.2.7', attributes: { name: 'bell' } }), await of({ ip: '198.51.100.1', attributes: { name: 'bell' } })], [false, false, true, false]);
    const { permissions } = await parts.questions.effective(await asking(), id, red!);
    assert.deepEqual(permissions.filter(({ extent }) => extent !== 'never').map(({ permission, extent }) => `${permission.name} ${extent}`), ['simulation:run sometimes', 'simulation:read sometimes']);
  });

  it('list what somebody may do there, and by which roles', async () => {
    const { id, bindingId } = await holding('viewer');
    const there = await parts.questions.effective(await asking(), id, red!);
    assert.deepEqual([there.active, there.held.map((held) => held.bindingId)], [true, [bindingId]]);
    assert.equal(there.permissions.find(({ permission }) => permission.name === 'simulation:read')?.extent, 'always');
    assert.equal(there.permissions.find(({ permission }) => permission.name === 'simulation:run')?.extent, 'never');
    const everywhere = await parts.questions.effective(await asking(), id, null);
    assert.ok(everywhere.permissions.every(({ permission, extent }) => permission.everyone === (extent === 'always')));
  });

  it('are answered to who may read policy everywhere, and to nobody else, and recorded', async () => {
    const { id } = await holding('researcher');
    for (const [roleId, projectId] of [['viewer', null], ['researcher', null], ['auditor', red!], ['access-admin', red!]] as const) {
      const principal = await arriving(database, (await holding(roleId, projectId)).id);
      assert.equal(await codeOf(parts.questions.explain(principal, question(id))), 'forbidden', roleId);
      assert.equal(await codeOf(parts.questions.effective(principal, id, null)), 'forbidden', roleId);
      assert.equal(await codeOf(parts.dryRuns.run(principal, { kind: 'unbind', bindingId: newId() })), 'forbidden', roleId);
    }
    assert.equal(await codeOf(parts.questions.explain(await asking(), question(newId()))), 'not-found');
    const recorded = await database.query(`SELECT FROM audit.entry WHERE position('rbac.policy.ask'::bytea IN body) > 0 AND position($1::bytea IN body) > 0`, [Buffer.from(id)]);
    assert.equal(recorded.length, 0);
    await explain(id);
    assert.equal((await database.query(`SELECT FROM audit.entry WHERE position('rbac.policy.ask'::bytea IN body) > 0 AND position($1::bytea IN body) > 0`, [Buffer.from(id)])).length, 1);
  });

  it('have the answer that the decision has, whatever the roles say', async () => {
    const rule: fc.Arbitrary<Rule> = fc.record({
      effect: fc.constantFrom('allow' as const, 'allow' as const, 'deny' as const),
      resource: fc.constantFrom('simulation', 'vault', '*'),
      verbs: fc.constantFrom(['run'], ['read'], ['*'], ['open']),
    });
    const conditional = fc.oneof(rule, fc.tuple(rule, fc.constantFrom('a', 'b')).map(([each, name]): Rule => ({ ...each, where: { name: { $eq: name } } })));
    const place = fc.constantFrom('red', 'archived', null);
    const roles = fc.array(fc.record({ place, rules: fc.array(conditional, { minLength: 1, maxLength: 3 }) }), { minLength: 1, maxLength: 3 });
    const asked = fc.record({ name: fc.constantFrom('simulation:run' as const, 'simulation:read' as const, 'vault:open' as const, 'vault:open' as const, 'account:read' as const), place, attributes: fc.constantFrom({}, { name: 'a' }), scopes: fc.oneof(fc.constant([...SCOPES]), fc.subarray([...SCOPES])), assurance: fc.constantFrom(...ASSURANCE_LEVELS) });
    const scene = fc.record({ mine: roles, theirs: fc.option(roles), asked: fc.array(asked, { minLength: 6, maxLength: 6 }) });
    const where: Readonly<Record<string, string | null>> = { red: red!, archived: archived!, null: null };
    const deciders = new Set<string>();
    for (const { mine, theirs, asked: questions } of fc.sample(scene, { seed: SEED, numRuns: 40 })) {
      const bind = async (id: string, held: typeof mine): Promise<string> => {
        for (const each of held) await give(database, id, await customRole(database, newId(), each.rules), where[String(each.place)]!);
        return id;
      };
      const owner = theirs === null ? null : await bind(await newSubject(database), theirs);
      const subjectId = await bind(owner === null ? await newSubject(database) : await newProgram(database, owner), mine);
      for (const { name, place: at, ...credential } of questions) {
        const permission = OTHERS_PERMISSIONS[name];
        const scopes = new Set(credential.scopes);
        const principal = await arriving(database, subjectId, { scopes, assurance: credential.assurance, kind: owner === null ? 'user' : 'service' });
        const code = await codeOf(parts.policy.decision.require(principal, permission, where[String(at)]!, credential.attributes));
        const explained = await explain(subjectId, { permission, projectId: where[String(at)]!, attributes: credential.attributes, scopes, assurance: credential.assurance });
        assert.deepEqual([explained.allowed, explained.code], [code === null, code], `seed ${SEED}: ${JSON.stringify({ mine, theirs, name, at, credential })}`);
        if (explained.decidedBy === 'allow-rule') assert.equal(explained.rule?.rule.effect, 'allow');
        if (explained.decidedBy === 'deny-rule') assert.equal(explained.rule?.rule.effect, 'deny');
        if (explained.decidedBy === 'owner-denies') assert.equal(explained.ownersRule?.rule.effect, 'deny');
        deciders.add(explained.decidedBy);
      }
    }
    const unseen = DECIDERS.filter((each) => !deciders.has(each));
    assert.deepEqual(unseen, ['account-disabled', 'token-project'], 'the policies are to meet every way to decide');
  });
});
