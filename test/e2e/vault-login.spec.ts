import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import vault from 'node-vault';
import { SealRefusal } from '#modules/crypto/index.js';
import { loadConfig } from '#platform/config/load-config.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import type { AutomaticSeal } from '../../src/modules/crypto/seals/automatic-seal.js';
import { automaticSeal } from '../../src/modules/crypto/seals/configured-seals.js';
import { type Answer, call, eventually, login } from '../harness/api.js';
import { HandClock } from '../harness/hand-clock.js';
import { withServer } from '../harness/with-server.js';
import { bind, createPerson, createWorld, type World } from '../harness/world.js';

interface Auth {
  readonly client_token: string;
  readonly accessor: string;
  readonly lease_duration: number;
  readonly renewable: boolean;
  readonly policies: string[];
  readonly entity_id: string;
}
interface Envelope {
  readonly auth: Auth | null;
  readonly data: Record<string, unknown> | null;
  readonly warnings: string[] | null;
  readonly errors?: string[];
}
interface Secret {
  readonly id: string;
  readonly secret: string;
}

let world: World;
const server = withServer(async () => {
  world = await createWorld(server);
});

describe('the logins of Vault’s clients', () => {
  let account: { id: string; name: string };
  before(async () => {
    account = await serviceAccount('nightly', 'key-manager');
  });

  const ask = (method: string, path: string, token: string | null, json?: unknown, headers: Record<string, string> = {}): Promise<Answer<Envelope>> =>
    call<Envelope>(server, method, path, { headers: { ...(token === null ? {} : { 'X-Vault-Token': token }), ...headers }, ...(json === undefined ? {} : { json }) });
  const asOwner = <T = Record<string, unknown>>(method: string, path: string, json?: unknown, headers?: Record<string, string>): Promise<Answer<T>> =>
    call<T>(server, method, path, { token: world.owner.token, ...(json === undefined ? {} : { json }), ...(headers === undefined ? {} : { headers }) });
  const serviceAccount = async (name: string, role?: string): Promise<{ id: string; name: string }> => {
    const made = await asOwner<{ id: string }>('POST', '/v1/service-accounts', { name });
    if (role !== undefined) await bind(server, world.owner.token, made.body.id, role, 'global');
    return { id: made.body.id, name };
  };
  const secretOf = async (id: string, json: object = {}): Promise<Secret> => {
    const made = await asOwner<Secret & Record<string, unknown>>('POST', `/v1/service-accounts/${id}/secrets`, json);
    assert.equal(made.status, 201, made.text);
    return made.body;
  };
  const approle = (roleId: unknown, secretId: unknown): Promise<Answer<Envelope>> => ask('POST', '/v1/auth/approle/login', null, { role_id: roleId, secret_id: secretId });
  const userpass = (username: string, password: string): Promise<Answer<Envelope>> => ask('PUT', `/v1/auth/userpass/login/${username}`, null, { password });
  const tokenOf = (answer: Answer<Envelope>): Auth => {
    assert.equal(answer.status, 200, answer.text);
    return answer.body.auth!;
  };
  const lookup = (token: string): Promise<Answer<Envelope>> => ask('GET', '/v1/auth/token/lookup-self', token);
  const entryOf = async (answer: Answer<unknown>): Promise<Record<string, unknown>> => {
    const id = answer.headers.get('audit-event-id');
    return (await eventually(() => call<Record<string, unknown>>(server, 'GET', `/v1/audit/entries/${id}`, { token: world.carol.token }), ({ status }) => status !== 202)).body;
  };
  const refusedAs = (answer: Answer<Envelope>): readonly unknown[] => [answer.status, answer.body.errors];

  it('give a service account a token for the secret that was made for it, by name or id', async () => {
    const { secret } = await secretOf(account.id, { label: 'host' });
    for (const roleId of [account.id, account.name]) {
      const answer = await approle(roleId, secret);
      const auth = tokenOf(answer);
      assert.match(auth.client_token, /^qvt_[A-Za-z0-9_-]{52}$/);
      assert.deepEqual([auth.lease_duration <= 3600 && auth.lease_duration > 3590, auth.renewable, auth.policies, auth.entity_id], [true, true, ['key-manager'], account.id]);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.match(JSON.stringify(await entryOf(answer)), /"event_code":"auth.login"/);
      const { data } = (await lookup(auth.client_token)).body;
      assert.deepEqual(
        { ...data, creation_time: 0, ttl: 0, expire_time: '', issue_time: '' },
        {
          id: auth.client_token, accessor: auth.accessor, creation_time: 0, creation_ttl: 3600, display_name: 'approle-nightly', entity_id: account.id, expire_time: '', explicit_max_ttl: 86_400,
          issue_time: '', meta: { role_name: 'nightly' }, num_uses: 0, orphan: true, path: 'auth/approle/login', policies: ['key-manager'], renewable: true, ttl: 0, type: 'service',
        },
      );
      assert.ok((data!['ttl'] as number) > 3590);
    }
  });

  it('give a user one for the password, under any capitals, by PUT as by POST', async () => {
    const auth = tokenOf(await userpass('ALICE', world.alice.password));
    const { data } = (await ask('POST', '/v1//auth/token//lookup-self', null, undefined, { authorization: `Bearer ${auth.client_token}` })).body;
    assert.deepEqual([data!['display_name'], data!['path'], data!['entity_id'], data!['policies']], ['userpass-alice', 'auth/userpass/login/alice', world.alice.id, ['researcher']]);
  });

  it('refuse every wrong credential alike', async () => {
    const { secret } = await secretOf(account.id);
    const other = await serviceAccount('other');
    const idle = await serviceAccount('idle');
    const { secret: ofIdle } = await secretOf(idle.id);
    assert.equal((await asOwner('POST', `/v1/service-accounts/${idle.id}/disable`)).status, 200);
    const wrong: readonly (readonly [string, string])[] = [
      [account.name, `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`], [account.name, 'qcs_'], [account.name, 'password'], [account.name, secret.replace('qcs_', 'qvt_')],
      [other.name, secret], ['nobody', secret], [world.alice.id, secret], ['00000000-0000-0000-0000-000000000000', secret], [idle.name, ofIdle], ["' OR true --", secret],
    ];
    const answers = await Promise.all(wrong.map(([roleId, secretId]) => approle(roleId, secretId)));
    for (const [at, [roleId, secretId]] of wrong.entries()) {
      const answer = answers[at]!;
      assert.deepEqual(refusedAs(answer), [400, ['invalid role or secret ID']], roleId);
      assert.ok(!answer.text.includes(secretId));
    }
    assert.match(JSON.stringify(await entryOf(answers.at(-1)!)), /"event_code":"auth.login.failed"/);
    for (const [username, password] of [['alice', 'wrong'], ['nobody', world.alice.password], [account.name, secret], ['a%2Fb%20', 'x']] as const) {
      assert.deepEqual(refusedAs(await userpass(username, password)), [400, ['invalid username or password']], username);
    }
  });

  it('name what is missing or of the wrong type', async () => {
    assert.deepEqual(refusedAs(await approle(undefined, 'x')), [400, ['/role_id: missing role_id']]);
    assert.deepEqual(refusedAs(await approle('x', undefined)), [400, ['/secret_id: missing secret_id']]);
    assert.deepEqual(refusedAs(await approle('x', 7)), [400, ['/secret_id: a string']]);
    assert.deepEqual(refusedAs(await ask('POST', '/v1/auth/userpass/login/alice', null)), [400, ['/password: missing password']]);
    assert.equal((await call(server, 'POST', '/v1/auth/approle/login', { raw: '{"role_id":' })).status, 400);
    assert.equal((await call(server, 'POST', '/v1/auth/approle/login', { raw: 'x'.repeat(20_000) })).status, 413);
  });

  it('do not open anything for a password that must be changed, and say so', async () => {
    const made = await asOwner<{ oneTimePassword: string }>('POST', '/v1/users', { username: 'fresh' });
    assert.deepEqual(refusedAs(await userpass('fresh', made.body.oneTimePassword)), [403, ['permission denied', 'The password must be changed first, with PUT /v1/auth/password.']]);
    assert.deepEqual(refusedAs(await userpass('fresh', 'wrong')), [400, ['invalid username or password']]);
  });

  it('are slowed down together with the login of people, and the same for names that do not exist', async () => {
    await asOwner('POST', '/v1/users', { username: 'slow' });
    const guess = async (name: string): Promise<void> => {
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 12; attempt += 1) statuses.push((await approle(name, 'wrong')).status);
      assert.deepEqual([statuses.slice(0, 10).every((status) => status === 400), statuses.includes(429)], [true, true], `${name}: ${statuses.join()}`);
    };
    await Promise.all(['nobody-2', (await serviceAccount('guessed')).id].map(guess));
    for (let attempt = 0; attempt < 12; attempt += 1) await userpass('slow', 'wrong');
    assert.equal((await call(server, 'POST', '/v1/auth/login', { json: { username: 'slow', password: 'wrong' } })).status, 429);
  });

  it('end where the dialect ends: the token is refused everywhere else', async () => {
    const { client_token: token } = tokenOf(await userpass('alice', world.alice.password));
    assert.equal((await call(server, 'GET', '/v1/sys/mounts', { token })).status, 200);
    for (const path of ['/v1/auth/me', '/v1/simulations', '/v1/users', '/v2/', '/v1/audit/entries', '/metrics', '/v1/version']) {
      assert.equal((await call(server, 'GET', path, { token })).status, 401, path);
      assert.equal((await ask('GET', path, token)).status, 401, path);
    }
    assert.equal((await call(server, 'POST', '/v1/auth/logout', { token })).status, 401);
  });

  it('take access tokens in their place, which are not renewable', async () => {
    const accessToken = await login(server, 'bob', world.bob.password);
    for (const answer of [await lookup(accessToken), await call<Envelope>(server, 'GET', '/v1/auth/token/lookup-self', { token: accessToken })]) {
      const { data } = answer.body;
      assert.deepEqual([data!['renewable'], data!['path'], data!['display_name'], data!['explicit_max_ttl'], data!['creation_ttl']], [false, 'auth/login', 'bob', 0, 600]);
      assert.ok((data!['ttl'] as number) > 590 && (data!['ttl'] as number) <= 600);
    }
    assert.deepEqual(refusedAs(await ask('POST', '/v1/auth/token/renew-self', accessToken, {})), [400, ['lease is not renewable']]);
    assert.equal((await ask('POST', '/v1/auth/token/revoke-self', accessToken)).status, 204);
    assert.deepEqual(refusedAs(await lookup(accessToken)), [403, ['permission denied', 'A valid credential is needed.']]);
    assert.equal((await call(server, 'GET', '/v1/auth/me', { token: accessToken })).status, 401);
  });

  it('give tokens that are renewed within their end, and refused once they are revoked', async () => {
    const { client_token: token, accessor } = tokenOf(await userpass('alice', world.alice.password));
    const renewals: Answer<Envelope>[] = [];
    const renewal = async (json?: unknown): Promise<Envelope> => {
      const answer = await ask('PUT', '/v1/auth/token/renew-self', token, json);
      assert.equal(answer.status, 200, answer.text);
      renewals.push(answer);
      return answer.body;
    };
    const shorter = await renewal({ increment: '120' });
    assert.deepEqual([shorter.auth!.client_token, shorter.auth!.accessor, shorter.auth!.renewable, shorter.warnings], [token, accessor, true, null]);
    assert.ok(shorter.auth!.lease_duration <= 120 && shorter.auth!.lease_duration > 110);
    assert.ok((await renewal()).auth!.lease_duration > 3590);
    const curtailed = await renewal({ increment: '768h' });
    assert.ok(curtailed.auth!.lease_duration <= 86_400);
    assert.match(curtailed.warnings![0]!, /^the lease ends at /);
    assert.match(JSON.stringify(await entryOf(renewals[0]!)), /"event_code":"auth.token.renew"/);
    for (const increment of ['soon', -1, 1.5]) assert.equal((await ask('POST', '/v1/auth/token/renew-self', token, { increment })).status, 400);
    assert.equal((await ask('POST', '/v1/auth/token/revoke-self', token)).status, 204);
    for (const [method, path] of [['GET', 'lookup-self'], ['POST', 'renew-self'], ['POST', 'revoke-self']] as const) {
      assert.deepEqual(refusedAs(await ask(method, `/v1/auth/token/${path}`, token)), [403, ['permission denied', 'A valid credential is needed.']], path);
    }
  });

  it('end at once with the account, the password and the secret', async () => {
    const program = await serviceAccount('short-lived', 'key-manager');
    const [one, two] = [await secretOf(program.id), await secretOf(program.id)];
    const [first, second] = [tokenOf(await approle(program.id, one.secret)), tokenOf(await approle(program.id, two.secret))];
    assert.equal((await asOwner('DELETE', `/v1/service-accounts/${program.id}/secrets/${one.id}`)).status, 204);
    assert.deepEqual([(await lookup(first.client_token)).status, (await approle(program.id, one.secret)).status, (await lookup(second.client_token)).status], [403, 400, 200]);
    await asOwner('POST', `/v1/service-accounts/${program.id}/disable`);
    assert.equal((await lookup(second.client_token)).status, 403);

    const eve = await createPerson(server, world.owner.token, 'eve');
    const { client_token: token } = tokenOf(await userpass('eve', eve.password));
    await call(server, 'PUT', '/v1/auth/password', { token: eve.token, json: { currentPassword: eve.password, newPassword: `${eve.password} and more` } });
    assert.equal((await lookup(token)).status, 403);
  });

  it('are those that a client of Vault makes, and looks up, renews and revokes with', async () => {
    const { secret } = await secretOf(account.id);
    const client = vault({ endpoint: server.url, noCustomHTTPVerbs: true });
    // It types its answers as anything at all, and takes the token of a login by itself.
    const login = (await client.approleLogin({ role_id: account.name, secret_id: secret })) as Envelope;
    assert.equal(client.token, login.auth!.client_token);
    const looked = (await client.tokenLookupSelf()) as Envelope;
    assert.deepEqual([looked.data!['path'], looked.data!['renewable']], ['auth/approle/login', true]);
    const renewed = (await client.tokenRenewSelf({ increment: 300 })) as Envelope;
    assert.deepEqual([renewed.auth!.renewable, renewed.auth!.lease_duration <= 300], [true, true]);
    await client.tokenRevokeSelf();
    await assert.rejects(client.tokenLookupSelf(), /permission denied/);
    await client.userpassLogin({ username: 'alice', password: world.alice.password });
    assert.equal(((await client.tokenLookupSelf()) as Envelope).data!['display_name'], 'userpass-alice');
    await assert.rejects(client.userpassLogin({ username: 'alice', password: 'wrong' }), /invalid username or password/);
    await assert.rejects(client.approleLogin({ role_id: account.name, secret_id: 'wrong' }), /invalid role or secret ID/);
  });

  describe('by which another Quantonium opens its seal', () => {
    const RANDOMNESS = new SystemRandomness();
    const clock = new HandClock();
    const sealBy = async (credential: Record<string, string>): Promise<AutomaticSeal> => {
      const made = await ask('POST', '/v1/transit/keys/autounseal', world.owner.token, {});
      assert.equal(made.status, 200, made.text);
      const config = loadConfig({ SEAL: 'transit', SEAL_TRANSIT_URL: `${server.url}/v1/transit/`, SEAL_TRANSIT_KEY: 'autounseal', ...credential });
      return automaticSeal(config, RANDOMNESS, clock) ?? assert.fail();
    };

    it('an AppRole encrypts the key once, and each start decrypts it with a token of its own', async () => {
      const { secret } = await secretOf(account.id);
      const credential = { SEAL_TRANSIT_ROLE_ID: account.id, SEAL_TRANSIT_SECRET_ID: secret };
      const { key, parameters } = await (await sealBy(credential)).begin();
      const opened = await (await sealBy(credential)).open(parameters);
      assert.deepEqual(opened.checkValue(), key.checkValue());
      await assert.rejects(async () => (await sealBy({ ...credential, SEAL_TRANSIT_SECRET_ID: `${secret.slice(0, -2)}xx` })).open(parameters), (error: unknown) => {
        assert.ok(error instanceof SealRefusal, String(error));
        assert.match(error.message, /SEAL_TRANSIT_URL refuses auth\/approle\/login \(\d+\)/);
        return !error.message.includes(secret.slice(0, -2));
      });
    });

    it('a token that was given is renewed before its end while the process runs', async () => {
      const { secret } = await secretOf(account.id);
      const { client_token: token, lease_duration: seconds } = tokenOf(await approle(account.id, secret));
      const seal = await sealBy({ SEAL_TRANSIT_TOKEN: token });
      await seal.upkeep!();
      // Some of the lease is over, as the server's clock goes on.
      await eventually(() => lookup(token), ({ body }) => (body.data!['ttl'] as number) < seconds);
      const before = (await lookup(token)).body.data!['ttl'] as number;
      clock.millis += seconds * 1000 * 0.6;
      await seal.upkeep!();
      assert.ok(((await lookup(token)).body.data!['ttl'] as number) <= before, 'not yet');
      clock.millis += seconds * 1000 * 0.1;
      const renewing = await seal.upkeep!().then(() => lookup(token));
      assert.ok((renewing.body.data!['ttl'] as number) > before, renewing.text);
    });
  });

  it('decide by the roles of now, and by the namespace’s project', async () => {
    const program = await serviceAccount('roles-change');
    const { secret } = await secretOf(program.id);
    const auth = tokenOf(await ask('POST', '/v1/auth/approle/login', null, { role_id: program.name, secret_id: secret, unknown: 1 }, { 'X-Vault-Namespace': 'no-such-project' }));
    assert.deepEqual(auth.policies, []);
    await bind(server, world.owner.token, program.id, 'viewer', `project:${world.red}`);
    assert.deepEqual((await lookup(auth.client_token)).body.data!['policies'], ['viewer']);
  });
});

