import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { ApprovalNeeded } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { arriving, customRole, give, newId, newProject, newSubject, OTHERS_PERMISSIONS, type Someone, testPolicy } from '../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import { standingBy } from '../auth/auth-standing.module.js';
import { PrincipalRepository } from '../auth/persistence/principal.repository.js';
import type { BindingRequest } from './role-bindings.js';

const clock = new HandClock();
const START = clock.millis;

let database: TestDatabase;
let red: string;
let blue: string;

async function freshDatabase(): Promise<void> {
  database = await openTestDatabase();
  [red, blue] = [await newProject(database), await newProject(database)];
  await customRole(database, 'no-running', [{ effect: 'deny', resource: 'simulation', verbs: ['run'] }]);
  await customRole(database, 'vault-keeper', [{ effect: 'allow', resource: 'vault', verbs: ['open'] }]);
  await customRole(database, 'future-seer', [{ effect: 'allow', resource: 'futures', verbs: ['read'] }]);
  await customRole(database, 'no-running-of-bell', [{ effect: 'deny', resource: 'simulation', verbs: ['run'], where: { name: { $in: ['bell'] } } }]);
  for (const names of [['bell'], ['bell', 'ghz']]) await customRole(database, `runs-${names.join('-')}`, [{ effect: 'allow', resource: 'simulation', verbs: ['run'], where: { name: { $in: names } } }]);
  await customRole(database, 'binder', [{ effect: 'allow', resource: 'role-bindings', verbs: ['*'] }]);
}

const inSeconds = (seconds: number): Date => new Date(START + seconds * 1000);
const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', (error: unknown) => (error instanceof Fault ? error.kind.code : error instanceof ApprovalNeeded ? 'approval-needed' : String(error)));
const wanted = (subjectId: string, roleId: string, projectId: string | null = null, expiresAt: Date | null = null): BindingRequest => ({ subjectId, roleId, projectId, expiresAt });
const bind = (principal: Principal, request: BindingRequest) => testPolicy(database, clock).bindings.bind(principal, null, request);
const unbind = (principal: Principal, id: string) => testPolicy(database, clock).bindings.unbind(principal, id);

async function holding(...roles: readonly (readonly [role: string, projectId?: string | null, expiresAt?: Date | null])[]): Promise<string> {
  const id = await newSubject(database);
  for (const [role, projectId = null, expiresAt = null] of roles) await give(database, id, role, projectId, expiresAt);
  return id;
}
const policyVersion = async (): Promise<number> => Number((await database.query<{ version: string }>(`SELECT version FROM platform.version_counter WHERE name = 'policy'`))[0]!.version);
const bindingsOf = async (subject: string): Promise<string[]> => (await database.query<{ role_id: string }>('SELECT role_id FROM rbac.role_binding WHERE subject_id = $1 ORDER BY role_id', [subject])).map((row) => row.role_id);

