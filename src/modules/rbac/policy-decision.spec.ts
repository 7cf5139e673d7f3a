import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { type RequestTrail, runWithTrail } from '#platform/system/request-context.js';
import { permissions } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import type { Condition } from '#pure/policy/condition.js';
import type { Attributes } from '#pure/policy/facts.js';
import { type RowFilter, shows, showsEverything, showsNothing, spansProjects } from '#pure/policy/row-filter.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { arriving, customRole, give, newProject, newSubject, OTHERS_PERMISSIONS, type Someone, testPolicy } from '../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';

import { RBAC_PERMISSIONS } from './domain/rbac.permissions.js';
import type { Rule } from './domain/rule.js';

const RUN = OTHERS_PERMISSIONS['simulation:run'];
const READ = OTHERS_PERMISSIONS['simulation:read'];
const OPEN = OTHERS_PERMISSIONS['vault:open'];
const OWN = OTHERS_PERMISSIONS['account:read'];
const clock = new HandClock();
const START = clock.millis;

let database: TestDatabase;
let red: string;
let blue: string;
before(async () => {
  database = await openTestDatabase();
  [red, blue] = [await newProject(database), await newProject(database)];
  await customRole(database, 'no-running', [{ effect: 'deny', resource: 'simulation', verbs: ['run'] }]);
  await customRole(database, 'vault-keeper', [{ effect: 'allow', resource: 'vault', verbs: ['open'] }]);
});
afterEach(() => (clock.millis = START));
after(() => database.close());

type Place = 'red' | 'blue' | 'global' | 'nowhere';
const idOf = (place: Place): string | null => ({ red, blue, global: null, nowhere: '01900000-0000-7000-8000-00000000dead' })[place];
const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'allowed', (error: unknown) => (error instanceof Fault ? error.kind.code : String(error)));

