import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, it } from 'node:test';
import { PREFIX_RULES } from '#platform/http/dialects.js';
import { type Answer, basicOf, call, type CallOptions, loginOwner } from '../harness/api.js';
import { dpopKey, proofFor } from '../harness/dpop.js';
import { rawHttp } from '../harness/raw-http.js';
import { enrolOverHttp } from '../harness/second-factor-http.js';
import { withServer } from '../harness/with-server.js';
import { bind, createPerson, type Person } from '../harness/world.js';

const PUBLIC_URL = 'http://quantonium.example:8443';
const CLI = 'quantonium-cli';
const PHRASE = 'a phrase that is long enough';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' } as const;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Every text that opens something, each of its own kind. */
const KINDS = [
  'accessToken', 'clientToken', 'boundToken', 'refreshToken', 'apiKey', 'robotKey', 'vaultToken', 'loginTicket', 'invite', 'resetLink', 'deviceCode', 'userCode', 'clientSecret', 'assertion', 'dpopProof', 'registryToken', 'registryRefreshToken',
] as const;
type Kind = (typeof KINDS)[number];
type Credentials = Readonly<Record<Kind, string>>;

/** A place that takes a credential: how one is brought there, and which kinds it is for. */
interface Door {
  readonly takes: readonly Kind[];
  bring(text: string): Promise<Answer>;
  /** Whether what was brought was taken for what it is; a success, unless told. */
  isTaken?(answer: Answer): boolean;
}