describe('binding a role: nobody grants what they do not have', () => {
  before(freshDatabase);
  after(() => database.close());

  interface Row {
    readonly say: string;
    readonly grantor: () => readonly (readonly [string, (string | null)?, (Date | null)?])[];
    readonly someone?: () => Someone;
    readonly grant: () => readonly [role: string, projectId: string | null, expiresAt?: Date];
    readonly answer: string;
  }
  const rows: readonly Row[] = [
    { say: 'an owner binds a researcher in a project', grantor: () => [['owner']], grant: () => ['researcher', red], answer: 'done' },
    { say: 'an owner binds an auditor', grantor: () => [['owner']], grant: () => ['auditor', null], answer: 'done' },
    { say: 'an access admin binds a viewer', grantor: () => [['access-admin']], grant: () => ['viewer', red], answer: 'done' },
    { say: 'an access admin binds another', grantor: () => [['access-admin']], grant: () => ['access-admin', null], answer: 'done' },
    { say: 'an access admin binds a researcher, which they are not', grantor: () => [['access-admin']], grant: () => ['researcher', red], answer: 'grant-exceeds-own' },
    { say: 'an access admin who is a researcher there binds a researcher', grantor: () => [['access-admin'], ['researcher', red]], grant: () => ['researcher', red], answer: 'done' },
    { say: 'an access admin who is a researcher in red binds one in blue', grantor: () => [['access-admin'], ['researcher', red]], grant: () => ['researcher', blue], answer: 'grant-exceeds-own' },
    { say: 'an access admin who is a researcher in red binds one everywhere', grantor: () => [['access-admin'], ['researcher', red]], grant: () => ['researcher', null], answer: 'grant-exceeds-own' },
    { say: 'who runs some binds fewer', grantor: () => [['access-admin'], ['runs-bell-ghz']], grant: () => ['runs-bell', red], answer: 'done' },
    { say: 'who runs some binds more', grantor: () => [['access-admin'], ['runs-bell']], grant: () => ['runs-bell-ghz', red], answer: 'grant-exceeds-own' },
    { say: 'who runs some binds all', grantor: () => [['access-admin'], ['runs-bell-ghz'], ['viewer']], grant: () => ['researcher', red], answer: 'grant-exceeds-own' },
    { say: 'who runs all but some binds others', grantor: () => [['access-admin'], ['researcher'], ['no-running-of-bell', red]], grant: () => ['runs-bell-ghz', red], answer: 'grant-exceeds-own' },
    { say: 'an access admin binds an owner', grantor: () => [['access-admin']], grant: () => ['owner', null], answer: 'grant-exceeds-own' },
    { say: 'an access admin binds a security admin', grantor: () => [['access-admin']], grant: () => ['security-admin', null], answer: 'grant-exceeds-own' },
    { say: 'an auditor binds a viewer', grantor: () => [['auditor']], grant: () => ['viewer', red], answer: 'forbidden' },
    { say: 'nobody binds a viewer', grantor: () => [], grant: () => ['viewer', red], answer: 'not-found' },
    { say: 'a member of blue binds a viewer in red', grantor: () => [['binder', blue], ['viewer', blue]], grant: () => ['viewer', red], answer: 'not-found' },
    { say: 'who binds in red binds a viewer in red', grantor: () => [['binder', red], ['viewer', red]], grant: () => ['viewer', red], answer: 'done' },
    { say: 'who binds in red binds a viewer everywhere', grantor: () => [['binder', red], ['viewer']], grant: () => ['viewer', null], answer: 'forbidden' },
    { say: 'an owner with a token for policy alone binds a researcher', grantor: () => [['owner']], someone: () => ({ scopes: new Set(['manage:policy']) }), grant: () => ['researcher', red], answer: 'insufficient-scope' },
    { say: 'an owner with a token for all that a researcher needs binds one', grantor: () => [['owner']], someone: () => ({ scopes: new Set(['manage:policy', 'read:data', 'write:data', 'run:simulation', 'manage:registry']) }), grant: () => ['researcher', red], answer: 'done' },
    { say: 'an owner with a token without policy binds a viewer', grantor: () => [['owner']], someone: () => ({ scopes: new Set(['read:data', 'manage:registry']) }), grant: () => ['viewer', red], answer: 'insufficient-scope' },
    { say: 'an owner with a token of red binds in red', grantor: () => [['owner']], someone: () => ({ projectId: red }), grant: () => ['researcher', red], answer: 'done' },
    { say: 'an owner with a token of red binds in blue', grantor: () => [['owner']], someone: () => ({ projectId: red }), grant: () => ['researcher', blue], answer: 'not-found' },
    { say: 'an owner with a token of red binds everywhere', grantor: () => [['owner']], someone: () => ({ projectId: red }), grant: () => ['researcher', null], answer: 'forbidden' },
    { say: 'an owner with a password alone binds what needs more', grantor: () => [['owner']], grant: () => ['vault-keeper', red], answer: 'insufficient-assurance' },
    { say: 'an owner with a second factor binds it', grantor: () => [['owner']], someone: () => ({ assurance: 'aal2' }), grant: () => ['vault-keeper', red], answer: 'done' },
    { say: 'an owner with every scope binds what no module declares yet', grantor: () => [['owner']], grant: () => ['future-seer', red], answer: 'done' },
    { say: 'an owner with every scope but one binds what no module declares yet', grantor: () => [['owner']], someone: () => ({ scopes: new Set(['manage:policy', 'read:data']) }), grant: () => ['future-seer', red], answer: 'insufficient-scope' },
    { say: 'who is denied running in red binds a researcher in red', grantor: () => [['owner'], ['no-running', red]], grant: () => ['researcher', red], answer: 'insufficient-assurance' },
    { say: 'who is denied running in red binds a researcher everywhere', grantor: () => [['owner'], ['no-running', red]], grant: () => ['researcher', null], answer: 'insufficient-assurance' },
    { say: 'who is denied running in red binds a researcher in blue', grantor: () => [['owner'], ['no-running', red]], grant: () => ['researcher', blue], answer: 'done' },
    { say: 'a researcher for an hour binds one for ever', grantor: () => [['access-admin'], ['researcher', red, inSeconds(3600)]], grant: () => ['researcher', red], answer: 'grant-exceeds-own' },
    { say: 'a researcher for an hour binds one for two', grantor: () => [['access-admin'], ['researcher', red, inSeconds(3600)]], grant: () => ['researcher', red, inSeconds(7200)], answer: 'grant-exceeds-own' },
    { say: 'a researcher for an hour binds one for that hour', grantor: () => [['access-admin'], ['researcher', red, inSeconds(3600)]], grant: () => ['researcher', red, inSeconds(3600)], answer: 'done' },
    { say: 'who was an access admin until now binds a viewer', grantor: () => [['access-admin', null, inSeconds(0)]], grant: () => ['viewer', red], answer: 'not-found' },
    { say: 'an owner binds an owner of one project', grantor: () => [['owner']], grant: () => ['owner', red], answer: 'invalid-request' },
    { say: 'an owner binds an owner for an hour', grantor: () => [['owner']], grant: () => ['owner', null, inSeconds(3600)], answer: 'invalid-request' },
    { say: 'an owner binds a role that ended a second ago', grantor: () => [['owner']], grant: () => ['viewer', red, inSeconds(-1)], answer: 'invalid-request' },
    { say: 'an owner binds a role that does not exist', grantor: () => [['owner']], grant: () => ['emperor', null], answer: 'invalid-request' },
  ];
  for (const { say, grantor, someone, grant, answer } of rows) {
    it(`${say}: ${answer}`, async () => {
      const subject = await newSubject(database);
      const principal = await arriving(database, await holding(...grantor()), someone?.());
      const [role, projectId, expiresAt] = grant();
      assert.equal(await codeOf(bind(principal, wanted(subject, role, projectId, expiresAt ?? null))), answer);
      assert.deepEqual(await bindingsOf(subject), answer === 'done' ? [role] : []);
    });
  }

  it('refuses a binding to oneself, even of a role that one has', async () => {
    for (const role of ['viewer', 'access-admin']) {
      const admin = await holding(['access-admin']);
      assert.equal(await codeOf(bind(await arriving(database, admin), wanted(admin, role, red))), 'self-binding');
    }
  });

  it('decides by the roles at the moment of the deed, not by those that the request came with', async () => {
    const admin = await newSubject(database);
    const id = await give(database, admin, 'access-admin');
    const { bindings, decision } = testPolicy(database, clock);
    const principal = await arriving(database, admin);
    assert.equal((await decision.permitsSomewhere(principal, OTHERS_PERMISSIONS['users:read'])).allowed, true);
    await database.query('DELETE FROM rbac.role_binding WHERE id = $1', [id]);
    assert.equal(await codeOf(bindings.bind(principal, null, wanted(await newSubject(database), 'viewer'))), 'forbidden');
  });

  it('points at a subject that does not exist, and at a role', async () => {
    const owner = await arriving(database, await holding(['owner']));
    const pointersOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: Fault) => error.context.pointers?.map(({ pointer, code }) => [pointer, code]));
    assert.deepEqual(await pointersOf(bind(owner, wanted(newId(), 'viewer'))), [['/subjectId', 'unknown']]);
    assert.deepEqual(await pointersOf(bind(owner, wanted(await newSubject(database), 'emperor'))), [['/role', 'unknown']]);
  });

  it('refuses the same binding twice, and replaces one that has expired', async () => {
    const owner = await arriving(database, await holding(['owner']));
    const subject = await newSubject(database);
    await bind(owner, wanted(subject, 'viewer', red, inSeconds(60)));
    assert.equal(await codeOf(bind(owner, wanted(subject, 'viewer', red))), 'already-bound');
    clock.millis = START + 60_000;
    await bind(owner, wanted(subject, 'viewer', red));
    clock.millis = START;
    assert.deepEqual(await bindingsOf(subject), ['viewer']);
  });

  it('does it once for one Idempotency-Key', async () => {
    const owner = await arriving(database, await holding(['owner']));
    const request = { key: 'k', route: 'POST /v1/role-bindings', bodyDigest: Buffer.alloc(32) };
    const deed = wanted(await newSubject(database), 'viewer', red);
    const [first, again] = await Promise.all([1, 2].map(() => testPolicy(database, clock).bindings.bind(owner, request, deed)));
    assert.equal(first!.id, again!.id);
  });

  it('records the deed in its transaction and moves the policy version; a refusal does neither', async () => {
    const owner = await arriving(database, await holding(['owner']));
    const subject = await newSubject(database);
    const entries = async (): Promise<number> => Number((await database.query<{ n: string }>('SELECT count(*) AS n FROM audit.entry'))[0]!.n);
    const [versionBefore, entriesBefore] = [await policyVersion(), await entries()];
    await bind(owner, wanted(subject, 'viewer', red));
    assert.deepEqual([await policyVersion(), await entries()], [versionBefore + 1, entriesBefore + 1]);
    assert.equal(await codeOf(bind(owner, wanted(subject, 'viewer', red))), 'already-bound');
    assert.deepEqual([await policyVersion(), await entries()], [versionBefore + 1, entriesBefore + 1]);
  });
});