describe('PolicyDecision.require', () => {
  interface Row {
    readonly say: string;
    readonly roles: readonly (readonly [role: string, place: Place, expiresInMillis?: number])[];
    readonly who?: (() => Someone) | Someone;
    readonly ask: readonly (readonly [permission: typeof RUN | typeof READ | typeof OPEN | typeof OWN, place: Place, answer: string])[];
  }
  const rows: readonly Row[] = [
    { say: 'no role', roles: [], ask: [[RUN, 'red', 'not-found'], [RUN, 'global', 'forbidden'], [OWN, 'global', 'allowed'], [OWN, 'red', 'not-found']] },
    { say: 'a role in one project', roles: [['researcher', 'red']], ask: [[RUN, 'red', 'allowed'], [RUN, 'blue', 'not-found'], [RUN, 'nowhere', 'not-found'], [RUN, 'global', 'forbidden']] },
    { say: 'a role without the permission', roles: [['viewer', 'red']], ask: [[READ, 'red', 'allowed'], [RUN, 'red', 'forbidden'], [RUN, 'blue', 'not-found']] },
    { say: 'a global role', roles: [['researcher', 'global']], ask: [[RUN, 'red', 'allowed'], [RUN, 'blue', 'allowed'], [RUN, 'global', 'allowed']] },
    { say: 'a global role about something else', roles: [['access-admin', 'global']], ask: [[RUN, 'red', 'forbidden'], [READ, 'red', 'allowed']] },
    { say: 'the owner', roles: [['owner', 'global']], ask: [[RUN, 'red', 'allowed'], [OPEN, 'global', 'insufficient-assurance'], [OWN, 'global', 'allowed']] },
    { say: 'a deny everywhere', roles: [['researcher', 'red'], ['no-running', 'global']], ask: [[RUN, 'red', 'forbidden'], [READ, 'red', 'allowed']] },
    { say: 'a deny in one project', roles: [['owner', 'global'], ['no-running', 'red']], ask: [[RUN, 'red', 'forbidden'], [RUN, 'blue', 'allowed'], [RUN, 'global', 'allowed']] },
    { say: 'a token without the scope', roles: [['owner', 'global']], who: { scopes: new Set(['read:data']) }, ask: [[RUN, 'red', 'insufficient-scope'], [READ, 'red', 'allowed']] },
    { say: 'a scope without the role', roles: [], who: { scopes: new Set(['run:simulation']) }, ask: [[RUN, 'red', 'not-found'], [READ, 'red', 'insufficient-scope'], [OWN, 'global', 'insufficient-scope']] },
    { say: 'a token of this project', roles: [['owner', 'global']], who: () => ({ projectId: red }), ask: [[RUN, 'red', 'allowed'], [RUN, 'blue', 'not-found'], [RUN, 'global', 'forbidden'], [OWN, 'global', 'allowed']] },
    { say: 'a token of a project where there is no role', roles: [['researcher', 'red']], who: () => ({ projectId: blue }), ask: [[RUN, 'red', 'not-found'], [RUN, 'blue', 'not-found']] },
    { say: 'a session that is strong enough', roles: [['vault-keeper', 'red']], who: { assurance: 'aal2' }, ask: [[OPEN, 'red', 'allowed'], [OPEN, 'blue', 'not-found']] },
    { say: 'a session that is not strong enough', roles: [['vault-keeper', 'red']], ask: [[OPEN, 'red', 'insufficient-assurance'], [OPEN, 'blue', 'not-found']] },
    { say: 'a stronger session than is asked', roles: [['vault-keeper', 'red']], who: { assurance: 'aal3' }, ask: [[OPEN, 'red', 'allowed']] },
    { say: 'a strong session without the role', roles: [['viewer', 'red']], who: { assurance: 'aal3' }, ask: [[OPEN, 'red', 'forbidden']] },
    { say: 'a role that ends later', roles: [['researcher', 'red', 1000]], ask: [[RUN, 'red', 'allowed']] },
    { say: 'a role that has ended', roles: [['researcher', 'red', 0]], ask: [[RUN, 'red', 'not-found']] },
    { say: 'a deny that has ended', roles: [['researcher', 'red'], ['no-running', 'red', 0]], ask: [[RUN, 'red', 'allowed']] },
    { say: 'a one-time password', roles: [['owner', 'global']], who: { mustChangePassword: true }, ask: [[RUN, 'red', 'password-change-required'], [OWN, 'global', 'allowed']] },
    { say: 'a system component', roles: [['owner', 'global']], who: { kind: 'system' }, ask: [[RUN, 'red', 'forbidden'], [OWN, 'global', 'forbidden']] },
  ];
  for (const { say, roles, who, ask } of rows) {
    it(`with ${say}: ${ask.map(([{ name }, place, answer]) => `${name} in ${place} is ${answer}`).join(', ')}`, async () => {
      const subject = await newSubject(database);
      for (const [role, place, expiresInMillis] of roles) {
        await give(database, subject, role, idOf(place), expiresInMillis === undefined ? null : new Date(START + expiresInMillis));
      }
      const principal = await arriving(database, subject, typeof who === 'function' ? who() : who);
      const { decision } = testPolicy(database, clock);
      for (const [permission, place, answer] of ask) assert.equal(await codeOf(decision.require(principal, permission, idOf(place))), answer, `${permission.name} in ${place}`);
    });
  }

  it('names the missing scope in the challenge, and the missing assurance', async () => {
    const subject = await newSubject(database);
    await give(database, subject, 'owner');
    const { decision } = testPolicy(database, clock);
    const challenge = (error: unknown): string => (error as Fault).context.headers!['WWW-Authenticate']!;
    await assert.rejects(decision.require(await arriving(database, subject, { scopes: new Set() }), RUN, red), (error) => challenge(error) === 'Bearer error="insufficient_scope", scope="run:simulation"');
    await assert.rejects(decision.require(await arriving(database, subject), OPEN, red), (error) => challenge(error) === 'Bearer error="insufficient_user_authentication", acr_values="aal2"');
  });

  it('refuses a system principal of the house', async () => {
    assert.equal(await codeOf(testPolicy(database, clock).decision.require(systemPrincipal('worker'), READ, red)), 'forbidden');
  });
});

