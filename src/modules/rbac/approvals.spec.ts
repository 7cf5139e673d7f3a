import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type RequestTrail, runWithTrail } from '#platform/system/request-context.js';
import { type ApprovableRequest, ApprovalNeeded, type ApprovalNeed } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { standingBy } from '../auth/auth-standing.module.js';
import { PrincipalRepository } from '../auth/persistence/principal.repository.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { arriving, give, newProject, newSubject, type Someone, testPolicy } from '../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import { type Approval, APPROVALS_PENDING_MAX } from './domain/approval.js';

const DAY_MILLIS = 86_400_000;
const NOBODYS = '0198c0de-0000-7000-8000-00000000dead';

let database: TestDatabase;
let clock: HandClock;
let project: string;
before(async () => {
  database = await openTestDatabase();
  clock = new HandClock(Date.UTC(2026, 10, 22));
  project = await newProject(database);
});
after(() => database.close());

const policy = () => testPolicy(database, clock, standingBy(new PrincipalRepository()));
const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', (error: unknown) => (error instanceof Fault ? error.kind.code : error instanceof ApprovalNeeded ? 'approval-needed' : String(error)));

let requests = 0;
const newRequest = (approvalId: string | null = null): ApprovableRequest => ({ method: 'DELETE', route: 'DELETE /things/:id', path: `/things/${(requests += 1)}`, query: '', bodyDigest: 'aa', approvalId });
const needed = (projectId: string | null = project, more: Partial<ApprovalNeed> = {}): ApprovalNeed => ({ permission: 'simulation:cancel', projectId, target: { type: 'thing', uid: '1', version: 1 }, summary: 'Destroy the thing', ...more });

/** A deed that takes two people: of it, only that it asks matters. */
const deed = (principal: Principal, request: ApprovableRequest, need = needed()): Promise<void> =>
  database.app.run(principal, (tx) => policy().approvals.require(tx, principal, request, need));
const someone = async (role: string, projectId: string | null = project, who: Someone = {}): Promise<Principal> => {
  const id = await newSubject(database);
  await give(database, id, role, projectId);
  return arriving(database, id, who);
};
const again = (principal: Principal, who: Someone = {}): Promise<Principal> => arriving(database, principal.id, { assurance: principal.assurance, ...who });
const researcher = (): Promise<Principal> => someone('researcher');
/** Who may decide and may cancel simulations: nobody has both by one role but an owner. */
async function approver(who: Someone = { assurance: 'aal2' }, projectId: string | null = project): Promise<Principal> {
  const id = await newSubject(database);
  await give(database, id, 'researcher', projectId);
  await give(database, id, 'security-admin', projectId);
  return arriving(database, id, who);
}
const ask = async (requester: Principal, request = newRequest(), need = needed()): Promise<{ approval: Approval; request: ApprovableRequest }> => {
  const approval = await policy().approvals.open(requester, request, need);
  return { approval, request: { ...request, approvalId: approval.id } };
};
const approve = async (id: string, who?: Principal): Promise<Approval> => policy().decisions.approve(who ?? (await approver()), id);
const stateOf = async (id: string): Promise<string> => (await database.query<{ state: string }>('SELECT state FROM rbac.approval WHERE id = $1', [id]))[0]!.state;
const recorded = async (code: string): Promise<number> => (await database.query<{ body: Buffer }>('SELECT body FROM audit.entry')).filter(({ body }) => String(body).includes(`"${code}"`)).length;