describe('separation of duties', () => {
  before(freshDatabase);
  after(() => database.close());

  for (const role of ['researcher', 'operator', 'key-manager', 'access-admin', 'security-admin']) {
    it(`refuses auditor together with ${role}, whichever comes first and in whatever scope`, async () => {
      const owner = await arriving(database, await holding(['owner']));
      assert.equal(await codeOf(bind(owner, wanted(await holding(['auditor']), role, red))), 'separation-of-duties');
      assert.equal(await codeOf(bind(owner, wanted(await holding([role, red]), 'auditor'))), 'separation-of-duties');
    });
  }

  it('accepts auditor together with viewer, and after the writing role has ended', async () => {
    const owner = await arriving(database, await holding(['owner']));
    assert.equal(await codeOf(bind(owner, wanted(await holding(['viewer']), 'auditor'))), 'done');
    assert.equal(await codeOf(bind(owner, wanted(await holding(['researcher', red, inSeconds(0)]), 'auditor'))), 'done');
  });

  it('refuses both when two admins bind one half each at the same moment', async () => {
    const [one, two] = [await arriving(database, await holding(['owner'])), await arriving(database, await holding(['owner']))];
    const subject = await newSubject(database);
    const answers = await Promise.all([codeOf(bind(one, wanted(subject, 'auditor'))), codeOf(bind(two, wanted(subject, 'researcher')))]);
    assert.deepEqual(answers.sort(), ['done', 'separation-of-duties']);
  });
});

