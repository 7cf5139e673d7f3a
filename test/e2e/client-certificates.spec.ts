import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Authority, type Certificate, issuedBy, selfSigned } from '../harness/certificate.js';
import { installedHome } from '../harness/installed-home.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';

interface Told {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

/** A service account that logs in by what it shows in the handshake, over a server that speaks TLS itself. */
describe('logging in with a client certificate', () => {
  let home: TestHome;
  let server: RunningServer;
  let authority: Authority;
  let program: Certificate;
  let owner: string;
  let account: string;
  let registered: string;

  /** One request over a connection of its own, with the certificate or with none. */
  function ask(method: string, path: string, options: { certificate?: Certificate; token?: string; json?: unknown; form?: Readonly<Record<string, string>> } = {}): Promise<Told> {
    const { certificate, token, json, form } = options;
    const sentAs = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
    const text = form === undefined ? (json === undefined ? undefined : JSON.stringify(json)) : new URLSearchParams(form).toString();
    const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(text === undefined ? {} : { 'content-type': sentAs }) };
    const identity = certificate === undefined ? {} : { cert: certificate.cert, key: certificate.key };
    return new Promise((resolve, reject) => {
      const sent = request(`${server.url}${path}`, { method, headers, agent: false, ca: authority.cert, servername: 'localhost', ...identity }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const told = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode!, text: told, body: told === '' ? {} : (JSON.parse(told) as Record<string, unknown>) });
        });
      });
      sent.once('error', reject);
      sent.end(text);
    });
  }
  const login = (certificate: Certificate): Promise<Told> => ask('POST', '/v1/auth/certificate', { certificate, json: {} });
  const me = (token: string, certificate?: Certificate): Promise<Told> => ask('GET', '/v1/auth/me', { token, ...(certificate === undefined ? {} : { certificate }) });
  const register = (certificate: string, id = account, label = 'calibration host'): Promise<Told> => ask('POST', `/v1/service-accounts/${id}/certificates`, { token: owner, json: { certificate, label } });

  before(async () => {
    home = await installedHome();
    authority = selfSigned('localhost');
    program = issuedBy(authority, 'calibration');
    const files = { TLS_CERT_FILE: authority.cert, TLS_KEY_FILE: authority.key, TLS_CLIENT_CA_FILE: authority.cert };
    const environment = Object.entries(files).map(([name, pem]) => {
      const path = join(home.directory, name);
      writeFileSync(path, pem, { mode: 0o600 });
      return [name, path] as const;
    });
    server = await startServer(home, Object.fromEntries(environment));
    assert.match(server.url, /^https:/);
    owner = (await ask('POST', '/v1/auth/login', { json: { username: 'owner', password: home.ownerPassword } })).body['access_token'] as string;
    account = (await ask('POST', '/v1/service-accounts', { token: owner, json: { name: 'calibration' } })).body['id'] as string;
    const made = await register(program.cert);
    assert.equal(made.status, 201, made.text);
    registered = made.body['id'] as string;
  });
  after(async () => {
    assert.equal(await server.stop(), 0);
    await home.dispose();
  });

  it('gives a token that is good over connections of that certificate, and over no other', async () => {
    const { status, body, text } = await login(program);
    assert.equal(status, 200, text);
    const token = body['access_token'] as string;
    const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { sub: string; client_id: string; cnf: object };
    const listed = (await ask('GET', `/v1/service-accounts/${account}/certificates`, { token: owner })).body['items'] as { thumbprint: string }[];
    assert.deepEqual([claims.sub, claims.client_id, claims.cnf], [account, account, { 'x5t#S256': listed[0]!.thumbprint }]);
    assert.deepEqual([(await me(token, program)).body['id'], (await me(token, program)).body['kind']], [account, 'service']);
    assert.equal((await me(token)).status, 401);
    assert.equal((await me(token, issuedBy(authority, 'calibration'))).status, 401);
  });

  for (const [name, certificate] of [
    ['of the authority that no account has', (): Certificate => issuedBy(authority, 'calibration')],
    ['that vouches for itself', (): Certificate => selfSigned('calibration')],
    ['whose time is over', (): Certificate => issuedBy(authority, 'calibration', '200201000000Z')],
  ] as const) {
    it(`refuses a certificate ${name}`, async () => {
      const { status, body } = await login(certificate());
      assert.deepEqual([status, body['type']], [401, 'urn:quantonium:problem:certificate-refused']);
    });
  }

  it('refuses who shows none, in the same words', async () => {
    const { status, body } = await ask('POST', '/v1/auth/certificate', { json: {} });
    assert.deepEqual([status, body['type']], [401, 'urn:quantonium:problem:certificate-refused']);
  });

  for (const [name, text, code] of [
    ['a private key', (): string => program.key, 'holds-a-private-key'],
    ['a certificate with its key', (): string => program.cert + program.key, 'holds-a-private-key'],
    ['two certificates', (): string => program.cert + authority.cert, 'not-one-certificate'],
    ['a sentence', (): string => 'trust me', 'not-one-certificate'],
    ['a certificate that is none inside', (): string => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'not-one-certificate'],
    ['one whose time is over', (): string => issuedBy(authority, 'x', '200201000000Z').cert, 'expired'],
  ] as const) {
    it(`does not take ${name} for one`, async () => {
      const { status, body, text: answered } = await register(text());
      assert.deepEqual([status, body['errors']], [422, [{ ...(body['errors'] as object[])[0], pointer: '/certificate', code }]]);
      assert.doesNotMatch(answered, /BEGIN/);
    });
  }

  it('registers a certificate for one account alone', async () => {
    const other = (await ask('POST', '/v1/service-accounts', { token: owner, json: { name: 'other' } })).body['id'] as string;
    assert.equal((await register(program.cert, other)).status, 409);
    assert.equal((await register(program.cert)).status, 409);
  });

  describe('as an OAuth client', () => {
    const grant = (certificate?: Certificate, id = account, scope = 'read:data write:data manage:keys manage:registry read:audit manage:identity manage:policy'): Promise<Told> =>
      ask('POST', '/oauth/token', { ...(certificate === undefined ? {} : { certificate }), form: { grant_type: 'client_credentials', client_id: id, scope } });

    it('is given a token by tls_client_auth that is good over connections of its certificate, and over no other', async () => {
      const { status, body, text } = await grant(program);
      assert.equal(status, 200, text);
      const token = body['access_token'] as string;
      assert.deepEqual([body['token_type'], (await me(token, program)).body['id']], ['Bearer', account]);
      assert.equal((await me(token)).status, 401);
      assert.equal((await me(token, issuedBy(authority, 'calibration'))).status, 401);
    });

    it('is refused without its certificate, with another, and as another account', async () => {
      const other = (await ask('POST', '/v1/service-accounts', { token: owner, json: { name: 'third' } })).body['id'] as string;
      for (const refused of [await grant(), await grant(issuedBy(authority, 'calibration')), await grant(program, other)]) {
        assert.deepEqual([refused.status, refused.body['error']], [401, 'invalid_client'], refused.text);
      }
    });

    it('makes no credential that is more than it is: with the right to make them, and over its own connection', async () => {
      const stronger = (await ask('POST', '/v1/service-accounts', { token: owner, json: { name: 'stronger' } })).body['id'] as string;
      const bound = async (subjectId: string, role: string): Promise<void> => {
        const made = await ask('POST', '/v1/role-bindings', { token: owner, json: { subjectId, role, scope: 'global' } });
        assert.equal(made.status, 201, made.text);
      };
      await bound(stronger, 'operator');
      const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
      const invite = (role: string, username: string): object => ({ username, roles: [{ role, scope: 'global' }] });
      const wanted: readonly [path: string, json: object, code: string][] = [
        ['/v1/users/invites', invite('operator', 'guest'), 'grant-exceeds-own'],
        ['/v1/clients', { name: 'wide', scope: 'run:simulation' }, 'insufficient-scope'],
        [`/v1/service-accounts/${stronger}/secrets`, {}, 'grant-exceeds-own'],
        [`/v1/service-accounts/${stronger}/keys`, { jwk }, 'grant-exceeds-own'],
        [`/v1/service-accounts/${stronger}/certificates`, { certificate: issuedBy(authority, 'stronger').cert }, 'grant-exceeds-own'],
        ['/v1/api-keys', { scope: 'read:data' }, 'people-only'],
        ['/v1/auth/device/approve', { userCode: 'BCDFGHJK' }, 'login-needed'],
      ];
      const token = (await grant(program)).body['access_token'] as string;
      const first = await Promise.all(wanted.map(([path, json]) => ask('POST', path, { token, certificate: program, json })));
      assert.deepEqual(first.slice(0, 5).map(({ status }) => status), [403, 403, 403, 403, 403], 'without a role it makes nothing');
      await bound(account, 'access-admin');
      for (const [path, json, code] of wanted) {
        const { status, body, text } = await ask('POST', path, { token, certificate: program, json });
        assert.deepEqual([status, body['type']], [403, `urn:quantonium:problem:${code}`], `${path}: ${text}`);
        assert.equal((await ask('POST', path, { token, json })).status, 401, 'from another connection it is nobody');
      }
      assert.equal((await ask('POST', '/v1/users/invites', { token, certificate: program, json: invite('viewer', 'welcome') })).status, 201, 'what it has it may pass on');
    });
  });

  it('ends the sessions of a certificate that is revoked', async () => {
    const token = (await login(program)).body['access_token'] as string;
    assert.equal((await me(token, program)).status, 200);
    assert.equal((await ask('DELETE', `/v1/service-accounts/${account}/certificates/${registered}`, { token: owner })).status, 204);
    assert.equal((await me(token, program)).status, 401);
    assert.equal((await login(program)).status, 401);
    assert.equal((await ask('DELETE', `/v1/service-accounts/${account}/certificates/${registered}`, { token: owner })).status, 404);
    assert.equal((await register(program.cert)).status, 201);
  });
});