describe('a server that somebody attacks', () => {
  const key = dpopKey();
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let owner: string;
  let bob: Person;
  let accountId: string;
  let credentials: Credentials;

  const server = withServer(
    async () => {
      owner = await loginOwner(server);
      bob = await createPerson(server, owner, 'bob');
      credentials = await gathered();
      for (const kind of KINDS) assert.equal(typeof credentials[kind], 'string', kind);
    },
    // Whoever is believed about addresses is still not believed about names.
    { PUBLIC_URL, TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_ANONYMOUS_PER_MINUTE: '100000' },
  );

  const made = async <T>(path: string, json: unknown, status = 201): Promise<T> => {
    const answer = await call<T>(server, 'POST', path, { token: owner, json });
    assert.equal(answer.status, status, `${path}: ${answer.text}`);
    return answer.body;
  };
  const form = (path: string, fields: Readonly<Record<string, string>>, options: CallOptions = {}): Promise<Answer> =>
    call(server, 'POST', path, { ...options, raw: new URLSearchParams(fields).toString(), headers: { ...FORM, ...options.headers } });
  const behindHash = (link: string): string => link.slice(link.indexOf('#') + 1);
  const proof = (path: string, method: string, accessToken?: string): string => proofFor(key, { method, url: `${PUBLIC_URL}${path}`, ...(accessToken === undefined ? {} : { accessToken }) });

  function assertionOf(id: string): string {
    const claims = { iss: id, sub: id, aud: PUBLIC_URL, jti: crypto.randomUUID(), exp: Math.floor(Date.now() / 1000) + 120 };
    const input = [{ alg: 'ES256' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${input}.${sign('sha256', Buffer.from(input), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }

  async function gathered(): Promise<Credentials> {
    accountId = (await made<{ id: string }>('/v1/service-accounts', { name: 'calibration' })).id;
    const { kty, crv, x, y } = pair.publicKey.export({ format: 'jwk' });
    await made(`/v1/service-accounts/${accountId}/keys`, { jwk: { kty, crv, x, y } });
    const carl = await createPerson(server, owner, 'carl');
    await enrolOverHttp(server, carl.token);
    const login = (name: string, password: string, headers = {}) => call<Record<string, string>>(server, 'POST', '/v1/auth/login', { json: { username: name, password }, headers });
    const plain = (await login('bob', bob.password)).body;
    const device = (await form('/oauth/device_authorization', { client_id: CLI })).body;
    const boundToken = (await login('bob', bob.password, { dpop: proof('/v1/auth/login', 'POST') })).body['access_token']!;
    const clientSecret = (await made<{ secret: string }>(`/v1/service-accounts/${accountId}/secrets`, {})).secret;
    return {
      clientToken: (await form('/oauth/token', { grant_type: 'client_credentials', client_id: accountId, client_secret: clientSecret })).body['access_token'] as string,
      accessToken: plain['access_token']!,
      refreshToken: plain['refresh_token']!,
      boundToken,
      apiKey: (await made<{ key: string }>('/v1/api-keys', { scope: 'read:data manage:identity manage:registry' })).key,
      robotKey: await keyOfRobot(),
      vaultToken: (await call<{ auth: { client_token: string } }>(server, 'POST', '/v1/auth/userpass/login/bob', { json: { password: bob.password } })).body.auth.client_token,
      loginTicket: (await login('carl', carl.password)).body['ticket']!,
      invite: behindHash((await made<{ link: string }>('/v1/users/invites', { username: 'dora', roles: [] })).link),
      resetLink: behindHash((await made<{ link: string }>(`/v1/users/${(await createPerson(server, owner, 'emil')).id}/password-reset`, {})).link),
      deviceCode: device['device_code'] as string,
      userCode: device['user_code'] as string,
      clientSecret,
      assertion: assertionOf(accountId),
      dpopProof: proof('/v1/auth/me', 'GET', boundToken),
      ...(await forRegistry()),
    };
  }

  /** Of a program that may be let in wherever a key is taken. */
  async function keyOfRobot(): Promise<string> {
    for (const role of ['researcher', 'operator']) await bind(server, owner, accountId, role, 'global');
    return (await made<{ key: string }>(`/v1/service-accounts/${accountId}/api-keys`, { scope: 'read:data manage:identity manage:registry' })).key;
  }

  /** What a container client has of a key. */
  async function forRegistry(): Promise<Pick<Credentials, 'registryToken' | 'registryRefreshToken'>> {
    const { key } = await made<{ key: string }>('/v1/api-keys', { scope: 'manage:registry' });
    const { body } = await form('/token', { grant_type: 'password', username: 'owner', password: key, access_type: 'offline', scope: 'registry:catalog:*' });
    return { registryToken: body['token'] as string, registryRefreshToken: body['refresh_token'] as string };
  }

  const bearer = (path: string) => (token: string) => call(server, 'GET', path, { token });
  const json = (path: string, body: (text: string) => object) => (text: string) => call(server, 'POST', path, { json: body(text) });
  const isNotOf = (...codes: string[]) => ({ status, text }: Answer): boolean => status < 500 && !codes.some((code) => text.includes(code));

  const DOORS: Readonly<Record<string, Door>> = {
    'Bearer': { takes: ['accessToken', 'clientToken', 'apiKey', 'robotKey'], bring: bearer('/v1/auth/me') },
    'DPoP': {
      takes: ['boundToken'],
      bring: (text) => call(server, 'GET', '/v1/auth/me', { headers: { authorization: `DPoP ${text}`, dpop: proof('/v1/auth/me', 'GET', text) } }),
    },
    'Bearer in Vault’s dialect': { takes: ['accessToken', 'clientToken', 'vaultToken'], bring: bearer('/v1/auth/token/lookup-self') },
    'X-Vault-Token': { takes: ['accessToken', 'clientToken', 'vaultToken'], bring: (text) => call(server, 'GET', '/v1/auth/token/lookup-self', { headers: { 'x-vault-token': text } }) },
    'a token that asks about tokens': { takes: ['accessToken', 'clientToken'], bring: (text) => form('/oauth/introspect', { token: text }, { token: text }) },
    'the refresh of a login': { takes: ['refreshToken'], bring: json('/v1/auth/refresh', (text) => ({ refresh_token: text })) },
    'the refresh of a client': { takes: [], bring: (text) => form('/oauth/token', { grant_type: 'refresh_token', client_id: CLI, refresh_token: text }) },
    'a device code': {
      takes: ['deviceCode'],
      bring: (text) => form('/oauth/token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: CLI, device_code: text }),
      isTaken: ({ text }) => text.includes('authorization_pending'),
    },
    'a user code': {
      takes: ['userCode'],
      bring: (text) => call(server, 'GET', `/v1/auth/device?user_code=${encodeURIComponent(text)}`, { token: owner }),
      isTaken: ({ status }) => status === 200,
    },
    'a client secret': { takes: ['clientSecret'], bring: (text) => form('/oauth/token', { grant_type: 'client_credentials', client_id: accountId, client_secret: text }) },
    'a client assertion': {
      takes: ['assertion'],
      bring: (text) => form('/oauth/token', { grant_type: 'client_credentials', client_id: accountId, client_assertion_type: ASSERTION_TYPE, client_assertion: text }),
    },
    'a secret of Vault’s AppRole': { takes: ['clientSecret'], bring: json('/v1/auth/approle/login', (text) => ({ role_id: accountId, secret_id: text })) },
    'a ticket with a code': { takes: ['loginTicket'], bring: json('/v1/auth/mfa/verify', (text) => ({ ticket: text, factor: 'recovery', code: 'AAAA-AAAA-AAAA-AAAA' })), isTaken: isNotOf('ticket-refused', 'invalid-request') },
    'a ticket for a passkey': { takes: ['loginTicket'], bring: json('/v1/auth/mfa/challenge', (text) => ({ ticket: text })) },
    'an invitation': { takes: ['invite'], bring: json('/v1/auth/invites/accept', (text) => ({ token: text, password: PHRASE })) },
    'a link for a password': { takes: ['resetLink'], bring: json('/v1/auth/password/reset', (text) => ({ token: text, newPassword: PHRASE })) },
    'Bearer at the registry': { takes: ['registryToken'], bring: bearer('/v2/') },
    'a password at the registry': { takes: ['apiKey', 'robotKey'], bring: (text) => call(server, 'GET', '/v2/_catalog', { headers: basicOf(text) }) },
    'a password for tokens of the registry': { takes: ['apiKey', 'robotKey'], bring: (text) => call(server, 'GET', '/token?scope=registry:catalog:*', { headers: basicOf(text) }) },
    'Bearer for tokens of the registry': { takes: [], bring: bearer('/token') },
    'a password in a form of the registry': { takes: ['apiKey', 'robotKey'], bring: (text) => form('/token', { grant_type: 'password', username: 'owner', password: text }) },
    'a refresh token in a form of the registry': { takes: ['registryRefreshToken'], bring: (text) => form('/token', { grant_type: 'refresh_token', refresh_token: text }) },
    'apiKey in IonQ’s dialect': { takes: ['apiKey', 'robotKey'], bring: (text) => call(server, 'GET', '/ionq/v0.4/jobs', { headers: { authorization: `apiKey ${text}` } }) },
    'a proof of possession': { takes: ['dpopProof'], bring: (text) => call(server, 'GET', '/v1/auth/me', { headers: { authorization: `DPoP ${credentials.boundToken}`, dpop: text } }) },
  };

  describe('with a credential of one kind where another is meant', () => {
    const taken = async (door: Door, kind: Kind): Promise<boolean> => {
      const answer = await door.bring(credentials[kind]);
      assert.ok(answer.status < 500, answer.text);
      assert.equal(answer.headers.get('set-cookie'), null);
      return door.isTaken?.(answer) ?? (answer.status >= 200 && answer.status < 300);
    };

    for (const [name, door] of Object.entries(DOORS)) {
      it(`refuses whatever else is brought as ${name}`, async () => {
        const wrong: Kind[] = [];
        for (const kind of KINDS.filter((each) => !door.takes.includes(each))) if (await taken(door, kind)) wrong.push(kind);
        assert.deepEqual(wrong, []);
      });
    }

    /** Where a Bearer is looked at, and which kinds pass: one place under each prefix that has a scheme. */
    const PREFIXES: Readonly<Record<string, readonly [path: string, takes: readonly Kind[]]>> = {
      '': ['/v1/auth/me', ['accessToken', 'clientToken', 'apiKey', 'robotKey']],
      '/metrics': ['/metrics', ['accessToken', 'clientToken', 'apiKey', 'robotKey']],
      '/token': ['/token', []],
      '/v2': ['/v2/', ['registryToken']],
      '/ionq': ['/ionq/v0.4/jobs', ['accessToken', 'clientToken', 'apiKey', 'robotKey']],
      '/oauth': ['/oauth/introspect', []],
      '/v1/transit': ['/v1/transit/keys/none', ['accessToken', 'clientToken', 'apiKey', 'robotKey', 'vaultToken']],
      '/v1/sys': ['/v1/sys/mounts', ['accessToken', 'clientToken', 'apiKey', 'robotKey', 'vaultToken']],
      // A key has nothing to look up there.
      '/v1/auth/token': ['/v1/auth/token/lookup-self', ['accessToken', 'clientToken', 'vaultToken']],
    };

    it('knows by none of them who asks but where it is meant: every kind under every prefix', async () => {
      const wrong: string[] = [];
      for (const [prefix, [path, takes]] of Object.entries(PREFIXES)) {
        for (const kind of KINDS) {
          const { text, status } = await call(server, 'GET', path, { token: credentials[kind] });
          /* Who is known is refused, if at all, for what they may not; the Vault dialect says 403 to everybody. */
          const isKnown = status !== 401 && status !== 405 && !text.includes('A valid credential is needed') && !text.includes('not of a form');
          if (isKnown !== takes.includes(kind)) wrong.push(`${kind} at ${prefix}: ${status} ${text.slice(0, 120)}`);
        }
      }
      assert.deepEqual(wrong, []);
      assert.deepEqual(PREFIX_RULES.filter(({ prefix, schemes }) => schemes.length > 0 && !(prefix in PREFIXES) && !/approle|userpass/.test(prefix)), []);
    });

    it('uses up none of them by that: each is good afterwards where it belongs', async () => {
      const refused: string[] = [];
      for (const [name, door] of Object.entries(DOORS)) {
        for (const kind of door.takes) if (!(await taken(door, kind))) refused.push(`${name}: ${kind}`);
      }
      assert.deepEqual(refused, []);
    });
  });

  describe('with another name for it', () => {
    const EVIL = 'evil.example';
    /** Each says that the server is somebody else; the first part of the target, and header lines. */
    const LIES: Readonly<Record<string, readonly [string, readonly string[]]>> = {
      'Host': ['', [`Host: ${EVIL}`]],
      'Host with a port and a name before it': ['', [`Host: quantonium.example@${EVIL}:80`]],
      'X-Forwarded-Host': ['', ['Host: quantonium.example:8443', `X-Forwarded-Host: ${EVIL}`, 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 666']],
      'Forwarded': ['', ['Host: quantonium.example:8443', `Forwarded: for=192.0.2.1;host=${EVIL};proto=https`]],
      'an absolute target': [`http://${EVIL}`, ['Host: quantonium.example:8443']],
      'the headers of other proxies': ['', ['Host: quantonium.example:8443', `X-Host: ${EVIL}`, `X-Original-Host: ${EVIL}`, `X-Forwarded-Server: ${EVIL}`, `X-HTTP-Host-Override: ${EVIL}`, `X-Original-URL: //${EVIL}/`, `X-Rewrite-URL: //${EVIL}/`]],
    };

    const asked = async (lie: string, method: string, path: string, { token, body, type = 'application/json' }: { token?: string; body?: string; type?: string } = {}) => {
      const [before, lines] = LIES[lie]!;
      const content = body === undefined ? [] : [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`];
      const head = [`${method} ${before}${path} HTTP/1.1`, ...lines, 'Connection: close', ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]), ...content];
      const answer = await rawHttp(Number(new URL(server.url).port), `${head.join('\r\n')}\r\n\r\n${body ?? ''}`);
      assert.doesNotMatch(answer.text, new RegExp(EVIL), `${lie}: ${method} ${path}`);
      return answer;
    };
    const statusOf = async (...parameters: Parameters<typeof asked>): Promise<number | null> => (await asked(...parameters)).status;

    for (const [index, lie] of Object.keys(LIES).entries()) {
      it(`is called by its own in links, metadata, challenges and tokens: ${lie}`, async () => {
        const metadata = await asked(lie, 'GET', '/.well-known/oauth-authorization-server');
        const named = Object.entries(JSON.parse(metadata.body) as Record<string, unknown>).filter(([name]) => name === 'issuer' || /_(?:uri|endpoint)$/.test(name));
        assert.ok(named.length >= 6 && named.every(([, url]) => String(url).startsWith(PUBLIC_URL)), metadata.body);
        assert.match((await asked(lie, 'GET', '/v2/')).head, /\r\nwww-authenticate: Bearer realm="http:\/\/quantonium\.example:8443\/token",service="quantonium\.example:8443"\r\n/i);
        for (const path of ['/.well-known/jwks.json', '/openapi.json', '/passkeys', '/device', '/invite', '/password-reset', '/docs']) assert.ok((await statusOf(lie, 'GET', path))! < 400, path);
        for (const [path, status] of [['/v1/auth/me', 401], ['/nowhere', 404], ['/v1/users/%zz', 400]] as const) assert.equal(await statusOf(lie, 'GET', path), status);

        const device = await asked(lie, 'POST', '/oauth/device_authorization', { body: `client_id=${CLI}`, type: FORM['content-type'] });
        assert.ok((JSON.parse(device.body) as Record<string, string>)['verification_uri_complete']!.startsWith(`${PUBLIC_URL}/device`));
        const invited = await asked(lie, 'POST', '/v1/users/invites', { token: owner, body: JSON.stringify({ username: `guest-${index}`, roles: [] }) });
        assert.ok((JSON.parse(invited.body) as { link: string }).link.startsWith(`${PUBLIC_URL}/invite#`), invited.text);
        const reset = await asked(lie, 'POST', `/v1/users/${bob.id}/password-reset`, { token: owner });
        assert.ok((JSON.parse(reset.body) as { link: string }).link.startsWith(`${PUBLIC_URL}/password-reset#`), reset.text);
        assert.match((await asked(lie, 'GET', '/v1/users?limit=1', { token: owner })).body, /"next":"\/v1\/users\?/);

        const login = await asked(lie, 'POST', '/v1/auth/login', { body: JSON.stringify({ username: 'owner', password: server.home.ownerPassword }) });
        const { access_token: token } = JSON.parse(login.body) as { access_token: string };
        const { iss, aud } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { iss: string; aud: string };
        assert.deepEqual([iss, aud.startsWith(PUBLIC_URL)], [PUBLIC_URL, true]);
      });
    }

    it('takes no proof of possession that is for that name', async () => {
      const text = proofFor(key, { method: 'POST', url: `http://${EVIL}/v1/auth/login` });
      const headers = { 'dpop': text, 'x-forwarded-host': EVIL };
      assert.equal((await call(server, 'POST', '/v1/auth/login', { json: { username: 'bob', password: bob.password }, headers })).status, 401);
    });
  });

  describe('from a page of somebody else', () => {
    it('lets no page read an answer, takes no form but where OAuth has them, and knows nobody by a cookie', async () => {
      const page = { 'origin': 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' };
      for (const path of ['/v1/auth/login', '/v1/auth/refresh', '/v1/auth/device/approve', '/oauth/token']) {
        const preflight = await call(server, 'OPTIONS', path, { headers: { ...page, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' } });
        assert.equal(preflight.headers.get('access-control-allow-origin'), null, path);
      }
      const fields = `username=bob&password=${encodeURIComponent(bob.password)}`;
      for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
        assert.equal((await call(server, 'POST', '/v1/auth/login', { raw: type === 'text/plain' ? JSON.stringify({ username: 'bob', password: bob.password }) : fields, headers: { ...page, 'content-type': type } })).status, 415, type);
      }
      const cookie = `access_token=${credentials.accessToken}; token=${credentials.accessToken}; session=${credentials.accessToken}`;
      assert.equal((await call(server, 'GET', '/v1/auth/me', { headers: { cookie } })).status, 401);
      assert.equal((await call(server, 'GET', `/v1/auth/me?access_token=${credentials.accessToken}`)).status, 401);
    });
  });
});