describe('owners', () => {
  /** Some permission of the catalogue demands it, and an owner has all of them. */
  const strongly = (id: string): Promise<Principal> => arriving(database, id, { assurance: 'aal2' });

  beforeEach(freshDatabase);
  afterEach(() => database.close());

  it('makes the first owner without a grantor, once, and records it', async () => {
    const first = await newSubject(database);
    const { bindings } = testPolicy(database, clock);
    const component = await arriving(database, 'bootstrap', { kind: 'system' });
    for (let start = 0; start < 2; start += 1) await database.app.run(component, (tx) => bindings.bindFirstOwner(tx, first));
    assert.deepEqual(await bindingsOf(first), ['owner']);
    assert.deepEqual(await database.app.run(component, (tx) => bindings.activeOwners(tx)), [first]);
    const [entry] = await database.query<{ body: Buffer }>('SELECT body FROM audit.entry');
    assert.match(String(entry!.body), /rbac\.role-binding\.create/);
  });

  it('lets the only owner bind exactly one second, and nobody a third', async () => {
    const first = await strongly(await holding(['owner']));
    const [second, third] = [await newSubject(database), await newSubject(database)];
    assert.equal(await codeOf(bind(first, wanted(second, 'owner'))), 'done');
    assert.equal(await codeOf(bind(first, wanted(third, 'owner'))), 'approval-needed');
    assert.equal(await codeOf(bind(await strongly(second), wanted(third, 'owner'))), 'approval-needed');
  });

  it('lets the only owner bind one second when two requests for it race', async () => {
    const first = await strongly(await holding(['owner']));
    const subjects = [await newSubject(database), await newSubject(database), await newSubject(database)];
    const answers = await Promise.all(subjects.map((subject) => codeOf(bind(first, wanted(subject, 'owner')))));
    assert.deepEqual(answers.sort(), ['approval-needed', 'approval-needed', 'done']);
  });

  it('refuses to take the last owner’s role, and that of one of two, and takes it when there are more', async () => {
    const first = await newSubject(database);
    const binding = await give(database, first, 'owner');
    const principal = await strongly(first);
    assert.equal(await codeOf(unbind(principal, binding)), 'last-owner');
    await give(database, await newSubject(database), 'owner');
    assert.equal(await codeOf(unbind(principal, binding)), 'last-owner');
    await give(database, await newSubject(database), 'owner');
    assert.equal(await codeOf(unbind(principal, binding)), 'done');
  });

  it('refuses to be the only owner again by way of a disabled account', async () => {
    const [first, second] = [await newSubject(database), await newSubject(database)];
    await give(database, first, 'owner');
    const binding = await give(database, second, 'owner');
    await database.query(`UPDATE auth.principal SET status = 'disabled', disabled_at = now() WHERE id = $1`, [second]);
    assert.equal(await codeOf(unbind(await strongly(first), binding)), 'last-owner');
  });

  it('leaves two of three owners who take each other’s role at the same moment, on two replicas', async () => {
    for (let round = 0; round < 5; round += 1) {
      await database.query('DELETE FROM rbac.role_binding');
      const [one, two] = [await newSubject(database), await newSubject(database)];
      const [ofOne, ofTwo] = [await give(database, one, 'owner'), await give(database, two, 'owner')];
      await give(database, await newSubject(database), 'owner');
      const answers = await Promise.all([codeOf(unbind(await strongly(one), ofTwo)), codeOf(unbind(await strongly(two), ofOne))]);
      assert.equal(answers.filter((answer) => answer === 'done').length, 1, answers.join());
      assert.equal((await database.query(`SELECT FROM rbac.role_binding WHERE role_id = 'owner'`)).length, 2);
    }
  });

  it('leaves two of three owners of whom two step down at the same moment', async () => {
    const [one, two] = [await newSubject(database), await newSubject(database)];
    await give(database, await newSubject(database), 'owner');
    const [ofOne, ofTwo] = [await give(database, one, 'owner'), await give(database, two, 'owner')];
    const answers = await Promise.all([codeOf(unbind(await strongly(one), ofOne)), codeOf(unbind(await strongly(two), ofTwo))]);
    assert.deepEqual(answers.sort(), ['done', 'last-owner']);
  });

  it('counts only owners who can log in', async () => {
    const [first, disabled] = [await newSubject(database), await holding(['owner'])];
    const binding = await give(database, first, 'owner');
    await database.query(`UPDATE auth.principal SET status = 'disabled', disabled_at = now() WHERE id = $1`, [disabled]);
    const standing = standingBy(new PrincipalRepository());
    const { bindings } = testPolicy(database, clock, standing);
    assert.equal(await codeOf(bindings.unbind(await strongly(first), binding)), 'last-owner');
  });

  it('asks an owner for the login that a permission demands where a role names it, and not for a second owner', async () => {
    const first = await arriving(database, await holding(['owner']));
    assert.equal(await codeOf(bind(first, wanted(await newSubject(database), 'vault-keeper'))), 'insufficient-assurance');
    assert.equal(await codeOf(bind(first, wanted(await newSubject(database), 'owner'))), 'done');
  });

  it('lets nobody but an owner take an owner’s role', async () => {
    await holding(['owner']);
    const binding = await give(database, await newSubject(database), 'owner');
    assert.equal(await codeOf(unbind(await strongly(await holding(['access-admin'])), binding)), 'grant-exceeds-own');
  });
});

