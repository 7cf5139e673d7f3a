import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Answer, call, eventually, loginOwner } from '../harness/api.js';
import { installedHome } from '../harness/installed-home.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { bind } from '../harness/world.js';

/** Another installation of the same, as whoever has no Vault would take it: no double of a Transit server. */
describe('a server whose key another one decrypts', () => {
  let keeperHome: TestHome;
  let keeper: RunningServer;
  let home: TestHome | undefined;
  let server: RunningServer;
  before(async () => {
    keeperHome = await installedHome();
    keeper = await startServer(keeperHome);
  });
  after(async () => {
    const ends = await Promise.all([server, keeper].map((each: RunningServer | undefined) => each?.stop()));
    await Promise.all([home?.dispose(), keeperHome.dispose()]);
    assert.deepEqual(ends, [0, 0]);
  });

  const sealStatus = async (): Promise<unknown> => {
    const { type, sealed, initialized } = (await call(server, 'GET', '/v1/sys/seal-status')).body;
    return { type, sealed, initialized };
  };
  const whether = (isReady: boolean): Promise<Answer> => eventually(() => call(server, 'GET', '/health/ready'), ({ status }) => status === (isReady ? 200 : 503));

  /** What it logs in by, where it is given no token. */
  let approle: { readonly id: string; readonly secret: string };

  /** A program that may use keys of one project, and its token: what SEAL_TRANSIT_TOKEN is. */
  async function programToken(): Promise<string> {
    const token = await loginOwner(keeper);
    const { body: account } = await call<{ id: string }>(keeper, 'POST', '/v1/service-accounts', { token, json: { name: 'seal-of-another' } });
    await bind(keeper, token, account.id, 'key-manager', 'project:default');
    const { body: made } = await call<{ secret: string }>(keeper, 'POST', `/v1/service-accounts/${account.id}/secrets`, { token, json: {} });
    approle = { id: account.id, secret: made.secret };
    const key = await call(keeper, 'POST', '/v1/transit/keys/seal', { token, json: {} });
    assert.equal(key.status, 200, key.text);
    const { body } = await call<{ auth: { client_token: string } }>(keeper, 'POST', '/v1/auth/approle/login', { json: { role_id: account.id, secret_id: made.secret } });
    return body.auth.client_token;
  }

  it('begins with a key that the other one has encrypted, and says there that it was asked', async () => {
    const SEAL_TRANSIT_TOKEN = await programToken();
    home = createHome({ SEAL: 'transit', SEAL_TRANSIT_URL: `${keeper.url}/v1/transit`, SEAL_TRANSIT_KEY: 'seal', SEAL_TRANSIT_TOKEN });
    server = await startServer(home);
    assert.match(server.output(), /ready at/);
    assert.deepEqual(await sealStatus(), { type: 'transit', sealed: false, initialized: true });
    assert.ok(!server.output().includes(SEAL_TRANSIT_TOKEN));
    const token = await loginOwner(keeper);
    for (const code of ['crypto.encrypt', 'crypto.decrypt']) {
      await eventually(() => call<{ items: unknown[] }>(keeper, 'GET', `/v1/audit/entries?code=${code}`, { token }), ({ body }) => body.items.length === 1);
    }
  });

  it('starts sealed while the other one is away, answers its probes, and opens by itself when that is back', async () => {
    const token = await loginOwner(server);
    await call(server, 'POST', '/v1/transit/keys/mine', { token, json: {} });
    const { body: { data } } = await call<{ data: { ciphertext: string } }>(server, 'POST', '/v1/transit/encrypt/mine', { token, json: { plaintext: 'aGVsbG8=' } });
    assert.deepEqual(await Promise.all([server.stop(), keeper.stop()]), [0, 0], server.output());

    // From here on it gets its token itself: the one that it began with ends with the day.
    const secretFile = join(home!.directory, 'secret-id');
    writeFileSync(secretFile, `${approle.secret}\n`, { mode: 0o400 });
    server = await startServer(home!, { SEAL_TRANSIT_TOKEN: '', SEAL_TRANSIT_ROLE_ID: approle.id, SEAL_TRANSIT_SECRET_ID_FILE: secretFile });
    assert.match(server.output(), /sealed at/);
    assert.deepEqual(await sealStatus(), { type: 'transit', sealed: true, initialized: true });
    await whether(false);
    assert.deepEqual([(await call(server, 'GET', '/health/live')).status, (await call(server, 'GET', '/v1/sys/health')).status, (await call(server, 'GET', '/v1/auth/me', { token })).status], [200, 503, 503]);
    assert.equal((await call(server, 'POST', '/v1/sys/unseal', { json: { key: 'ab'.repeat(33) } })).status, 400, 'no share opens it');

    keeper = await startServer(keeperHome, { PORT: new URL(keeper.url).port });
    await whether(true);
    assert.ok(!server.output().includes(approle.secret));
    const { body: opened } = await call<{ data: { plaintext: string } }>(server, 'POST', '/v1/transit/decrypt/mine', { token, json: { ciphertext: data.ciphertext } });
    assert.equal(opened.data.plaintext, 'aGVsbG8=');
  });
});
