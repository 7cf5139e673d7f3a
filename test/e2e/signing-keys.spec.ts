import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { call, login } from '../harness/api.js';
import { compiled } from '../harness/run-command.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { createWorld, type World } from '../harness/world.js';

interface SigningKey {
  readonly purpose: string;
  readonly version: number;
  readonly kid: string;
  readonly state: string;
  readonly publicJwk: Readonly<Record<string, string>>;
}

/** The server's own keys, seen and changed from outside, while two replicas are at work. */
describe('signing keys of two replicas', () => {
  let home: TestHome;
  let one: RunningServer;
  let two: RunningServer;
  let world: World;
  let owner: string;

  before(async () => {
    home = createHome();
    [one, two] = await Promise.all([startServer(home), startServer(home)]);
    world = await createWorld(one);
    owner = world.owner.token;
  });
  after(async () => {
    assert.deepEqual(await Promise.all([one.stop(), two.stop()]), [0, 0]);
    await home.dispose();
  });

  const list = async (server = two): Promise<readonly SigningKey[]> => {
    const answer = await call<{ items: SigningKey[] }>(server, 'GET', '/v1/keys/signing', { token: owner });
    assert.equal(answer.status, 200, answer.text);
    return answer.body.items;
  };
  const of = async (purpose: string): Promise<readonly SigningKey[]> => (await list()).filter((key) => key.purpose === purpose);
  const change = (path: string, json?: unknown, token = owner) => call<SigningKey & { detail: string }>(one, 'POST', `/v1/keys/signing/${path}`, { token, ...(json === undefined ? {} : { json }) });
  const kidOf = (token: string): string => (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;
  const loginAt = (server: RunningServer): Promise<string> => login(server, world.alice.username, world.alice.password);
  const statuses = (token: string): Promise<number[]> => Promise.all([one, two].map(async (server) => (await call(server, 'GET', '/v1/auth/me', { token })).status));
  const revokeByCommand = (...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const { PATH } = process.env;
      execFile(process.execPath, ['dist/src/app/commands/revoke-signing-key.js', ...words], { env: { ...(PATH === undefined ? {} : { PATH }), ...compiled(), ...home.environment } }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }));
    });

  it('are listed with their public halves and nothing private, to who may see them', async () => {
    const keys = await list();
    assert.deepEqual(keys.map(({ purpose, version, state }) => `${purpose} ${version} ${state}`), ['jwt 1 active', 'registry 1 active', 'registry-token 1 active', 'attestation 1 active', 'audit-checkpoint 1 active', 'audit-cosign 1 active', 'result 1 active']);
    for (const { kid, publicJwk } of keys) {
      assert.equal(publicJwk['kid'], kid);
      for (const secret of ['d', 'priv', 'k']) assert.equal(publicJwk[secret], undefined);
    }
    assert.equal((await call(one, 'GET', '/v1/keys/signing', { token: world.alice.token })).status, 403);
  });

  it('rotate under load without one refused request, on either replica', async () => {
    let isOver = false;
    const seen = new Map<number, number>();
    const work = async (index: number): Promise<void> => {
      let token = await loginAt(one);
      for (let turn = 0; !isOver; turn += 1) {
        if (turn % 25 === 24) token = await loginAt(index % 2 === 0 ? one : two);
        for (const status of await statuses(token)) seen.set(status, (seen.get(status) ?? 0) + 1);
      }
    };
    const workers = [work(0), work(1)];
    const before = await loginAt(two);
    try {
      for (let version = 2; version <= 5; version += 1) {
        if (version % 2 === 0) assert.equal((await change('jwt/announce')).status, 201);
        const rotated = await change('jwt/rotate');
        assert.deepEqual([rotated.status, rotated.body.version, rotated.body.state], [200, version, 'active'], rotated.text);
        assert.ok(rotated.headers.has('audit-event-id'));
        assert.equal(kidOf(await loginAt(two)), rotated.body.kid);
      }
    } finally {
      isOver = true;
    }
    await Promise.all(workers);
    assert.deepEqual([...seen.keys()], [200], JSON.stringify([...seen]));
    assert.deepEqual(await statuses(before), [200, 200], 'what a replaced key signed is good until it expires');
    const published = await call<{ keys: { kid: string }[] }>(two, 'GET', '/.well-known/jwks.json');
    assert.deepEqual(published.body.keys.map(({ kid }) => kid), (await of('jwt')).map(({ kid }) => kid));
  });

  it('revoke what signs at once, everywhere, and sign on with a successor', async () => {
    const active = (await of('jwt')).find(({ state }) => state === 'active')!;
    const [alice, operator] = [await loginAt(two), await login(one, 'owner', world.owner.password)];
    assert.deepEqual([kidOf(alice), kidOf(operator)], [active.kid, active.kid]);
    const revoked = await change(`jwt/${active.kid}/revoke`, { reason: 'left on a train' }, operator);
    assert.deepEqual([revoked.status, revoked.body.state], [200, 'revoked'], revoked.text);
    assert.deepEqual([await statuses(alice), await statuses(operator)], [[401, 401], [401, 401]]);
    owner = await login(two, 'owner', world.owner.password);
    assert.deepEqual(await statuses(owner), [200, 200]);
    assert.notEqual(kidOf(owner), active.kid);
    const again = await change(`jwt/${active.kid}/revoke`, { reason: 'twice' });
    assert.equal(again.status, 409, again.text);
  });

  it('refuse what is no purpose, no version, or no reason', async () => {
    assert.equal((await change('nothing/rotate')).status, 404);
    assert.equal((await change(`jwt/${'A'.repeat(43)}/revoke`, { reason: 'x' })).status, 404);
    const [key] = await of('registry');
    assert.equal((await change(`registry/${key!.kid}/revoke`, {})).status, 422);
    assert.equal((await change(`registry/${key!.kid}/revoke`, { reason: '' })).status, 422);
    assert.equal((await of('registry')).length, 1);
  });

  it('leave those of the ledger to the ledger, and say what to do', async () => {
    for (const purpose of ['result', 'audit-checkpoint', 'audit-cosign']) {
      const [key] = await of(purpose);
      for (const [path, json] of [['announce', undefined], ['rotate', undefined], [`${key!.kid}/revoke`, { reason: 'x' }]] as const) {
        const answer = await change(`${purpose}/${path}`, json);
        assert.equal(answer.status, 409, answer.text);
        assert.match(answer.body.detail, /npm run revoke-signing-key/);
      }
      assert.deepEqual((await of(purpose)).map(({ state }) => state), ['active']);
    }
  });

  it('of the ledger are revoked by a command beside the servers, which go on with the successor', async () => {
    for (const purpose of ['result', 'audit-checkpoint']) {
      const [key] = await of(purpose);
      const vkeys = (await call(one, 'GET', '/v1/audit/log/vkeys')).text;
      const { code, stdout, stderr } = await revokeByCommand(purpose, key!.kid);
      assert.equal(code, 0, stderr);
      assert.match(stdout, new RegExp(`Version 1 of the ${purpose} keys is revoked`));
      assert.deepEqual((await of(purpose)).map(({ state }) => state), ['revoked', 'active']);
      if (purpose === 'audit-checkpoint') assert.notEqual((await call(two, 'GET', '/v1/audit/log/vkeys')).text, vkeys);
    }
    await one.stop();
    one = await startServer(home);
    assert.equal((await call(one, 'GET', '/health/ready')).status, 200, 'what was signed before the revocation stands');
  });

  it('are not revoked by a command that is told of no such key', async () => {
    for (const words of [['jwt', 'x'], ['result', 'A'.repeat(43)], ['result', 'x', 'y']]) {
      const { code, stderr } = await revokeByCommand(...words);
      assert.equal(code, 78, stderr);
    }
  });
});