describe('taking and showing bindings', () => {
  before(freshDatabase);
  after(() => database.close());

  it('takes a role from somebody although one could not give it', async () => {
    const subject = await newSubject(database);
    const binding = await give(database, subject, 'researcher', red);
    assert.equal(await codeOf(unbind(await arriving(database, await holding(['access-admin'])), binding)), 'done');
    assert.deepEqual(await bindingsOf(subject), []);
  });

  it('takes away a deny only for who may do what it denied: that is a grant too', async () => {
    const binding = await give(database, await newSubject(database), 'no-running', red);
    assert.equal(await codeOf(unbind(await arriving(database, await holding(['access-admin'])), binding)), 'grant-exceeds-own');
    assert.equal(await codeOf(unbind(await arriving(database, await holding(['access-admin'], ['researcher', red])), binding)), 'done');
  });

  it('takes away a deny of some only for who may do all of it: what does not say what it is was denied too', async () => {
    const binding = await give(database, await newSubject(database), 'no-running-of-bell', red);
    assert.equal(await codeOf(unbind(await arriving(database, await holding(['access-admin'], ['runs-bell-ghz', red])), binding)), 'grant-exceeds-own');
    assert.equal(await codeOf(unbind(await arriving(database, await holding(['access-admin'], ['researcher', red])), binding)), 'done');
  });

  it('hides a binding of another project, and a global one, exactly like one that does not exist', async () => {
    const subject = await newSubject(database);
    const [global, inBlue] = [await give(database, subject, 'viewer'), await give(database, subject, 'viewer', blue)];
    const admin = await arriving(database, await holding(['binder', red]));
    const { bindings } = testPolicy(database, clock);
    for (const id of [global, inBlue, newId()]) {
      assert.equal(await codeOf(bindings.get(admin, id)), 'not-found');
      assert.equal(await codeOf(bindings.unbind(admin, id)), 'not-found');
    }
    assert.deepEqual(await bindingsOf(subject), ['viewer', 'viewer']);
  });

  it('refuses who sees a binding and may not take it', async () => {
    const binding = await give(database, await newSubject(database), 'viewer', red);
    const auditor = await arriving(database, await holding(['auditor']));
    assert.equal((await testPolicy(database, clock).bindings.get(auditor, binding)).id, binding);
    assert.equal(await codeOf(unbind(auditor, binding)), 'forbidden');
  });

  it('lists page by page, by subject and by role, only where the caller may see', async () => {
    const subject = await newSubject(database);
    const [first, second, third] = [await give(database, subject, 'viewer', red), await give(database, subject, 'operator', red), await give(database, subject, 'viewer', blue)];
    const { bindings } = testPolicy(database, clock);
    const [auditor, redAdmin] = [await arriving(database, await holding(['auditor'])), await arriving(database, await holding(['binder', red]))];
    const ids = async (principal: Principal, filter: { roleId?: string } = {}): Promise<string[]> => {
      const found: string[] = [];
      for (let after: string | null = null; ; ) {
        const { items, next } = await bindings.list(principal, { subjectId: subject, ...filter }, { limit: 1, after });
        found.push(...items.map(({ id }) => id));
        if (next === null) return found;
        after = next;
      }
    };
    assert.deepEqual((await ids(auditor)).sort(), [first, second, third].sort());
    assert.deepEqual((await ids(redAdmin)).sort(), [first, second].sort());
    assert.deepEqual((await ids(auditor, { roleId: 'viewer' })).sort(), [first, third].sort());
  });

  it('records who lists the bindings of more than one project, and not who lists those of one', async () => {
    const listings = async (): Promise<number> => (await database.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%rbac.role-binding.list.across-projects%'`)).length;
    const list = async (...roles: readonly (readonly [role: string, projectId?: string])[]) => testPolicy(database, clock).bindings.list(await arriving(database, await holding(...roles)), {}, { limit: 1, after: null });
    const before = await listings();
    await list(['binder', red]);
    assert.equal((await listings()) - before, 0);
    await list(['binder', red], ['binder', blue]);
    await list(['auditor']);
    assert.equal((await listings()) - before, 2);
  });

  it('tells the roles that somebody has now, each once', async () => {
    const subject = await holding(['viewer', red], ['viewer', blue], ['operator', red, inSeconds(0)]);
    const roles = await database.app.run(await arriving(database, subject), (tx) => testPolicy(database, clock).bindings.rolesOf(tx, subject));
    assert.deepEqual(roles, ['viewer']);
  });
});
