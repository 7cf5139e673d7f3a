import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApprovalNeeded } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { arriving, customRole, give, newProject, newSubject, testPolicy } from '../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import type { Rule } from './domain/rule.js';

const clock = new HandClock();
const READ: Rule = { effect: 'allow', resource: 'simulation', verbs: ['read'] };

let database: TestDatabase;
let red: string;
let owner: Principal;

const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', (error: unknown) => (error instanceof Fault ? error.kind.code : error instanceof ApprovalNeeded ? 'approval-needed' : String(error)));
const engine = () => testPolicy(database, clock);
const separate = (...roles: [string, string]) => engine().separations.create(owner, null, { roles, reason: 'spec' });
const bind = (subjectId: string, roleId: string, projectId: string | null = null) => engine().bindings.bind(owner, null, { subjectId, roleId, projectId, expiresAt: null });
const role = (id: string, rules: readonly Rule[] = [READ]) => customRole(database, id, rules);
const inherit = (id: string, parent: string) => database.query('INSERT INTO rbac.role_parent VALUES ($1, $2)', [id, parent]);
const rewrite = (id: string, rules: readonly Rule[], parents: readonly string[] = []) => engine().roles.replace(owner, id, null, { name: id, description: '', rules, parents });

async function holding(...roles: readonly (readonly [role: string, projectId?: string | null, expiresAt?: Date | null])[]): Promise<string> {
  const id = await newSubject(database);
  for (const [held, projectId = null, expiresAt = null] of roles) await give(database, id, held, projectId, expiresAt);
  return id;
}

before(async () => {
  database = await openTestDatabase();
  red = await newProject(database);
  owner = await arriving(database, await holding(['owner']));
});
after(() => database.close());

describe('a separation of duties', () => {
  it('refuses the second role, whichever it is, in whatever scope, and by inheritance', async () => {
    for (const id of ['makes', 'checks', 'checks-too']) await role(id);
    await inherit('checks-too', 'checks');
    const { roles } = await separate('makes', 'checks');
    assert.deepEqual(roles, ['checks', 'makes']);
    assert.equal(await codeOf(bind(await holding(['makes', red]), 'checks')), 'separation-of-duties');
    assert.equal(await codeOf(bind(await holding(['checks-too']), 'makes', red)), 'separation-of-duties');
    assert.equal(await codeOf(bind(await holding(['makes', null, new Date(clock.millis)]), 'checks')), 'done', 'what has ended is not held');
  });

  it('refuses the change of a role after which somebody would hold both, and no other', async () => {
    for (const id of ['pays', 'orders', 'third']) await role(id);
    await separate('pays', 'orders');
    await holding(['pays'], ['third', red]);
    assert.equal(await codeOf(rewrite('third', [READ], ['orders'])), 'separation-of-duties');
    assert.deepEqual(await database.query(`SELECT FROM rbac.role_parent WHERE role_id = 'third'`), [], 'and leaves it as it was');
    assert.equal(await codeOf(rewrite('third', [], ['pays'])), 'done');
    assert.equal(await codeOf(rewrite('orders', [READ], ['pays'])), 'done', 'nobody has it');
    assert.equal(await codeOf(bind(await newSubject(database), 'orders')), 'separation-of-duties', 'who had it would have both');
  });

  it('is not made while somebody holds both, nor twice, nor of one role, nor of none', async () => {
    for (const id of ['left', 'right']) await role(id);
    const both = await holding(['left'], ['right', red]);
    assert.equal(await codeOf(separate('left', 'right')), 'separation-of-duties');
    await database.query('DELETE FROM rbac.role_binding WHERE subject_id = $1', [both]);
    assert.equal(await codeOf(separate('left', 'right')), 'done');
    assert.equal(await codeOf(separate('right', 'left')), 'separation-exists');
    assert.equal(await codeOf(separate('left', 'left')), 'invalid-request');
    assert.equal(await codeOf(separate('left', 'nowhere')), 'invalid-request');
    assert.equal(await codeOf(engine().roles.delete(owner, 'left', null)), 'role-in-use');
  });

  it('is lifted by the only owner alone, and by one of two with the other', async () => {
    for (const id of ['up', 'down', 'in', 'out']) await role(id);
    const [first, second] = [await separate('up', 'down'), await separate('in', 'out')];
    const { separations } = engine();
    assert.equal(await codeOf(separations.delete(owner, first.id)), 'done');
    assert.equal(await codeOf(bind(await holding(['up']), 'down')), 'done');
    const another = await holding(['owner']);
    assert.equal(await codeOf(separations.delete(owner, second.id)), 'approval-needed');
    await database.query('DELETE FROM rbac.role_binding WHERE subject_id = $1', [another]);
  });

  it('is kept by who may keep policy, and seen by an auditor', async () => {
    const { separations } = engine();
    const auditor = await arriving(database, await holding(['auditor']));
    assert.ok((await separations.list(auditor, { limit: 100, after: null })).items.length > 0);
    assert.equal(await codeOf(separations.create(auditor, null, { roles: ['viewer', 'operator'], reason: 'x' })), 'forbidden');
    assert.equal(await codeOf(separations.list(await arriving(database, await holding(['viewer'])), { limit: 1, after: null })), 'forbidden');
  });
});

describe('the separations of the product', () => {
  it('hold when a role that an auditor has is changed to write, by itself or by a parent', async () => {
    await role('glances');
    await role('writes', [{ effect: 'allow', resource: 'simulation', verbs: ['run'] }]);
    await holding(['auditor'], ['glances', red]);
    assert.equal(await codeOf(rewrite('glances', [{ effect: 'allow', resource: 'simulation', verbs: ['run'] }])), 'separation-of-duties');
    assert.equal(await codeOf(rewrite('glances', [READ], ['writes'])), 'separation-of-duties');
  });

  it('refuse a role that is both at once to anybody', async () => {
    await role('audits-and-writes', [{ effect: 'allow', resource: 'simulation', verbs: ['run'] }]);
    await inherit('audits-and-writes', 'auditor');
    assert.equal(await codeOf(bind(await newSubject(database), 'audits-and-writes')), 'separation-of-duties');
  });

  it('give an owner nothing that denies, which could leave nobody who may do everything', async () => {
    await role('denies', [{ effect: 'deny', resource: '*', verbs: ['*'] }]);
    const another = await arriving(database, await holding(['access-admin']));
    assert.equal(await codeOf(engine().bindings.bind(another, null, { subjectId: owner.id, roleId: 'denies', projectId: null, expiresAt: null })), 'separation-of-duties');
    await role('harmless');
    await give(database, owner.id, 'harmless', red);
    const author = await arriving(database, await holding(['security-admin']));
    assert.equal(await codeOf(engine().roles.replace(author, 'harmless', null, { name: 'harmless', description: '', rules: [{ effect: 'deny', resource: '*', verbs: ['*'] }], parents: [] })), 'separation-of-duties');
  });
});