describe('secrets of service accounts', () => {
  const create = async (name: string, role?: string, scope = 'global'): Promise<string> => {
    const made = await call<{ id: string }>(server, 'POST', '/v1/service-accounts', { token: world.owner.token, json: { name } });
    if (role !== undefined) await bind(server, world.owner.token, made.body.id, role, scope);
    return made.body.id;
  };
  const issue = (token: string, id: string, json: unknown = {}, headers: Record<string, string> = {}): Promise<Answer<Secret & Record<string, unknown>>> => call(server, 'POST', `/v1/service-accounts/${id}/secrets`, { token, json, headers });
  const typeOf = (answer: Answer<Record<string, unknown>>): string => `${answer.status} ${String(answer.body['type']).replace('urn:quantonium:problem:', '')}`;

  it('are shown once, listed without themselves, and revoked', async () => {
    const id = await create('listed');
    const made = await issue(world.owner.token, id, { label: 'host', lifetimeDays: 30 });
    assert.equal(made.status, 201, made.text);
    const { secret, ...rest } = made.body;
    assert.match(secret, /^qcs_[A-Za-z0-9_-]{52}$/);
    assert.equal(Date.parse(rest['expiresAt'] as string) - Date.parse(rest['createdAt'] as string), 30 * 86_400_000);
    assert.equal(made.headers.get('cache-control'), 'no-store');
    const list = (): Promise<Answer<{ items: object[] }>> => call(server, 'GET', `/v1/service-accounts/${id}/secrets`, { token: world.owner.token });
    assert.deepEqual((await list()).body.items, [rest]);
    const revoke = (): Promise<Answer> => call(server, 'DELETE', `/v1/service-accounts/${id}/secrets/${made.body.id}`, { token: world.owner.token });
    assert.deepEqual([(await revoke()).status, (await revoke()).status, (await list()).body.items], [204, 404, []]);
  });

  it('are not shown again to a repeated request', async () => {
    const id = await create('repeated');
    const key = { 'Idempotency-Key': 'secret-1' };
    assert.equal((await issue(world.owner.token, id, {}, key)).status, 201);
    assert.equal(typeOf(await issue(world.owner.token, id, {}, key)), '409 idempotency-replay-refused');
  });

  it('are made by nobody for an account that may do more than they', async () => {
    const [bare, viewer, runner, manager, owner] = [await create('bare'), await create('viewing', 'viewer'), await create('running', 'researcher', `project:${world.red}`), await create('managing', 'key-manager'), await create('owning', 'owner')];
    for (const [id, expected] of [[bare, 201], [viewer, 201], [runner, 403], [manager, 403], [owner, 403]] as const) {
      const answer = await issue(world.dave.token, id);
      assert.equal(answer.status, expected, answer.text);
      if (expected === 403) assert.equal(typeOf(answer), '403 grant-exceeds-own');
    }
    assert.equal(typeOf(await issue(world.alice.token, bare)), '403 forbidden');
    assert.equal(typeOf(await issue(world.owner.token, world.alice.id)), '404 not-found');
    assert.equal(typeOf(await issue(world.owner.token, '00000000-0000-7000-8000-000000000000')), '404 not-found');
    const narrow = await login(server, 'dave', world.dave.password, 'manage:identity');
    assert.equal(typeOf(await issue(narrow, viewer)), '403 insufficient-scope', 'a token for less makes no token for more');
  });

  it('are refused with their field where the request is wrong, and beyond ten', async () => {
    const id = await create('many');
    for (const [json, pointer] of [[{ label: '' }, '/label'], [{ label: 'x'.repeat(101) }, '/label'], [{ lifetimeDays: 0 }, '/lifetimeDays'], [{ lifetimeDays: 366 }, '/lifetimeDays'], [{ lifetimeDays: 1.5 }, '/lifetimeDays'], [{ secret: 'x' }, '/secret']] as const) {
      const answer = await issue(world.owner.token, id, json);
      assert.deepEqual([answer.status, (answer.body['errors'] as { pointer: string }[])[0]!.pointer], [422, pointer]);
    }
    const made = await Promise.all(Array.from({ length: 12 }, () => issue(world.owner.token, id)));
    assert.deepEqual([...new Set(made.map(({ status }) => status))].sort(), [201, 409]);
    assert.equal(made.filter(({ status }) => status === 201).length, 10);
    await call(server, 'POST', `/v1/service-accounts/${id}/disable`, { token: world.owner.token });
    assert.equal(typeOf(await issue(world.owner.token, id)), '409 conflict');
  });
});
