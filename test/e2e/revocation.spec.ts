import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'node:test';
import { systemPrincipal } from '#pure/principal/principal.js';
import { call, eventually, login } from '../harness/api.js';
import { type Insider, openInsider } from '../harness/insider.js';
import { installedHome } from '../harness/installed-home.js';
import { compiled } from '../harness/run-command.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { longRun } from '../harness/simulation.js';
import { bind, createPerson, createWorld, type World } from '../harness/world.js';

const OPERATOR = systemPrincipal('operator');

/** What one of two processes was told holds for the other from that moment on. */
describe('two replicas, when something is taken back', () => {
  let home: TestHome;
  let one: RunningServer;
  let two: RunningServer;
  let world: World;
  let insider: Insider;

  before(async () => {
    home = await installedHome();
    [one, two] = await Promise.all([startServer(home), startServer(home)]);
    world = await createWorld(one);
    insider = await openInsider(home);
  });
  after(async () => {
    await insider.close();
    try {
      assert.deepEqual(await Promise.all([one.stop(), two.stop()]), [0, 0], `${one.output()}\n\n${two.output()}`);
    } finally {
      await home.dispose();
    }
  });

  const atBoth = async (ask: (server: RunningServer) => Promise<{ status: number }>): Promise<number[]> =>
    Promise.all([one, two].map(async (server) => (await ask(server)).status));
  const meAtBoth = (token: string) => atBoth((server) => call(server, 'GET', '/v1/auth/me', { token }));
  const loginAtBoth = (username: string, password: string) => atBoth((server) => call(server, 'POST', '/v1/auth/login', { json: { username, password } }));

  it('end every other session at once after a password was changed on one', async () => {
    const grace = await createPerson(one, world.owner.token, 'grace');
    const [mine, other] = [await login(one, grace.username, grace.password), await login(two, grace.username, grace.password)];
    assert.deepEqual([await meAtBoth(mine), await meAtBoth(other)], [[200, 200], [200, 200]]);
    const newPassword = 'another long phrase of hers';
    const changed = await call<{ access_token: string }>(one, 'PUT', '/v1/auth/password', { token: mine, json: { currentPassword: grace.password, newPassword } });
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual([await meAtBoth(other), await meAtBoth(mine), await meAtBoth(grace.token)], [[401, 401], [401, 401], [401, 401]]);
    assert.deepEqual(await meAtBoth(changed.body.access_token), [200, 200]);
    assert.deepEqual(await loginAtBoth(grace.username, grace.password), [401, 401]);
    assert.deepEqual(await loginAtBoth(grace.username, newPassword), [200, 200]);
  });

  it('refuse a service account at once after being disabled on the other', async () => {
    const made = await call<{ id: string }>(one, 'POST', '/v1/service-accounts', { token: world.owner.token, json: { name: 'nightly' } });
    assert.equal(made.status, 201, made.text);
    await bind(one, world.owner.token, made.body.id, 'viewer', 'global');
    const token = await serviceToken(made.body.id);
    assert.deepEqual(await atBoth((server) => call(server, 'GET', '/v1/projects', { token })), [200, 200]);
    const disabled = await call<{ status: string }>(two, 'POST', `/v1/service-accounts/${made.body.id}/disable`, { token: world.owner.token });
    assert.deepEqual([disabled.status, disabled.body.status], [200, 'disabled']);
    assert.deepEqual(await atBoth((server) => call(server, 'GET', '/v1/projects', { token })), [401, 401]);
  });

  it('count failed logins together', async () => {
    /* Ten are free for a name from one place; half of 24 at each would all be free where each counted alone. */
    const json = { username: 'nobody-of-that-name', password: 'a guess, and not a good one' };
    const answers = await Promise.all(Array.from({ length: 24 }, (_, index) => call(index % 2 === 0 ? one : two, 'POST', '/v1/auth/login', { json })));
    const statuses = answers.map((answer) => answer.status);
    assert.deepEqual([...new Set(statuses)].sort(), [401, 429]);
    assert.ok(statuses.filter((status) => status === 401).length <= 14, statuses.join(' '));
    for (const server of [0, 1]) assert.ok(answers.some((answer, index) => index % 2 === server && answer.status === 429 && answer.headers.has('retry-after')), statuses.join(' '));
  });

  it('cancel a job that runs on the other', async () => {
    const submitted = await call<{ id: string }>(one, 'POST', '/v1/simulations', { token: world.alice.token, json: { program: { language: 'openqasm2', source: longRun() }, shots: 1, seed: 1, project: 'red' } });
    assert.equal(submitted.status, 202, submitted.text);
    const path = `/v1/simulations/${submitted.body.id}`;
    const look = () => call<{ status: string }>(one, 'GET', path, { token: world.alice.token });
    await eventually(look, (answer) => answer.body.status === 'running');
    const [holder] = await insider.query<{ claimed_by: string }>('SELECT claimed_by FROM simulation.job WHERE id = $1', [submitted.body.id]);
    const other = holder!.claimed_by.endsWith(`:${one.pid}`) ? two : one;
    assert.ok(holder!.claimed_by.endsWith(`:${(other === one ? two : one).pid}`), holder!.claimed_by);
    const cancelled = await call(other, 'POST', `${path}/cancel`, { token: world.alice.token });
    assert.ok([200, 202].includes(cancelled.status), cancelled.text);
    await eventually(look, (answer) => answer.body.status === 'cancelled');
  });

  it('refuse at once what a revoked key has signed, and take what its successor signs', async () => {
    const { app, keyring } = insider;
    const revokedId = (await keyring.signer('jwt')).keyId;
    const prepared = await keyring.prepare('jwt');
    await app.run(OPERATOR, (tx) => keyring.announce(tx, prepared));
    await app.run(OPERATOR, (tx) => keyring.rotate(tx, 'jwt'));
    assert.deepEqual(await meAtBoth(world.alice.token), [200, 200], 'a key that retires verifies still');
    await app.run(OPERATOR, (tx) => keyring.revoke(tx, 'jwt', revokedId));
    for (const person of [world.owner, world.alice, world.carol]) assert.deepEqual(await meAtBoth(person.token), [401, 401]);
    for (const server of [one, two]) {
      const token = await login(server, world.alice.username, world.alice.password);
      assert.equal((JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid, prepared.id);
      assert.deepEqual(await meAtBoth(token), [200, 200]);
    }
  });

  it('obey recover-owner, which runs beside them: nothing of before opens anything, and the one-time password does', async () => {
    const before = await login(two, 'owner', world.owner.password);
    assert.deepEqual(await meAtBoth(before), [200, 200]);
    const { PATH } = process.env;
    await promisify(execFile)(process.execPath, ['dist/src/app/commands/recover-owner.js'], { env: { ...(PATH === undefined ? {} : { PATH }), ...compiled(), ...home.environment } });
    assert.deepEqual(await meAtBoth(before), [401, 401]);
    assert.deepEqual(await loginAtBoth('owner', world.owner.password), [401, 401]);
    const oneTime = readFileSync(join(home.environment['QUANTONIUM_DATA_DIR']!, 'owner-one-time-password'), 'utf8').trim();
    assert.deepEqual(await loginAtBoth('owner', oneTime), [200, 200]);
    const token = await login(one, 'owner', oneTime);
    assert.deepEqual(await atBoth((server) => call(server, 'GET', '/v1/users', { token })), [403, 403], 'it must be changed first');
    const changed = await call<{ access_token: string }>(two, 'PUT', '/v1/auth/password', { token, json: { currentPassword: oneTime, newPassword: 'what the owner thought of next' } });
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual(await atBoth((server) => call(server, 'GET', '/v1/users', { token: changed.body.access_token })), [200, 200]);
    assert.deepEqual(await loginAtBoth('owner', oneTime), [401, 401]);
  });

  async function serviceToken(id: string): Promise<string> {
    const made = await call<{ secret: string }>(one, 'POST', `/v1/service-accounts/${id}/secrets`, { token: world.owner.token, json: {} });
    assert.equal(made.status, 201, made.text);
    const raw = new URLSearchParams({ grant_type: 'client_credentials', scope: 'read:data', client_id: id, client_secret: made.body.secret }).toString();
    const given = await call<{ access_token: string }>(one, 'POST', '/oauth/token', { raw, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    assert.equal(given.status, 200, given.text);
    return given.body.access_token;
  }
});