describe('a deed that takes two people', () => {
  it('is not done without an approval, and is done once with one, and recorded', async () => {
    const requester = await researcher();
    const request = newRequest();
    assert.equal(await codeOf(deed(requester, request)), 'approval-needed');
    const asked = await ask(requester, request);
    assert.equal(await codeOf(deed(requester, asked.request)), 'approval-needed', 'while it is pending');
    const used = await recorded('rbac.approval.use');
    await approve(asked.approval.id);
    assert.equal(await codeOf(deed(requester, asked.request)), 'done');
    assert.deepEqual([await codeOf(deed(requester, asked.request)), await stateOf(asked.approval.id)], ['approval-needed', 'used']);
    assert.equal(await recorded('rbac.approval.use'), used + 1);
  });

  it('has one effect for two requests that use one approval at the same moment, on two replicas', async () => {
    const requester = await researcher();
    for (let round = 0; round < 5; round += 1) {
      const { approval, request } = await ask(requester);
      await approve(approval.id);
      const answers = await Promise.all([codeOf(deed(requester, request)), codeOf(deed(requester, request)), codeOf(deed(requester, request))]);
      assert.deepEqual(answers.sort(), ['approval-needed', 'approval-needed', 'done']);
    }
  });

  it('gives an approval back when it fails after having used it', async () => {
    const requester = await researcher();
    const { approval, request } = await ask(requester);
    await approve(approval.id);
    const failing = database.app.run(requester, async (tx) => {
      await policy().approvals.require(tx, requester, request, needed());
      throw new Error('later');
    });
    await assert.rejects(failing, /later/);
    assert.deepEqual([await stateOf(approval.id), await codeOf(deed(requester, request))], ['approved', 'done']);
  });

  const changes: readonly (readonly [string, Partial<ApprovableRequest>, Partial<ApprovalNeed>])[] = [
    ['another path', { path: '/things/other' }, {}],
    ['another query', { query: '?force' }, {}],
    ['a body that differs in a bit', { bodyDigest: 'ab' }, {}],
    ['another version of the target', {}, { target: { type: 'thing', uid: '1', version: 2 } }],
    ['another permission', {}, { permission: 'simulation:run' }],
    ['an approval that there is not', { approvalId: NOBODYS }, {}],
    ['no approval', { approvalId: null }, {}],
  ];
  for (const [what, change, needChange] of changes) {
    it(`is not covered with ${what}`, async () => {
      const requester = await researcher();
      const { approval, request } = await ask(requester);
      await approve(approval.id);
      assert.equal(await codeOf(deed(requester, { ...request, ...change }, needed(project, needChange))), 'approval-needed');
      assert.equal(await stateOf(approval.id), 'approved');
    });
  }

  it('is not covered for somebody else', async () => {
    const { approval, request } = await ask(await researcher());
    await approve(approval.id);
    assert.equal(await codeOf(deed(await researcher(), request)), 'approval-needed');
  });

  const falls: readonly (readonly [string, (id: string) => Promise<unknown>])[] = [
    ['was disabled since', (id) => database.query(`UPDATE auth.principal SET status = 'disabled', disabled_at = now() WHERE id = $1`, [id])],
    ['may not decide any more', (id) => database.query(`DELETE FROM rbac.role_binding WHERE subject_id = $1 AND role_id = 'security-admin'`, [id])],
    ['could not do it themselves any more', (id) => database.query(`DELETE FROM rbac.role_binding WHERE subject_id = $1 AND role_id = 'researcher'`, [id])],
  ];
  for (const [what, fall] of falls) {
    it(`is not covered by who ${what}, and can be asked for anew`, async () => {
      const [requester, falling] = [await researcher(), await approver()];
      const { approval, request } = await ask(requester);
      await approve(approval.id, falling);
      assert.equal((await ask(requester, request)).approval.id, approval.id, 'while they stand');
      await fall(falling.id);
      assert.deepEqual([await codeOf(deed(requester, request)), await stateOf(approval.id)], ['approval-needed', 'approved']);
      const anew = await ask(requester, request);
      assert.notEqual(anew.approval.id, approval.id);
      await approve(anew.approval.id);
      assert.deepEqual([await codeOf(deed(requester, request)), await codeOf(deed(requester, anew.request)), await stateOf(approval.id)], ['approval-needed', 'done', 'expired']);
    });
  }

  it('needs none where the project says so, and always does where the deed says so', async () => {
    const requester = await researcher();
    const lax = await newProject(database);
    await database.query('UPDATE rbac.project SET approvals_required = false WHERE id = $1', [lax]);
    assert.equal(await codeOf(deed(requester, newRequest(), needed(lax))), 'done');
    assert.equal(await codeOf(deed(requester, newRequest(), needed(lax, { always: true }))), 'approval-needed');
    assert.equal(await codeOf(deed(requester, newRequest(), needed(NOBODYS))), 'approval-needed', 'of a project that there is not');
  });

  it('needs none globally while there is one owner, and one from the second owner on, though that one be disabled', async () => {
    const own = await openTestDatabase();
    try {
      const first = await newSubject(own);
      await give(own, first, 'owner');
      const { approvals } = testPolicy(own, clock);
      const principal = await arriving(own, first);
      const asking = (): Promise<string> => codeOf(own.app.run(principal, (tx) => approvals.require(tx, principal, newRequest(), needed(null))));
      assert.equal(await asking(), 'done');
      const second = await newSubject(own);
      await give(own, second, 'owner');
      await own.query(`UPDATE auth.principal SET status = 'disabled', disabled_at = now() WHERE id = $1`, [second]);
      assert.equal(await asking(), 'approval-needed');
    } finally {
      await own.close();
    }
  });

  it('tells the pipeline that it asked, once it has committed', async () => {
    const requester = await researcher();
    const trailOf = async (work: () => Promise<unknown>): Promise<RequestTrail['approval']> => {
      const trail: RequestTrail = { requestId: NOBODYS, source: { ipAddress: '192.0.2.1', userAgent: null }, trace: null, committedEvents: [], replayedStatus: null };
      await runWithTrail(trail, () => codeOf(work()));
      return trail.approval;
    };
    const { approval, request } = await ask(requester);
    assert.equal(await trailOf(() => deed(requester, request)), undefined);
    await approve(approval.id);
    assert.match((await trailOf(() => deed(requester, request)))!.eventId!, /^[0-9a-f-]{36}$/);
  });
});