describe('a rule with a condition', () => {
  const only = (effect: Rule['effect'], verbs: readonly string[], where: unknown): readonly Rule[] => [{ effect, resource: 'simulation', verbs, where: where as Condition }];
  before(async () => {
    await customRole(database, 'runs-bell', only('allow', ['run'], { name: { $in: ['bell', 'ghz'] } }));
    await customRole(database, 'runs-bell-by-hash', only('allow', ['run'], { name: { $in: ['bell'] }, hash: { $in: ['sha2-256'] } }));
    await customRole(database, 'not-bell', only('deny', ['run'], { name: { $in: ['bell'] } }));
    await customRole(database, 'broken-allow', only('allow', ['run'], { name: { matches: '.*' } }));
    await customRole(database, 'broken-deny', only('deny', ['run'], {}));
    await customRole(database, 'null-allow', only('allow', ['run'], null));
    await customRole(database, 'misspelt-deny', [{ effect: 'Deny', resource: 'simulation', verbs: ['run'] } as unknown as Rule]);
    await customRole(database, 'misspelt-where', [{ effect: 'allow', resource: 'simulation', verbs: ['run'], Where: { name: { $in: ['bell'] } } } as unknown as Rule]);
    await customRole(database, 'no-rule', [null as unknown as Rule, { effect: 'allow', resource: 'simulation', verbs: ['run'] }]);
    await customRole(database, 'sees-roles-of-bell', [{ effect: 'allow', resource: 'roles', verbs: ['read'], where: { name: { $in: ['bell'] } } }]);
  });

  const bell = { name: 'bell' };
  const rows: readonly (readonly [roles: readonly string[], attributes: Attributes | undefined, answer: string, somewhere: string])[] = [
    [['runs-bell'], bell, 'allowed', 'allowed'],
    [['runs-bell'], { name: 'ghz', hash: 'any' }, 'allowed', 'allowed'],
    [['runs-bell'], { name: 'other' }, 'forbidden', 'allowed'],
    [['runs-bell'], {}, 'forbidden', 'allowed'],
    [['runs-bell'], undefined, 'forbidden', 'allowed'],
    [['runs-bell-by-hash'], { ...bell, hash: 'sha2-256' }, 'allowed', 'allowed'],
    [['runs-bell-by-hash'], { ...bell, hash: 'sha2-512' }, 'forbidden', 'allowed'],
    [['runs-bell-by-hash'], bell, 'forbidden', 'allowed'],
    [['researcher', 'not-bell'], bell, 'forbidden', 'allowed'],
    [['researcher', 'not-bell'], { name: 'other' }, 'allowed', 'allowed'],
    [['researcher', 'not-bell'], undefined, 'forbidden', 'allowed'],
    [['runs-bell', 'not-bell'], bell, 'forbidden', 'allowed'],
    [['runs-bell', 'not-bell'], { name: 'ghz' }, 'allowed', 'allowed'],
    [['broken-allow'], bell, 'not-found', 'forbidden'],
    [['null-allow'], bell, 'not-found', 'forbidden'],
    [['misspelt-where'], bell, 'not-found', 'forbidden'],
    [['no-rule'], bell, 'not-found', 'forbidden'],
    [['researcher', 'no-rule'], bell, 'allowed', 'allowed'],
    [['researcher', 'misspelt-deny'], bell, 'forbidden', 'forbidden'],
    [['researcher', 'broken-deny'], { name: 'other' }, 'forbidden', 'forbidden'],
  ];
  for (const [roles, attributes, answer, somewhere] of rows) {
    it(`with ${roles.join(' and ')}: of ${JSON.stringify(attributes)} is ${answer}, somewhere is ${somewhere}`, async () => {
      const subject = await newSubject(database);
      for (const role of roles) await give(database, subject, role, red);
      const { decision } = testPolicy(database, clock);
      const principal = await arriving(database, subject);
      assert.equal(await codeOf(decision.require(principal, RUN, red, attributes)), answer);
      const decided = await decision.permitsSomewhere(principal, RUN);
      assert.equal(decided.allowed ? 'allowed' : decided.fault.code, somewhere);
    });
  }

  it('lists what meets it, and not what a deny may mean', async () => {
    const [some, but] = [await newSubject(database), await newSubject(database)];
    await give(database, some, 'runs-bell', red);
    for (const role of ['researcher', 'not-bell']) await give(database, but, role, red);
    const { decision } = testPolicy(database, clock);
    const listed = async (subject: string): Promise<boolean[]> => {
      const filter = await decision.filter(await arriving(database, subject), RUN);
      return [{ name: 'bell' }, { name: 'other' }, {}].map((known) => shows(filter, red, known));
    };
    assert.deepEqual([await listed(some), await listed(but)], [[true, false, false], [false, true, false]]);
  });

  it('hides an object that was looked up as if it were not there, from whom it might have been shown another', async () => {
    const [some, none] = [await newSubject(database), await newSubject(database)];
    await give(database, some, 'runs-bell', red);
    await give(database, none, 'viewer', red);
    const { decision } = testPolicy(database, clock);
    const ask = async (subject: string, name: string): Promise<string> => codeOf(decision.requireFound(await arriving(database, subject), RUN, red, { name }));
    assert.deepEqual([await ask(some, 'bell'), await ask(some, 'other'), await ask(none, 'other')], ['allowed', 'not-found', 'forbidden']);
  });

  it('sees who asks from where, as the request came', async () => {
    await customRole(database, 'inside-only', only('allow', ['run'], { 'env.ip': { $cidr: '10.0.0.0/8' }, 'env.acr': { $eq: 'aal1' }, 'subject.kind': { $eq: 'user' }, 'env.now': { $gte: new Date(START).toISOString() } }));
    const subject = await newSubject(database);
    await give(database, subject, 'inside-only', red);
    const { decision } = testPolicy(database, clock);
    const from = async (ipAddress: string, someone: Someone = {}): Promise<string> => {
      const principal = await arriving(database, subject, someone);
      const trail: RequestTrail = { requestId: '', source: { ipAddress, userAgent: null }, trace: null, committedEvents: [], replayedStatus: null };
      return runWithTrail(trail, () => codeOf(decision.require(principal, RUN, red)));
    };
    assert.deepEqual([await from('10.1.1.1'), await from('192.0.2.1'), await from('10.1.1.1', { assurance: 'aal2' }), await from('10.1.1.1', { kind: 'service' })], ['allowed', 'forbidden', 'forbidden', 'forbidden']);
    assert.equal(await codeOf(decision.require(await arriving(database, subject), RUN, red)), 'forbidden');
  });

  it('does not open what is asked for without a place or an object', async () => {
    const subject = await newSubject(database);
    await give(database, subject, 'sees-roles-of-bell');
    assert.equal(await codeOf(testPolicy(database, clock).history.get(await arriving(database, subject), 'viewer')), 'forbidden');
  });
});

