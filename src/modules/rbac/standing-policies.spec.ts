import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { Permission } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import { shows } from '#pure/policy/row-filter.js';
import type { Principal } from '#pure/principal/principal.js';
import { about, attributes, conditions } from '../../../test/harness/conditions.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { arriving, customRole, give, newId, newProgram, newProject, newSubject, OTHERS_PERMISSIONS, testPolicy } from '../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import { standingBy } from '../auth/auth-standing.module.js';
import { PrincipalRepository } from '../auth/persistence/principal.repository.js';
import type { HeldRole } from './domain/role-binding.js';
import type { Rule } from './domain/rule.js';
import { SubjectPolicy } from './subject-policy.js';

const READ = OTHERS_PERMISSIONS['simulation:read'];
const RUN = OTHERS_PERMISSIONS['simulation:run'];
const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', (error: unknown) => (error instanceof Fault ? error.kind.code : String(error)));

describe('a program and the person who answers for it', () => {
  const clock = new HandClock();
  let database: TestDatabase;
  let project = '';
  let replicas: ReturnType<typeof testPolicy>[] = [];
  before(async () => {
    database = await openTestDatabase();
    project = await newProject(database);
    replicas = [1, 2].map(() => testPolicy(database, clock, standingBy(new PrincipalRepository())));
  });
  after(() => database.close());

  const person = async (...roles: string[]): Promise<string> => {
    const id = await newSubject(database);
    for (const role of roles) await give(database, id, role, project);
    return id;
  };
  const program = async (ownerId: string, ...roles: string[]): Promise<string> => {
    const id = await newProgram(database, ownerId);
    for (const role of roles) await give(database, id, role, project);
    return id;
  };
  const arriveAs = (id: string): Promise<Principal> => arriving(database, id, { kind: 'service' });
  /** On both replicas, each with a request of its own that arrives now. */
  const asked = async (id: string, permission: Permission = READ): Promise<string> => {
    const principal = await arriveAs(id);
    const answers = new Set(await Promise.all(replicas.map(({ decision }) => codeOf(decision.require(principal, permission, project)))));
    return [...answers].join();
  };
  const moved = (statement: string, ...parameters: string[]): Promise<unknown> => database.query(`WITH moved AS (UPDATE platform.version_counter SET version = version + 1 WHERE name = 'policy') ${statement}`, parameters);

  it('may do together what each may alone', async () => {
    const owner = await person('researcher');
    const robot = await program(owner, 'operator');
    assert.deepEqual([await asked(robot), await asked(robot, RUN), await asked(robot, OTHERS_PERMISSIONS['registry:push'])], ['done', 'forbidden', 'forbidden']);
    assert.equal(await asked(await program(await person(), 'researcher')), 'not-found');
    assert.equal(await asked(await program(owner)), 'not-found');
  });

  it('lose together what the person loses, at the next request on every replica', async () => {
    const owner = await newSubject(database);
    const binding = await give(database, owner, 'researcher', project);
    const robot = await program(owner, 'researcher');
    assert.equal(await asked(robot), 'done');
    await moved('DELETE FROM rbac.role_binding WHERE id = $1', binding);
    assert.equal(await asked(robot), 'not-found');
    await give(database, owner, 'researcher', project);
    assert.equal(await asked(robot), 'done');
    await moved(`UPDATE auth.principal SET status = 'disabled', disabled_at = now() WHERE id = $1`, owner);
    assert.equal(await asked(robot), 'not-found');
    await moved('UPDATE auth.service_account SET owner_id = $2 WHERE principal_id = $1', robot, await person('researcher'));
    assert.equal(await asked(robot), 'done');
  });

  it('lose it at the instant at which the person’s binding ends', async () => {
    const owner = await newSubject(database);
    await give(database, owner, 'researcher', project, new Date(clock.nowMillis() + 1000));
    const robot = await program(owner, 'researcher');
    assert.equal(await asked(robot), 'done');
    clock.millis += 1000;
    assert.equal(await asked(robot), 'not-found');
  });

  it('are denied what either is denied, and told as little as anybody', async () => {
    const deny = await customRole(database, 'no-runs', [{ effect: 'deny', resource: 'simulation', verbs: ['run'] }]);
    const robot = await program(await person('researcher', deny), 'researcher');
    assert.deepEqual([await asked(robot), await asked(robot, RUN)], ['done', 'forbidden']);
  });

  it('have their own account even when the person is disabled, and a program of which nobody knows has nothing else', async () => {
    const [decision] = replicas.map((replica) => replica.decision);
    const id = await newSubject(database);
    await give(database, id, 'researcher', project);
    const stranger = await arriveAs(id);
    assert.equal(await codeOf(decision!.require(stranger, READ, project)), 'not-found');
    assert.equal(await codeOf(decision!.require(stranger, OTHERS_PERMISSIONS['account:read'], null)), 'done');
  });

  it('see in lists what both may see, and one’s own is the program’s own', async () => {
    const own = await customRole(database, 'own-only', [{ effect: 'allow', resource: 'simulation', verbs: ['read'], where: { createdBy: { $eq: '${subject.id}' } } }]);
    const robot = await program(await person(own), 'researcher');
    const principal = await arriveAs(robot);
    const filter = await replicas[0]!.decision.filter(principal, READ);
    assert.deepEqual([shows(filter, project, { createdBy: robot }), shows(filter, project, { createdBy: newId() }), shows(filter, newId(), { createdBy: robot })], [true, false, false]);
  });

  it('grant only what both could grant', async () => {
    const owner = await newSubject(database);
    for (const role of ['access-admin', 'viewer']) await give(database, owner, role);
    const robot = await newProgram(database, owner);
    for (const role of ['access-admin', 'key-manager']) await give(database, robot, role);
    const bind = async (roleId: string): Promise<string> => codeOf(replicas[0]!.bindings.bind(await arriveAs(robot), null, { subjectId: await newSubject(database), roleId, projectId: null, expiresAt: null }));
    assert.deepEqual([await bind('viewer'), await bind('key-manager')], ['done', 'grant-exceeds-own']);
  });

  it('are decided, shown in lists and seen as the two rule sets one after the other, whatever they say', () => {
    const rule: fc.Arbitrary<Rule> = fc.record({ effect: fc.constantFrom('allow' as const, 'allow' as const, 'deny' as const), resource: fc.constantFrom('simulation', '*'), verbs: fc.constantFrom(['read'], ['*'], ['run']) });
    const conditional = fc.oneof(rule, fc.tuple(rule, conditions()).map(([each, where]): Rule => ({ ...each, where })));
    const role = fc.record({ projectId: fc.constantFrom('red', 'blue', null), rules: fc.array(conditional, { minLength: 1, maxLength: 3 }), expiresAtMillis: fc.constantFrom(null, 5) })
      .map((each): HeldRole => ({ ...each, bindingId: '', roleId: '', definedIn: '' }));
    const roles = fc.array(role, { maxLength: 4 });
    fc.assert(
      fc.property(roles, roles, attributes, fc.constantFrom('red', 'green', null), fc.constantFrom(0, 9), (mine, theirs, known, place, now) => {
        const facts = about(known);
        const [own, guarantor, both] = [new SubjectPolicy(mine), new SubjectPolicy(theirs), new SubjectPolicy(mine, new SubjectPolicy(theirs))];
        const each = [own, guarantor].map((policy) => policy.decide('simulation', 'read', place, now, facts));
        const together = both.decide('simulation', 'read', place, now, facts);
        assert.equal(together === 'allowed', each.every((verdict) => verdict === 'allowed'));
        assert.equal(together === 'denied', each.includes('denied'));
        assert.equal(shows(both.filterOf('simulation', 'read', now, facts, 'whole', null), place, known), together === 'allowed');
        assert.equal(both.sees('red', now), own.sees('red', now) && guarantor.sees('red', now));
      }),
      { seed: 20261122, numRuns: 2000 },
    );
  });
});