describe('asking for an approval', () => {
  it('finds the one that is open for the same request, also when asked for at the same moment', async () => {
    const requester = await researcher();
    const request = newRequest();
    const before = await recorded('rbac.approval.request');
    const asked = await Promise.all([ask(requester, request), ask(requester, request), ask(requester, request)]);
    assert.equal(new Set(asked.map(({ approval }) => approval.id)).size, 1);
    assert.equal(await recorded('rbac.approval.request'), before + 1);
    await approve(asked[0].approval.id);
    assert.deepEqual((({ id, state }) => [id, state])((await ask(requester, request)).approval), [asked[0].approval.id, 'approved']);
  });

  it('is bounded for each requester, and goes on when some are withdrawn or over', async () => {
    const requester = await researcher();
    const ids: string[] = [];
    for (let index = 0; index < APPROVALS_PENDING_MAX; index += 1) ids.push((await ask(requester)).approval.id);
    assert.equal(await codeOf(ask(requester)), 'approvals-waiting');
    assert.equal(await codeOf(ask(await researcher())), 'done', 'of others they say nothing');
    await policy().decisions.withdraw(requester, ids[0]!);
    assert.deepEqual([await codeOf(ask(requester)), await codeOf(ask(requester))], ['done', 'approvals-waiting']);
    clock.millis += DAY_MILLIS;
    assert.equal(await codeOf(ask(requester)), 'done');
  });

  it('keeps of the request no more than a hash and a sentence, in which nothing can end a line', async () => {
    const { approval } = await ask(await researcher(), newRequest(), needed(project, { summary: `Destroy \u202ename\u0000\n${'x'.repeat(600)}` }));
    assert.equal([...approval.summary].length, 500);
    assert.doesNotMatch(approval.summary, /[\u0000-\u001f\u202e]/);
    const columns = await database.query<{ name: string }>(`SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'rbac' AND table_name = 'approval' AND data_type IN ('bytea', 'json', 'jsonb')`);
    assert.deepEqual(columns.map(({ name }) => name), ['request_hash']);
  });
});

