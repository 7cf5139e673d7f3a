import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { call, login, loginOwner } from '../harness/api.js';
import { withServer } from '../harness/with-server.js';
import { bind } from '../harness/world.js';

const INSECURE = { [oauth.allowInsecureRequests]: true } as const;
const CLI = 'quantonium-cli';
/** Issuer and address are one: known before the server starts, and free a moment ago. */
const PORT = await freePort();

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}

const ecdsaPair = () => crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);

/** Clients that nobody here wrote, against a server of ours. They know only its address. */
describe('the OAuth endpoints, to clients of others', () => {
  let owner: string;
  let accountId: string;
  let secret: string;
  let kid: string;
  let privateKey: Awaited<ReturnType<typeof ecdsaPair>>['privateKey'];
  let issuer: URL;

  const server = withServer(async () => {
    issuer = new URL(server.url);
    owner = await loginOwner(server);
    const make = async <T>(path: string, json: unknown): Promise<T> => {
      const answer = await call<T>(server, 'POST', path, { token: owner, json });
      assert.equal(answer.status, 201, answer.text);
      return answer.body;
    };
    accountId = (await make<{ id: string }>('/v1/service-accounts', { name: 'calibration' })).id;
    await bind(server, owner, accountId, 'viewer', 'global');
    ({ secret } = await make<{ secret: string }>(`/v1/service-accounts/${accountId}/secrets`, {}));
    const pair = await ecdsaPair();
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
    kid = (await make<{ thumbprint: string }>(`/v1/service-accounts/${accountId}/keys`, { jwk: { kty, crv, x, y, kid: 'mine' } })).thumbprint;
    ({ privateKey } = pair);
  }, { PORT: String(PORT), PUBLIC_URL: `http://127.0.0.1:${PORT}` });

  /** What the token is good for, asked by who holds it. */
  const whoAmI = async (token: string): Promise<{ status: number; id?: string; kind?: string }> => {
    const answer = await call<{ id: string; kind: string }>(server, 'GET', '/v1/auth/me', { token });
    return answer.status === 200 ? { status: 200, id: answer.body.id, kind: answer.body.kind } : { status: answer.status };
  };
  const approve = async (userCode: string): Promise<void> => {
    const answer = await call(server, 'POST', '/v1/auth/device/approve', { token: owner, json: { userCode } });
    assert.equal(answer.status, 204, answer.text);
  };

  describe('openid-client', () => {
    const discover = (clientId: string, authentication: openid.ClientAuth): Promise<openid.Configuration> =>
      openid.discovery(issuer, clientId, undefined, authentication, { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] });

    it('finds out what there is, and gets tokens by a secret, in the header and in the form', async () => {
      for (const authentication of [openid.ClientSecretBasic(secret), openid.ClientSecretPost(secret)]) {
        const config = await discover(accountId, authentication);
        const token = await openid.clientCredentialsGrant(config, { scope: 'read:data' });
        assert.deepEqual([token.token_type, token.scope, token.refresh_token, (await whoAmI(token.access_token)).id], ['bearer', 'read:data', undefined, accountId]);
      }
    });

    it('gets tokens by an assertion, asks about one, and gives it back', async () => {
      const config = await discover(accountId, openid.PrivateKeyJwt({ key: privateKey, kid }));
      const { access_token: token } = await openid.clientCredentialsGrant(config);
      const standing = await openid.tokenIntrospection(config, token);
      assert.deepEqual([standing.active, standing.sub, standing.client_id, standing.iss], [true, accountId, accountId, server.url]);
      await openid.tokenRevocation(config, token);
      assert.deepEqual([(await openid.tokenIntrospection(config, token)).active, (await whoAmI(token)).status], [false, 401]);
    });

    it('lets a command line in with a code, and goes on by refresh tokens', async () => {
      const config = await discover(CLI, openid.None());
      const device = await openid.initiateDeviceAuthorization(config, { scope: 'read:data run:simulation' });
      assert.match(device.user_code, /^[B-Z]{4}-[B-Z]{4}$/);
      assert.equal(device.verification_uri, `${server.url}/device`);
      await approve(device.user_code);
      const token = await openid.pollDeviceAuthorizationGrant(config, { ...device, interval: 0.1 });
      assert.deepEqual([token.scope, (await whoAmI(token.access_token)).kind], ['read:data run:simulation', 'user']);
      const next = await openid.refreshTokenGrant(config, token.refresh_token!, { scope: 'read:data' });
      assert.deepEqual([next.scope, (await whoAmI(next.access_token)).status], ['read:data', 200]);
      await openid.tokenRevocation(config, next.refresh_token!);
      assert.deepEqual([(await whoAmI(next.access_token)).status, (await whoAmI(token.access_token)).status], [401, 401]);
      await assert.rejects(openid.refreshTokenGrant(config, next.refresh_token!), (error: openid.ResponseBodyError) => error.error === 'invalid_grant');
    });

    it('binds a token to its key, which is then good with proofs of it alone', async () => {
      const config = await discover(accountId, openid.ClientSecretBasic(secret));
      const handle = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair());
      const { access_token: token, token_type: type } = await openid.clientCredentialsGrant(config, {}, { DPoP: handle });
      assert.equal(type, 'dpop');
      assert.equal((await whoAmI(token)).status, 401, 'a bound token was taken as a bearer token');
      const answer = await openid.fetchProtectedResource(config, token, new URL('/v1/auth/me', issuer), 'GET', undefined, undefined, { DPoP: handle });
      assert.equal(answer.status, 200);
      assert.deepEqual(Object.keys((await openid.tokenIntrospection(config, token)).cnf ?? {}), ['jkt']);
    });
  });

  describe('oauth4webapi, and jose', () => {
    const client: oauth.Client = { client_id: '' };
    const discover = async (): Promise<oauth.AuthorizationServer> => {
      client.client_id = accountId;
      return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE }));
    };

    it('reads the metadata, and verifies a token by the keys that it names', async () => {
      const as = await discover();
      const response = await oauth.clientCredentialsGrantRequest(as, client, oauth.ClientSecretBasic(secret), new URLSearchParams({ scope: 'read:data' }), INSECURE);
      const { access_token: token } = await oauth.processClientCredentialsResponse(as, client, response);
      const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(as.jwks_uri!)), { issuer: as.issuer, audience: as.issuer, typ: 'at+jwt' });
      assert.deepEqual([payload.sub, payload['client_id'], payload['scope'], protectedHeader.alg], [accountId, accountId, 'read:data', 'ES256']);
      const request = new Request(new URL('/v1/auth/me', issuer), { headers: { authorization: `Bearer ${token}` } });
      assert.equal((await oauth.validateJwtAccessToken(as, request, as.issuer, INSECURE)).sub, accountId);
    });

    it('goes the whole way: assertion, introspection, revocation, device, refresh', async () => {
      const as = await discover();
      const byKey = oauth.PrivateKeyJwt({ key: privateKey, kid });
      const { access_token: token } = await oauth.processClientCredentialsResponse(as, client, await oauth.clientCredentialsGrantRequest(as, client, byKey, {}, INSECURE));
      const asked = await oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, byKey, token, INSECURE));
      assert.equal(asked.active, true);
      assert.equal(await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, byKey, token, INSECURE)), undefined);
      const cli: oauth.Client = { client_id: CLI };
      const device = await oauth.processDeviceAuthorizationResponse(as, cli, await oauth.deviceAuthorizationRequest(as, cli, oauth.None(), {}, INSECURE));
      const poll = async (): Promise<oauth.TokenEndpointResponse> => oauth.processDeviceCodeResponse(as, cli, await oauth.deviceCodeGrantRequest(as, cli, oauth.None(), device.device_code, INSECURE));
      await approve(device.user_code);
      const given = await poll();
      const next = await oauth.processRefreshTokenResponse(as, cli, await oauth.refreshTokenGrantRequest(as, cli, oauth.None(), given.refresh_token!, INSECURE));
      assert.notEqual(next.refresh_token, given.refresh_token);
    });
  });

  describe('a form', () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const send = (path: string, raw: string, headers: Record<string, string> = form) => call<{ error: string }>(server, 'POST', path, { raw, headers });
    const credentials = (): string => new URLSearchParams({ client_id: accountId, client_secret: secret }).toString();

    it('is refused with a field twice, and with anything in the address, and says so in the words of RFC 6749', async () => {
      const twice = await send('/oauth/token', `grant_type=client_credentials&${credentials()}&grant_type=client_credentials`);
      assert.deepEqual([twice.status, twice.body.error], [400, 'invalid_request']);
      const inAddress = await call<{ error: string }>(server, 'POST', `/oauth/token?${credentials()}`, { raw: 'grant_type=client_credentials', headers: form });
      assert.deepEqual([inAddress.status, inAddress.body.error, inAddress.text.includes(secret)], [400, 'invalid_request', false]);
      assert.equal((await send('/oauth/token', `grant_type=client_credentials&${credentials()}`)).status, 200);
    });

    it('is taken here and nowhere else, and nothing else is taken here', async () => {
      for (const path of ['/oauth/token', '/oauth/revoke', '/oauth/introspect', '/oauth/device_authorization']) {
        for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) assert.equal((await send(path, '{}', { 'content-type': type })).status, 415, `${path} ${type}`);
      }
      for (const path of ['/v1/auth/login', '/v1/auth/device/approve', '/v1/clients']) {
        const answer = await call(server, 'POST', path, { token: owner, raw: 'username=owner', headers: form });
        assert.equal(answer.status, 415, path);
      }
    });

    it('of who is not known is answered 401 with a challenge, and is not cached', async () => {
      const answer = await send('/oauth/token', `grant_type=client_credentials&client_id=${accountId}&client_secret=wrong`);
      assert.deepEqual([answer.status, answer.body.error, answer.headers.get('www-authenticate')], [401, 'invalid_client', 'Basic realm="quantonium", charset="UTF-8"']);
      const good = await send('/oauth/token', `grant_type=client_credentials&${credentials()}`);
      assert.equal(good.headers.get('cache-control'), 'no-store');
      assert.ok(good.headers.get('audit-event-id') !== null);
    });

    it('that gives back what is none of one’s own is answered alike', async () => {
      const token = await login(server, 'owner', server.home.ownerPassword);
      for (const foreign of [token, 'qrt_nothing', 'x']) assert.equal((await send('/oauth/revoke', `token=${foreign}&${credentials()}`)).status, 200);
      assert.equal((await whoAmI(token)).status, 200);
      assert.deepEqual((await send('/oauth/introspect', `token=${token}&${credentials()}`)).body, { active: false });
      const byOwner = await call<{ active: boolean }>(server, 'POST', '/oauth/introspect', { token: owner, raw: `token=${token}`, headers: form });
      assert.equal(byOwner.body.active, true);
      assert.equal((await send('/oauth/introspect', `token=${token}&client_id=${CLI}`)).status, 400);
    });
  });
});
