import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Answer, call, type CallOptions, login, loginOwner } from '../harness/api.js';
import { type Insider, openInsider } from '../harness/insider.js';
import { enrolOverHttp } from '../harness/second-factor-http.js';
import { withServer } from '../harness/with-server.js';
import { bind, createPerson, createProject } from '../harness/world.js';

interface Shown {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly summary: string;
  readonly warnings: readonly string[];
  readonly items: readonly { readonly id: string }[];
  readonly data: { readonly keys: Readonly<Record<string, string>>; readonly latest_version: number };
}
/** Somebody, by the token that is theirs now. */
interface Caller {
  readonly id: string;
  token: string;
  strong?: true;
}
type Asking = CallOptions & { readonly namespace?: string };

const NOBODYS = '0198c0de-0000-7000-8000-00000000dead';

/** Four eyes as clients meet them: one server, two owners, somebody with keys in a project that takes two people, and somebody in another. */
describe('approvals over HTTP', () => {
  let people: { readonly owner: Caller; readonly kim: Caller; readonly eve: Caller; readonly ben: Caller };
  let red = '';
  let insider: Insider;
  const server = withServer(async () => {
    const owner = await loginOwner(server);
    red = await createProject(server, owner, 'red');
    const blue = await createProject(server, owner, 'blue');
    people = { owner: { id: '', token: owner }, kim: await createPerson(server, owner, 'kim'), eve: await createPerson(server, owner, 'eve'), ben: await createPerson(server, owner, 'ben') };
    await bind(server, owner, people.kim.id, 'key-manager', `project:${red}`);
    await bind(server, owner, people.eve.id, 'key-manager', `project:${blue}`);
    await bind(server, owner, people.ben.id, 'owner', 'global');
  });
  before(async () => (insider = await openInsider(server.home)));
  after(() => insider.close());

  const transit = (method: string, path: string, { namespace = 'red', headers, token = people.kim.token, ...rest }: Asking = {}): Promise<Answer<Shown>> =>
    call<Shown>(server, method, `/v1/transit/${path}`, { ...rest, headers: { 'x-vault-token': token, 'x-vault-namespace': namespace, ...headers } });
  const on = (method: string, path: string, token: string, options: CallOptions = {}): Promise<Answer<Shown>> => call<Shown>(server, method, `/v1/approvals${path}`, { token, ...options });
  /** With a second factor, that is added when it is first needed: it ends what was before it. */
  const strong = async (who: Caller): Promise<string> => {
    if (who.strong !== true) Object.assign(who, { strong: true, token: (await enrolOverHttp(server, who.token)).token });
    return who.token;
  };
  /** What an answer in Vault's words waits for. */
  const waitingIn = ({ status, headers, body, text }: Answer<Shown>): string => {
    const id = headers.get('approval-id') ?? '';
    assert.equal(status, 403, text);
    assert.ok(id !== '' && body.warnings[0]!.includes(id), text);
    return id;
  };
  const approve = async (id: string): Promise<void> => {
    const answer = await on('POST', `/${id}/approve`, await strong(people.ben));
    assert.deepEqual([answer.status, answer.body.state], [200, 'approved'], answer.text);
  };
  /** Of asking, approving and using: how many entries there are. */
  const recorded = async (): Promise<readonly number[]> => {
    const rows = await insider.query<{ code: string; count: number }>(`SELECT convert_from(body, 'UTF8')::jsonb #>> '{metadata,event_code}' AS code, count(*)::int AS count FROM audit.entry GROUP BY 1`);
    return ['request', 'approve', 'use'].map((step) => rows.find(({ code }) => code === `rbac.approval.${step}`)?.count ?? 0);
  };

  it('are not needed in the default project, where a key leaves at once', async () => {
    await transit('POST', 'keys/mine', { token: people.owner.token, namespace: 'default', json: { exportable: true } });
    const { status, body } = await transit('GET', 'export/encryption-key/mine', { token: people.owner.token, namespace: 'default' });
    assert.deepEqual([status, Object.keys(body.data.keys)], [200, ['1']]);
  });

  it('let a key leave a project that takes two people once, for the identical request, and the ledger tells each step', async () => {
    const before = await recorded();
    const exposed = await transit('POST', 'keys/orders', { json: { exportable: true } });
    const id = waitingIn(exposed);
    assert.equal((await transit('GET', 'keys/orders')).status, 404, 'nothing was made');
    assert.equal(waitingIn(await transit('PUT', '/keys//orders', { json: { exportable: true } })), id, 'the same request by the other spellings of the dialect');
    await approve(id);
    assert.equal((await transit('POST', 'keys/orders', { json: { exportable: true }, headers: { 'approval-id': id } })).status, 200);

    const path = 'export/encryption-key/orders';
    const export1 = waitingIn(await transit('GET', path));
    const seen = await on('GET', `/${export1}`, people.kim.token);
    assert.deepEqual([seen.body.state, seen.body.summary], ['pending', 'Export the encryption-key of the key orders in clear, versions 1']);
    await approve(export1);
    const with1 = { headers: { 'approval-id': export1 } };
    for (const other of [`${path}/`, `${path}/1`, `${path}?before=9`, 'export/hmac-key/orders', 'export/encryption-key/%6frders']) assert.notEqual(waitingIn(await transit('GET', other, with1)), export1, other);
    const done = await transit('GET', path, with1);
    assert.deepEqual([done.status, Object.keys(done.body.data.keys)], [200, ['1']]);
    assert.notEqual(waitingIn(await transit('GET', path, with1)), export1, 'a second time asks anew');
    assert.equal((await on('GET', `/${export1}`, people.kim.token)).body.state, 'used');
    assert.deepEqual(await recorded(), [before[0]! + 8, before[1]! + 2, before[2]! + 2]);
  });

  it('do not fit any more when the key has another version since', async () => {
    const id = waitingIn(await transit('GET', 'export/hmac-key/orders/1'));
    await approve(id);
    await transit('POST', 'keys/orders/rotate');
    assert.notEqual(waitingIn(await transit('GET', 'export/hmac-key/orders/1', { headers: { 'approval-id': id } })), id);
  });

  it('cover the body to the byte', async () => {
    await transit('POST', 'keys/plain');
    const asked = (raw: string, headers = {}): Promise<Answer<Shown>> => transit('POST', 'keys/plain/config', { raw, headers: { 'content-type': 'application/json', ...headers } });
    const id = waitingIn(await asked('{"exportable":true}'));
    await approve(id);
    waitingIn(await asked('{"exportable": true}', { 'approval-id': id }));
    assert.equal((await asked('{"exportable":true}', { 'approval-id': id })).status, 200);
  });

  it('are decided by a login at aal2 alone, by who may see them, and there is nothing to see for others', async () => {
    const id = waitingIn(await transit('POST', 'keys/orders/config', { json: { allow_plaintext_backup: true } }));
    const weak = await on('POST', `/${id}/approve`, people.owner.token);
    assert.deepEqual([weak.status, weak.body.type], [401, 'urn:quantonium:problem:insufficient-assurance']);
    assert.match(weak.headers.get('www-authenticate')!, /acr_values="aal2"/);
    assert.deepEqual([(await on('POST', `/${NOBODYS}/approve`, people.owner.token)).status, (await on('POST', `/${NOBODYS}/approve`, await strong(people.ben))).status], [401, 404]);
    for (const tokenOf of [async () => people.eve.token, () => strong(people.eve)]) {
      const token = await tokenOf();
      const [foreign, none] = [await on('GET', `/${id}`, token), await on('GET', `/${NOBODYS}`, token)];
      assert.deepEqual([foreign.status, foreign.text.replaceAll(id, NOBODYS).replace(/"requestId":"[^"]+"/, '')], [404, none.text.replace(/"requestId":"[^"]+"/, '')]);
      assert.deepEqual([(await on('DELETE', `/${id}`, token)).status, (await on('POST', `/${id}/approve`, token)).status], [404, 403]);
      assert.deepEqual((await on('GET', '', token)).body.items, []);
    }
    assert.equal((await on('POST', `/${id}/approve`, await strong(people.kim))).status, 403, 'nor by who asked');
    assert.equal((await on('GET', '', people.kim.token)).body.items.some((item) => item.id === id), true);
    assert.equal((await on('DELETE', `/${id}`, people.kim.token)).status, 204);
    assert.equal((await on('POST', `/${id}/approve`, await strong(people.ben))).status, 409);
  });

  it('are answered 202 elsewhere, and go together with an Idempotency-Key', async () => {
    const { kim, ben } = people;
    const bound = (token: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Shown>> =>
      call<Shown>(server, 'POST', '/v1/role-bindings', { token, json: { subjectId: kim.id, role: 'owner', scope: 'global' }, headers: { 'idempotency-key': 'third-owner', ...headers } });
    const byOwner = await bound(people.owner.token);
    assert.equal(byOwner.status, 202);
    const beholden = await on('POST', `/${byOwner.body.id}/approve`, await strong(ben));
    assert.deepEqual([beholden.status, beholden.body.type], [403, 'urn:quantonium:problem:approver-not-independent'], 'the owner made that account');
    const { status, body, headers } = await bound(ben.token);
    assert.deepEqual([status, body.state, headers.get('location'), headers.get('approval-id'), headers.get('audit-event-id')?.length], [202, 'pending', `/v1/approvals/${body.id}`, body.id, 36]);
    assert.equal((await on('POST', `/${body.id}/approve`, await strong(people.owner))).status, 200);
    const [made, repeated] = [await bound(ben.token, { 'approval-id': body.id }), await bound(ben.token, { 'approval-id': body.id })];
    assert.deepEqual([made.status, repeated.status, repeated.body.id], [201, 201, made.body.id], made.text);
  });

  it('are what switching them off takes, of two owners', async () => {
    const off = (headers: Readonly<Record<string, string>> = {}): Promise<Answer<Shown>> => call<Shown>(server, 'PUT', `/v1/projects/${red}/approvals`, { token: people.ben.token, json: { required: false }, headers });
    const asked = await off();
    assert.equal(asked.status, 202);
    assert.equal((await on('POST', `/${asked.body.id}/reject`, await strong(people.owner), { json: { reason: 'Not before the audit.' } })).status, 200);
    const again = await off({ 'approval-id': asked.body.id });
    assert.deepEqual([again.status, again.body.id === asked.body.id], [202, false]);
    assert.equal((await on('POST', `/${again.body.id}/approve`, await strong(people.owner))).status, 200);
    assert.equal((await off({ 'approval-id': again.body.id })).status, 200);
    assert.equal((await transit('GET', 'export/encryption-key/plain')).status, 200);
  });

  it('are what going beyond one’s own rights takes: to put into a role what one has not, and to give it', async () => {
    const { owner, ben, kim } = people;
    const roles = (token: string, json: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Shown>> => call<Shown>(server, 'POST', '/v1/roles', { token, json, headers });
    const bound = (token: string, json: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Shown>> => call<Shown>(server, 'POST', '/v1/role-bindings', { token, json, headers });
    const climber = await createPerson(server, await strong(owner), 'climber');
    const who: Caller = { id: climber.id, token: climber.token };
    const climbing = { name: 'climbing', parents: [], rules: [{ effect: 'allow', resource: 'roles', verbs: ['create', 'read', 'escalate', 'bind'] }, { effect: 'allow', resource: 'role-bindings', verbs: ['create', 'read'] }] };
    assert.equal((await roles(owner.token, climbing)).status, 201);
    await bind(server, owner.token, who.id, 'climbing', 'global');
    const wider = { name: 'key-reader', parents: [], rules: [{ effect: 'allow', resource: 'keys', verbs: ['read'] }] };
    const weak = await roles(who.token, wider);
    assert.deepEqual([weak.status, weak.body.type], [401, 'urn:quantonium:problem:insufficient-assurance'], weak.text);
    const asked = await roles(await strong(who), wider);
    assert.equal(asked.status, 202, asked.text);
    assert.equal((await on('POST', `/${asked.body.id}/approve`, await strong(ben))).status, 200);
    assert.equal((await roles(who.token, wider, { 'approval-id': asked.body.id })).status, 201);
    const giving = { subjectId: kim.id, role: 'key-reader', scope: 'global' };
    const wanted = await bound(who.token, giving);
    assert.equal(wanted.status, 202, wanted.text);
    assert.equal((await on('POST', `/${wanted.body.id}/approve`, ben.token)).status, 200);
    assert.equal((await bound(who.token, giving, { 'approval-id': wanted.body.id })).status, 201);
  });

  it('are what an account for emergencies is sealed by, which then takes a second factor, and is looked at by somebody else', async () => {
    const { owner, ben } = people;
    const glass = (method: string, path: string, token: string, options: CallOptions = {}): Promise<Answer<Shown>> => call<Shown>(server, method, `/v1/break-glass${path}`, { token, ...options });
    const sealed = await createPerson(server, await strong(ben), 'in-case');
    const enrol = (headers: Readonly<Record<string, string>> = {}): Promise<Answer<Shown>> => glass('POST', '/accounts', ben.token, { json: { principalId: sealed.id }, headers });
    const asked = await enrol();
    assert.equal(asked.status, 202, asked.text);
    assert.equal((await on('POST', `/${asked.body.id}/approve`, await strong(owner))).status, 200);
    assert.equal((await enrol({ 'approval-id': asked.body.id })).status, 201);
    const opening = { json: { reason: 'Both owners are out of reach.' } };
    const weak = await login(server, sealed.username, sealed.password);
    assert.deepEqual([(await glass('POST', '', weak, opening)).status, (await call(server, 'GET', '/v1/users', { token: weak })).status], [401, 403]);
    const { token } = await enrolOverHttp(server, weak);
    const opened = await glass('POST', '', token, opening);
    assert.equal(opened.status, 201, opened.text);
    assert.equal((await call(server, 'GET', '/v1/users', { token })).status, 200);
    assert.equal((await call(server, 'POST', '/v1/users', { token, json: { username: 'mole' } })).status, 403, 'it makes no credentials');
    const review = (by: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Shown>> => glass('POST', `/${opened.body.id}/review`, by, { json: { findings: 'Nothing else was done.' }, headers });
    assert.equal((await review(ben.token)).status, 409, 'it goes on');
    assert.equal((await glass('DELETE', `/accounts/${sealed.id}`, ben.token)).status, 204);
    assert.equal((await call(server, 'GET', '/v1/users', { token })).status, 401);
    // Made an ordinary account again, it is open no more; what it was open for is looked at when its hour is over.
    await insider.query(`UPDATE rbac.break_glass_use SET opened_at = opened_at - interval '2 hours', ends_at = ends_at - interval '2 hours' WHERE id = $1`, [opened.body.id]);
    const wanted = await review(ben.token);
    assert.equal(wanted.status, 202, wanted.text);
    assert.equal((await on('POST', `/${wanted.body.id}/approve`, owner.token)).status, 200);
    const done = await review(ben.token, { 'approval-id': wanted.body.id });
    assert.equal(done.status, 200, done.text);
    assert.equal((await review(ben.token)).status, 409, 'once');
  });
});