describe('deciding', () => {
  const refusals: readonly (readonly [string, string, (requester: Principal) => Promise<Principal>])[] = [
    ['a password alone', 'insufficient-assurance', () => approver({ assurance: 'aal1' })],
    ['who asked, though they may decide', 'approver-not-independent', async ({ id }) => {
      await give(database, id, 'security-admin', project);
      return arriving(database, id, { assurance: 'aal2' });
    }],
    ['who may not decide', 'not-found', () => someone('researcher', project, { assurance: 'aal2' })],
    ['who may see and not decide', 'forbidden', () => someone('auditor', project, { assurance: 'aal2' })],
    ['who could not do it themselves', 'approver-lacks-permission', () => someone('security-admin', project, { assurance: 'aal2' })],
    ['who may in another project', 'not-found', async () => approver({ assurance: 'aal2' }, await newProject(database))],
    ['a token without the scope of the deed', 'approver-lacks-permission', () => approver({ assurance: 'aal2', scopes: new Set(['manage:policy', 'read:data']) })],
    ['a token of another project', 'not-found', async () => approver({ assurance: 'aal2', projectId: await newProject(database) }, null)],
    ['a program', 'approver-not-independent', async () => {
      const principal = await approver({ assurance: 'aal2', kind: 'service' });
      await madeProgram(principal.id, (await approver()).id);
      return principal;
    }],
    ['an account that the requester made', 'approver-not-independent', async ({ id }) => {
      const principal = await approver();
      await database.query('UPDATE auth.principal SET created_by = $2 WHERE id = $1', [principal.id, id]);
      return principal;
    }],
    ['an account whose credentials the requester reset six days ago', 'approver-not-independent', async ({ id }) => reset(await approver(), id, 6)],
    ['an account whose credentials the requester reset eight days ago', 'done', async ({ id }) => reset(await approver(), id, 8)],
    ['who reset the credentials of the requester six days ago', 'approver-not-independent', (requester) => resetting(requester, 6)],
    ['who reset the credentials of the requester eight days ago', 'done', (requester) => resetting(requester, 8)],
    ['who made the account of the requester', 'done', async ({ id }) => {
      const principal = await approver();
      await database.query('UPDATE auth.principal SET created_by = $2 WHERE id = $1', [id, principal.id]);
      return principal;
    }],
    ['who is independent, may decide, and may do it', 'done', () => approver()],
    ['an owner', 'done', () => someone('owner', null, { assurance: 'aal3' })],
  ];
  async function madeProgram(id: string, answering: string): Promise<void> {
    await database.query(`UPDATE auth.principal SET kind = 'service' WHERE id = $1`, [id]);
    await database.query('INSERT INTO auth.service_account (principal_id, name, owner_id) VALUES ($1, $2, $3)', [id, `robot-${id.slice(-12)}`, answering]);
  }
  async function reset(principal: Principal, byId: string, daysAgo: number): Promise<Principal> {
    await database.query(
      `INSERT INTO auth.user_account (principal_id, username, password_hash, must_change_password, password_changed_at, credentials_reset_at, credentials_reset_by) VALUES ($1, $2, '$argon2id$', false, now(), $3, $4)`,
      [principal.id, `reset-${principal.id}`, new Date(clock.nowMillis() - daysAgo * DAY_MILLIS), byId],
    );
    return principal;
  }
  async function resetting(requester: Principal, daysAgo: number): Promise<Principal> {
    const principal = await approver();
    await reset(requester, principal.id, daysAgo);
    return principal;
  }
  for (const [who, answer, make] of refusals) {
    it(`${answer === 'done' ? 'takes' : 'refuses'} ${who}${answer === 'done' ? '' : `: ${answer}`}`, async () => {
      const requester = await researcher();
      const { approval } = await ask(requester);
      const decider = await make(requester);
      assert.equal(await codeOf(policy().decisions.approve(decider, approval.id)), answer);
      assert.equal(await stateOf(approval.id), answer === 'done' ? 'approved' : 'pending');
      assert.equal(await codeOf(policy().decisions.reject(decider, approval.id, null)), answer === 'done' ? 'approval-settled' : answer);
    });
  }

  it('refuses the person who answers for the program that asked', async () => {
    const [person, program] = [await approver(), await researcher()];
    await madeProgram(program.id, person.id);
    const { approval } = await ask(program);
    assert.equal(await codeOf(policy().decisions.approve(person, approval.id)), 'approver-not-independent');
    assert.equal(await codeOf(approve(approval.id)), 'done');
  });

  it('is not possible after the end, nor twice, nor by two at once', async () => {
    const requester = await researcher();
    const late = (await ask(requester)).approval;
    const decided = (await ask(requester)).approval;
    const [one, other] = [await approver(), await approver()];
    const { decisions } = policy();
    assert.deepEqual((await Promise.all([codeOf(decisions.approve(one, decided.id)), codeOf(decisions.reject(other, decided.id, 'no'))])).sort(), ['approval-settled', 'done']);
    assert.equal(await codeOf(decisions.withdraw(requester, decided.id)), 'approval-settled');
    clock.millis += DAY_MILLIS;
    assert.equal(await codeOf(decisions.approve(await again(one), late.id)), 'approval-settled');
    assert.equal((await decisions.get(requester, late.id)).state, 'expired', 'though nothing has run');
  });

  it('leaves an approval that nobody used within a day of the request of no use', async () => {
    const requester = await researcher();
    const { approval, request } = await ask(requester);
    clock.millis += DAY_MILLIS - 1;
    await approve(approval.id);
    clock.millis += 1;
    assert.equal(await codeOf(deed(requester, request)), 'approval-needed');
    const asked = await ask(requester, request);
    assert.notEqual(asked.approval.id, approval.id);
  });

  it('tells who asked why it was rejected, and lets only them withdraw', async () => {
    const requester = await researcher();
    const { approval } = await ask(requester);
    const { decisions } = policy();
    assert.equal(await codeOf(decisions.withdraw(await approver(), approval.id)), 'forbidden');
    await decisions.reject(await approver(), approval.id, 'After the release.');
    const { state, reason } = await decisions.get(requester, approval.id);
    assert.deepEqual([state, reason], ['rejected', 'After the release.']);
  });

  it('shows each what is theirs, and what waits where they may see it; the rest is not there', async () => {
    const [here, there] = [project, await newProject(database)];
    const [ann, ben] = [await someone('researcher', here), await someone('researcher', there)];
    const [ofAnn, ofBen] = [(await ask(ann)).approval.id, (await ask(ben, newRequest(), needed(there))).approval.id];
    const ofHouse = (await ask(ann, newRequest(), needed(null, { always: true }))).approval.id;
    const { decisions } = policy();
    const seenBy = async (principal: Principal): Promise<readonly string[]> => (await decisions.list(principal, 'pending', { limit: 100, after: null })).items.map(({ id }) => id).filter((id) => [ofAnn, ofBen, ofHouse].includes(id)).sort();
    assert.deepEqual(await seenBy(await again(ann)), [ofAnn, ofHouse].sort());
    assert.deepEqual(await seenBy(await again(ann, { projectId: here })), [ofAnn], 'a token for one project');
    assert.deepEqual(await seenBy(await someone('auditor', there)), [ofBen]);
    assert.deepEqual(await seenBy(await someone('auditor', null)), [ofAnn, ofBen, ofHouse].sort());
    assert.deepEqual(await seenBy(await someone('auditor', null, { scopes: new Set(['read:data']) })), []);
    assert.deepEqual([await codeOf(decisions.get(ann, ofBen)), await codeOf(decisions.get(ben, ofAnn)), await codeOf(decisions.get(ann, NOBODYS))], ['not-found', 'not-found', 'not-found']);
  });
});