describe('PolicyDecision.permitsSomewhere', () => {
  const answer = async (principal: Principal, permission: typeof RUN | typeof OPEN): Promise<string> => {
    const decided = await testPolicy(database, clock).decision.permitsSomewhere(principal, permission);
    return decided.allowed ? 'allowed' : decided.fault.code;
  };

  it('accepts who is permitted in one project only, and refuses who is permitted nowhere', async () => {
    const [member, stranger] = [await newSubject(database), await newSubject(database)];
    await give(database, member, 'researcher', red);
    assert.equal(await answer(await arriving(database, member), RUN), 'allowed');
    assert.equal(await answer(await arriving(database, stranger), RUN), 'forbidden');
  });

  it('looks only at the token’s project', async () => {
    const member = await newSubject(database);
    await give(database, member, 'researcher', red);
    assert.equal(await answer(await arriving(database, member, { projectId: red }), RUN), 'allowed');
    assert.equal(await answer(await arriving(database, member, { projectId: blue }), RUN), 'forbidden');
  });

  it('counts scope, denies, assurance and expiry', async () => {
    const member = await newSubject(database);
    await give(database, member, 'researcher', red, new Date(START + 1000));
    assert.equal(await answer(await arriving(database, member, { scopes: new Set(['read:data']) }), RUN), 'insufficient-scope');
    clock.millis = START + 1000;
    assert.equal(await answer(await arriving(database, member), RUN), 'forbidden');
    clock.millis = START;
    await give(database, member, 'no-running');
    assert.equal(await answer(await arriving(database, member), RUN), 'forbidden');
    await give(database, member, 'vault-keeper', red);
    assert.equal(await answer(await arriving(database, member), OPEN), 'insufficient-assurance');
  });
});