describe('the sweep of approvals', () => {
  it('marks those whose time is over, and forgets them after ninety days', async () => {
    const { approval } = await ask(await researcher());
    await policy().sweep.sweep();
    assert.equal(await stateOf(approval.id), 'pending');
    clock.millis += DAY_MILLIS;
    await policy().sweep.sweep();
    assert.equal(await stateOf(approval.id), 'expired');
    clock.millis += 91 * DAY_MILLIS;
    await policy().sweep.sweep();
    assert.deepEqual(await database.query('SELECT FROM rbac.approval WHERE id = $1', [approval.id]), []);
  });
});

describe('whether a project takes two people', () => {
  it('is switched on by one, and off by one until there are two owners', async () => {
    const own = await openTestDatabase();
    try {
      const place = await newProject(own);
      const [first, admin] = [await newSubject(own), await newSubject(own)];
      await give(own, first, 'owner');
      await give(own, admin, 'security-admin');
      const { projectApprovals } = testPolicy(own, clock);
      const set = async (id: string, required: boolean): Promise<string> => codeOf(projectApprovals.set(await arriving(own, id), newRequest(), place, required));
      assert.deepEqual([await set(admin, false), await set(admin, true)], ['done', 'done']);
      await give(own, await newSubject(own), 'owner');
      assert.deepEqual([await set(first, false), await set(admin, false), await set(admin, true)], ['approval-needed', 'approval-needed', 'done']);
      assert.equal(await set(await newSubject(own), false), 'not-found');
      assert.equal((await own.query<{ required: boolean }>('SELECT approvals_required AS required FROM rbac.project WHERE id = $1', [place]))[0]!.required, true);
    } finally {
      await own.close();
    }
  });

  it('is so in a project that is made, and not in the default one', async () => {
    const rows = await database.query<{ slug: string; required: boolean }>('SELECT slug, approvals_required AS required FROM rbac.project');
    assert.deepEqual(rows.filter(({ slug }) => slug === 'default').map(({ required }) => required), [false]);
    assert.equal(rows.find(({ slug }) => slug !== 'default' && slug.endsWith(project.slice(-12)))!.required, true);
  });
});