describe('PolicyDecision.filter', () => {
  const ask = async (subject: string, someone?: Someone): Promise<RowFilter> => testPolicy(database, clock).decision.filter(await arriving(database, subject, someone), RUN);
  const places = async (subject: string, someone?: Someone): Promise<boolean[]> => {
    const filter = await ask(subject, someone);
    return [red, blue, null].map((projectId) => shows(filter, projectId, {}));
  };

  it('is the projects of the roles, all for a global role, none without a role', async () => {
    const [member, everywhere, stranger] = [await newSubject(database), await newSubject(database), await newSubject(database)];
    await give(database, member, 'researcher', red);
    await give(database, member, 'viewer', blue);
    await give(database, everywhere, 'researcher');
    assert.deepEqual([await places(member), await places(everywhere), await places(stranger)], [[true, false, false], [true, true, true], [false, false, false]]);
    assert.deepEqual([showsNothing(await ask(stranger)), showsEverything(await ask(everywhere))], [true, true]);
    assert.deepEqual([spansProjects(await ask(member)), spansProjects(await ask(everywhere))], [false, true]);
  });

  it('is the token’s project alone', async () => {
    const everywhere = await newSubject(database);
    await give(database, everywhere, 'researcher');
    assert.deepEqual(await places(everywhere, { projectId: blue }), [false, true, false]);
    assert.equal(spansProjects(await ask(everywhere, { projectId: blue })), false);
  });

  it('leaves out a project where a deny takes it from a global role', async () => {
    const everywhere = await newSubject(database);
    await give(database, everywhere, 'researcher');
    await give(database, everywhere, 'no-running', red);
    assert.deepEqual(await places(everywhere), [false, true, true]);
    const { projects } = testPolicy(database, clock);
    const listed = await projects.permitting(await arriving(database, everywhere), RUN);
    assert.ok(listed !== 'all' && listed.includes(blue) && !listed.includes(red));
  });

  it('refuses a token without the scope, rather than showing an empty list', async () => {
    const member = await newSubject(database);
    assert.equal(await codeOf(ask(member, { scopes: new Set(['read:data']) })), 'insufficient-scope');
  });
});

describe('a rule about fields', () => {
  const { 'simulation:read': READ } = permissions({ 'simulation:read': { scope: 'read:data', description: '' } }, { simulation: { attributes: { name: 'text' }, fields: ['name', 'status', 'result'] } });
  const rule = (effect: Rule['effect'], fields: readonly string[], where?: Condition): Rule => ({ effect, resource: 'simulation', verbs: ['read'], fields, ...(where === undefined ? {} : { where }) });
  const told = (fields: 'all' | ReadonlySet<string>): 'all' | string[] => (fields === 'all' ? 'all' : [...fields].sort());
  before(async () => {
    await customRole(database, 'sees-status', [rule('allow', ['status'])]);
    await customRole(database, 'sees-result-of-bell', [rule('allow', ['result'], { name: { $eq: 'bell' } })]);
    await customRole(database, 'no-result', [rule('deny', ['result'])]);
    await customRole(database, 'no-result-of-bell', [rule('deny', ['result'], { name: { $eq: 'bell' } })]);
    await customRole(database, 'sees-all-fields', [rule('allow', ['name', 'status', 'result'])]);
  });

  const rows: readonly (readonly [roles: readonly string[], name: string, fields: 'all' | string[] | string, whole: string])[] = [
    [['viewer'], 'bell', 'all', 'allowed'],
    [['sees-status'], 'bell', ['status'], 'forbidden'],
    [['sees-all-fields'], 'bell', 'all', 'forbidden'],
    [['sees-status', 'sees-result-of-bell'], 'bell', ['result', 'status'], 'forbidden'],
    [['sees-status', 'sees-result-of-bell'], 'ghz', ['status'], 'forbidden'],
    [['sees-result-of-bell'], 'ghz', 'not-found', 'not-found'],
    [['viewer', 'no-result'], 'bell', ['name', 'status'], 'forbidden'],
    [['viewer', 'no-result-of-bell'], 'ghz', 'all', 'allowed'],
    [['viewer', 'no-result-of-bell'], 'bell', ['name', 'status'], 'forbidden'],
    [['sees-result-of-bell', 'no-result'], 'bell', [], 'forbidden'],
    [['no-result'], 'bell', 'not-found', 'not-found'],
  ];
  for (const [roles, name, fields, whole] of rows) {
    it(`with ${roles.join(' and ')}: of ${name} shows ${JSON.stringify(fields)}, and the whole is ${whole}`, async () => {
      const subject = await newSubject(database);
      for (const role of roles) await give(database, subject, role, red);
      const { decision } = testPolicy(database, clock);
      const principal = await arriving(database, subject);
      const asked = decision.fieldsOf(principal, READ, red, { name });
      if (typeof fields === 'string' && fields !== 'all') assert.equal(await codeOf(asked), fields);
      else assert.deepEqual(told(await asked), fields);
      assert.equal(await codeOf(decision.requireFound(principal, READ, red, { name })), whole);
      const [view, filter] = [await decision.view(principal, READ), await decision.filter(principal, READ)];
      assert.deepEqual([shows(view.filter, red, { name }), shows(filter, red, { name })], [typeof fields !== 'string' || fields === 'all', whole === 'allowed']);
      if (shows(view.filter, red, { name })) assert.deepEqual(told(view.fieldsOf(red, { name })), fields);
    });
  }
});

describe('the cache of policies', () => {
  it('holds on no replica when a binding was made or taken: the next request is decided anew', async () => {
    const [one, two] = [testPolicy(database, clock).decision, testPolicy(database, clock).decision];
    const subject = await newSubject(database);
    const ask = async (): Promise<string[]> => {
      const principal = await arriving(database, subject);
      return Promise.all([one, two].map((replica) => codeOf(replica.require(principal, RUN, red))));
    };
    assert.deepEqual(await ask(), ['not-found', 'not-found']);
    const binding = await give(database, subject, 'researcher', red);
    assert.deepEqual(await ask(), ['allowed', 'allowed']);
    await database.query('DELETE FROM rbac.role_binding WHERE id = $1', [binding]);
    await database.query(`UPDATE platform.version_counter SET version = version + 1 WHERE name = 'policy'`);
    assert.deepEqual(await ask(), ['not-found', 'not-found']);
  });

  it('asks the database once while the policy version stands, and honours an expiry all the same', async () => {
    const { decision } = testPolicy(database, clock);
    const subject = await newSubject(database);
    const binding = await give(database, subject, 'researcher', red, new Date(START + 1000));
    const principal = await arriving(database, subject);
    assert.equal(await codeOf(decision.require(principal, RUN, red)), 'allowed');
    // Taken away without moving the version: whoever still sees the binding has not asked again.
    await database.query('DELETE FROM rbac.role_binding WHERE id = $1', [binding]);
    assert.equal(await codeOf(decision.require(principal, RUN, red)), 'allowed');
    clock.millis = START + 1000;
    assert.equal(await codeOf(decision.require(principal, RUN, red)), 'not-found');
  });

  it('never answers a newer request from what an older one loaded, also when the older comes late', async () => {
    const { decision } = testPolicy(database, clock);
    const subject = await newSubject(database);
    const old = await arriving(database, subject);
    assert.equal(await codeOf(decision.require(old, RUN, red)), 'not-found');
    await give(database, subject, 'researcher', red);
    const now = await arriving(database, subject);
    assert.equal(await codeOf(decision.require(now, RUN, red)), 'allowed');
    assert.equal(await codeOf(decision.require(old, RUN, red)), 'allowed');
    assert.equal(await codeOf(decision.require(now, RUN, red)), 'allowed');
  });

  it('forgets a load that failed', async () => {
    const broken = testPolicy({ ...database, app: { run: () => Promise.reject(new Error('down')) } as unknown as TestDatabase['app'] }, clock);
    const subject = await newSubject(database);
    const principal = await arriving(database, subject);
    await assert.rejects(broken.decision.require(principal, RUN, red), /down/);
    await assert.rejects(broken.decision.require(principal, RUN, red), /down/);
  });
});

describe('RBAC_PERMISSIONS', () => {
  it('puts every change of policy under the scope manage:policy', () => {
    const elsewhere = Object.entries(RBAC_PERMISSIONS).filter(([, { scope }]) => scope !== 'manage:policy').map(([name]) => name);
    // What everybody has of their own requests and rights, and the names of projects.
    assert.deepEqual(elsewhere.sort(), ['approvals:follow', 'approvals:withdraw', 'policy:ask', 'projects:read']);
  });
});
