import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { type Answer, basicOf, call, loginOwner, registryKey, registryToken } from '../../../../test/harness/api.js';
import { installedHome } from '../../../../test/harness/installed-home.js';
import { type RunningServer, startServer, type TestHome } from '../../../../test/harness/server.js';

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const ABSENT = `sha256:${'0'.repeat(64)}`;

interface OciErrors {
  errors: { code: string; message: string }[];
}

/** The built server, as a container client would meet it. */
describe('the registry over HTTP', () => {
  let home: TestHome;
  let server: RunningServer;
  let owner: string;
  let token: string;

  before(async () => {
    home = await installedHome();
    server = await startServer(home);
    owner = await loginOwner(server);
    const scopes = ['app', 'default/a/b', 'default/large', 'green/app'].map((name) => `repository:${name}:*`);
    token = await registryToken(server, owner, scopes.join(' '));
  });
  after(async () => {
    await server.stop();
    await home.dispose();
  });

  const open = async (name: string): Promise<string> => (await call(server, 'POST', `/v2/${name}/blobs/uploads/`, { token })).headers.get('location')!;
  const put = async (name: string, bytes: Uint8Array, digest = sha256(bytes)) => call<OciErrors>(server, 'PUT', `${await open(name)}?digest=${digest}`, { token, raw: bytes, headers: { 'content-type': 'application/octet-stream' } });
  const get = (name: string, digest: string): Promise<Response> => fetch(`${server.url}/v2/${name}/blobs/${digest}`, { headers: { authorization: `Bearer ${token}` } });

  it('challenges a stranger with the token endpoint, in its own words', async () => {
    for (const path of ['/v2/', '/v2', '/v2/app/blobs/uploads/']) {
      const answer = await call<OciErrors>(server, path.endsWith('uploads/') ? 'POST' : 'GET', path);
      assert.equal(answer.status, 401);
      assert.match(answer.headers.get('www-authenticate')!, path.endsWith('uploads/') ? /^Bearer realm="http[^"]+\/token",service="[^"]+",scope="repository:app:pull,push"$/ : /^Bearer realm="http[^"]+\/token",service="[^"]+"$/);
      assert.equal(answer.body.errors[0]!.code, 'UNAUTHORIZED');
    }
  });

  it('says to who is known that it is a registry', async () => {
    const answer = await call(server, 'GET', '/v2/', { token });
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '{}');
    assert.equal(answer.headers.get('docker-distribution-api-version'), 'registry/2.0');
  });

  it('takes a blob and gives it back, byte for byte', async () => {
    const bytes = Buffer.alloc(3 * 1024 * 1024 + 17, 'quantonium');
    const digest = sha256(bytes);
    const pushed = await put('default/a/b', bytes);
    assert.equal(pushed.status, 201, pushed.text);
    assert.equal(pushed.headers.get('location'), `/v2/default/a/b/blobs/${digest}`);
    assert.equal(pushed.headers.get('docker-content-digest'), digest);
    assert.ok(pushed.headers.get('audit-event-id'));

    const answer = await get('default/a/b', digest);
    assert.equal(answer.status, 200);
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes));
    const expected = { 'content-length': String(bytes.length), 'docker-content-digest': digest, 'content-type': 'application/octet-stream', 'cache-control': 'private, max-age=31536000, immutable', 'content-disposition': 'attachment' };
    for (const [name, value] of Object.entries(expected)) assert.equal(answer.headers.get(name), value, name);

    const head = await call(server, 'HEAD', `/v2/default/a/b/blobs/${digest}`, { token });
    assert.equal(head.status, 200);
    for (const name of ['content-length', 'docker-content-digest']) assert.equal(head.headers.get(name), expected[name as keyof typeof expected]);
  });

  it('takes an empty blob', async () => {
    const answer = await put('app', new Uint8Array());
    assert.equal(answer.status, 201, answer.text);
    assert.equal((await (await get('app', sha256(new Uint8Array()))).arrayBuffer()).byteLength, 0);
  });

  it('takes a body that looks like JSON and is not, since it is not read as any', async () => {
    const bytes = Buffer.from('{"a":1,"a":\u0000');
    const location = await open('app');
    const answer = await call(server, 'PUT', `${location}?digest=${sha256(bytes)}`, { token, raw: bytes, headers: { 'content-type': 'application/json' } });
    assert.equal(answer.status, 201, answer.text);
  });

  const REFUSALS: readonly { readonly what: string; readonly ask: () => Promise<{ status: number; body: OciErrors }>; readonly status: number; readonly code: string }[] = [
    { what: 'bytes of another digest', ask: () => put('app', Buffer.from('x'), ABSENT), status: 400, code: 'DIGEST_INVALID' },
    { what: 'a malformed digest', ask: () => put('app', Buffer.from('x'), 'sha256:xyz'), status: 400, code: 'DIGEST_INVALID' },
    { what: 'no digest', ask: async () => call(server, 'PUT', await open('app'), { token, raw: 'x' }), status: 400, code: 'DIGEST_INVALID' },
    { what: 'an upload that was never opened', ask: () => call(server, 'PUT', `/v2/app/blobs/uploads/01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10?digest=${ABSENT}`, { token, raw: 'x' }), status: 404, code: 'BLOB_UPLOAD_UNKNOWN' },
    { what: 'a name with a capital', ask: () => call(server, 'POST', '/v2/App/blobs/uploads/', { token }), status: 400, code: 'NAME_INVALID' },
    { what: 'a project that does not exist', ask: () => call(server, 'POST', '/v2/green/app/blobs/uploads/', { token }), status: 404, code: 'NAME_UNKNOWN' },
    { what: 'a blob that does not exist', ask: () => call(server, 'GET', `/v2/app/blobs/${ABSENT}`, { token }), status: 404, code: 'BLOB_UNKNOWN' },
    { what: 'a blob of a project that does not exist', ask: () => call(server, 'GET', `/v2/green/app/blobs/${ABSENT}`, { token }), status: 404, code: 'BLOB_UNKNOWN' },
    { what: 'a manifest that does not exist', ask: () => call(server, 'GET', '/v2/app/manifests/latest', { token }), status: 404, code: 'MANIFEST_UNKNOWN' },
    { what: 'a path that means nothing', ask: () => call(server, 'GET', '/v2/app', { token }), status: 404, code: 'UNSUPPORTED' },
    { what: 'a manifest that is none', ask: () => call(server, 'PUT', '/v2/app/manifests/latest', { token, raw: '{}', headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' } }), status: 400, code: 'MANIFEST_INVALID' },
  ];
  for (const { what, ask, status, code } of REFUSALS) {
    it(`refuses ${what}`, async () => {
      const answer = await ask();
      assert.equal(answer.status, status);
      assert.equal(answer.body.errors[0]!.code, code);
    });
  }

  it('keeps nothing of a push that breaks off, and stays able to take it', async () => {
    const bytes = Buffer.alloc(1024 * 1024, 1);
    const location = await open('app');
    await new Promise<void>((resolve) => {
      const { hostname, port } = new URL(server.url);
      const sending = request({ hostname, port, method: 'PUT', path: `${location}?digest=${sha256(bytes)}`, headers: { authorization: `Bearer ${token}`, 'content-length': bytes.length } });
      sending.on('error', () => resolve());
      sending.write(bytes.subarray(0, 300_000), () => sending.destroy(new Error('gone')));
    });
    assert.equal((await get('app', sha256(bytes))).status, 404);
    const again = await call(server, 'PUT', `${location}?digest=${sha256(bytes)}`, { token, raw: bytes });
    assert.equal(again.status, 201, again.text);
  });

  it('takes a large blob whose length nobody announced', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 3);
    const hash = createHash('sha256');
    for (let count = 0; count < 200; count += 1) hash.update(chunk);
    const digest = `sha256:${hash.digest('hex')}`;
    const location = await open('default/large');
    const body = new ReadableStream<Uint8Array>({
      pull(controller): void {
        controller.enqueue(chunk);
        if (++sent === 200) controller.close();
      },
    });
    let sent = 0;
    const answer = await fetch(`${server.url}${location}?digest=${digest}`, { method: 'PUT', body, duplex: 'half', headers: { authorization: `Bearer ${token}` } } as RequestInit);
    assert.equal(answer.status, 201, await answer.text());
    assert.equal((await call(server, 'HEAD', `/v2/default/large/blobs/${digest}`, { token })).headers.get('content-length'), String(200 * 1024 * 1024));
  });

  interface Issued {
    readonly token: string;
    readonly access_token: string;
    readonly expires_in: number;
    readonly issued_at: string;
    readonly scope: string;
    readonly refresh_token?: string;
  }
  interface Claims {
    readonly iss: string;
    readonly sub: string;
    readonly sub_type: string;
    readonly aud: string;
    readonly exp: number;
    readonly iat: number;
    readonly access?: readonly { readonly name: string }[];
  }
  const PUSHING = 'repository:default/app:pull,push';
  /** The two ways to ask, of whoever has the key. */
  const byQuery = (key: string, scope: string, more = ''): Promise<Answer<Issued & OciErrors>> => call(server, 'GET', `/token?scope=${encodeURIComponent(scope)}${more}`, { headers: basicOf(key) });
  const byForm = (fields: Readonly<Record<string, string>>): Promise<Answer<Issued & OciErrors>> =>
    call(server, 'POST', '/token', { raw: new URLSearchParams(fields).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  const byPassword = (key: string, scope: string, more: Readonly<Record<string, string>> = {}) => byForm({ grant_type: 'password', username: 'anybody', password: key, scope, ...more });
  const byRefresh = (text: string, scope = PUSHING) => byForm({ grant_type: 'refresh_token', refresh_token: text, scope });
  const partOf = (text: string, part: 0 | 1): Record<string, unknown> => JSON.parse(Buffer.from(text.split('.')[part]!, 'base64url').toString()) as Record<string, unknown>;
  const claimsOf = (text: string): Claims => partOf(text, 1) as unknown as Claims;
  const challengeOf = ({ headers }: Answer<unknown>): string => headers.get('www-authenticate') ?? '';
  const keyOf = async (path: string, scope = 'manage:registry', more = {}): Promise<{ readonly id: string; readonly key: string }> => {
    const made = await call<{ id: string; key: string }>(server, 'POST', path, { token: owner, json: { label: 'spec', scope, ...more } });
    assert.equal(made.status, 201, made.text);
    return made.body;
  };

  describe('its tokens', () => {
    let key: string;
    before(async () => {
      key = await registryKey(server, owner);
    });

    it('are the same by a query and by a form, and say what they are for', async () => {
      for (const [asked, granted] of [[PUSHING, PUSHING], ['repository:default/app:*', 'repository:default/app:pull,push,delete'], ['registry:catalog:*', 'registry:catalog:*'], ['', ''], ['repository:localhost:5000/app:pull', ''], ['repository:green/app:pull', ''], [`${PUSHING} repository:green/app:* registry:catalog:*`, `${PUSHING} registry:catalog:*`]] as const) {
        const answers = [await byQuery(key, asked), await byPassword(key, asked)];
        for (const { status, body, headers } of answers) {
          assert.deepEqual([status, body.scope, body.access_token, body.expires_in, body.refresh_token], [200, granted, body.token, 300, undefined], asked);
          assert.equal(headers.get('cache-control'), 'no-store');
          const { iss, aud, exp, iat, sub_type } = claimsOf(body.token);
          assert.deepEqual([new URL(iss).host, exp - iat, sub_type, Date.parse(body.issued_at)], [aud, 300, 'user', iat * 1000]);
        }
        assert.deepEqual(claimsOf(answers[0]!.body.token).access, claimsOf(answers[1]!.body.token).access);
      }
    });

    it('that are too narrow are refused with the scope that is needed, and the one that is had for it is enough', async () => {
      const narrow = (await byQuery(key, 'repository:default/app:pull repository:default/other:*')).body.token;
      const needs: readonly (readonly [method: string, path: string, scope: string])[] = [
        ['POST', '/v2/default/app/blobs/uploads/', 'repository:default/app:pull,push'],
        ['DELETE', '/v2/default/app/manifests/none', 'repository:default/app:delete'],
        ['GET', '/v2/default/third/tags/list', 'repository:default/third:pull'],
        ['GET', '/v2/_catalog', 'registry:catalog:*'],
      ];
      for (const [method, path, scope] of needs) {
        const refused = await call<OciErrors>(server, method, path, { token: narrow });
        assert.deepEqual([refused.status, refused.body.errors[0]!.code], [401, 'UNAUTHORIZED'], path);
        assert.match(challengeOf(refused), new RegExp(`^Bearer realm="[^"]+/token",service="[^"]+",scope="${scope.replaceAll('*', '\\*')}",error="insufficient_scope"$`));
        assert.notEqual((await call(server, method, path, { token: (await byQuery(key, scope)).body.token })).status, 401, path);
      }
      const empty = (await byQuery(key, '')).body.token;
      assert.equal((await call(server, 'GET', '/v2/', { token: empty })).status, 200, 'who has one is known');
      assert.equal((await call(server, 'GET', `/v2/default/app/blobs/${ABSENT}`, { token: empty })).status, 401);
    });

    it('are given for a key that is good, and a stranger is asked for one', async () => {
      const wrong = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;
      const refused = [
        await call<OciErrors>(server, 'GET', '/token'),
        await byQuery(wrong, PUSHING),
        await byQuery(owner, PUSHING),
        await call<OciErrors>(server, 'GET', '/token', { headers: { authorization: `Basic ${Buffer.from(key).toString('base64')}` } }),
        await call<OciErrors>(server, 'GET', '/token', { headers: { authorization: 'Basic !' } }),
        await byPassword(wrong, PUSHING),
        await byPassword(owner, PUSHING),
        await byForm({ grant_type: 'password', username: key }),
        await byForm({ grant_type: 'refresh_token' }),
      ];
      for (const { status, body, text } of refused) assert.deepEqual([status, body.errors[0]!.code], [401, 'UNAUTHORIZED'], text);
      for (const answer of refused.slice(0, 5)) assert.match(challengeOf(answer), /^Basic realm="/);
      const misunderstood = [await byQuery(key, '', '&service=evil.example'), await byForm({ grant_type: 'client_credentials' }), await byPassword(key, 'repository:a:pull '.repeat(17))];
      for (const { status, text } of misunderstood) assert.equal(status, 400, text);
      assert.equal((await byQuery(key, '', '&service=a&service=b')).status, 422);
      for (const { text } of [...refused, ...misunderstood]) assert.ok(!text.includes(key.slice(17)));
    });

    it('are had again by what a client keeps, until the key ends', async () => {
      const { id, key: kept } = await keyOf('/v1/api-keys');
      const first = (await byQuery(kept, PUSHING, '&offline_token=true')).body.refresh_token!;
      const second = (await byPassword(kept, '', { access_type: 'offline' })).body.refresh_token!;
      for (const refresh of [first, second]) {
        const { status, body } = await byRefresh(refresh);
        assert.deepEqual([status, body.scope, body.refresh_token], [200, PUSHING, undefined]);
        assert.equal((await call(server, 'GET', '/v2/default/app/tags/list', { token: body.token })).status, 404);
        assert.deepEqual([claimsOf(refresh).access, claimsOf(refresh).exp - claimsOf(refresh).iat], [undefined, 30 * 24 * 3600]);
        // It opens nothing itself.
        assert.equal((await call(server, 'GET', '/v2/', { token: refresh })).status, 401);
        assert.equal((await call(server, 'GET', '/v2/', { headers: basicOf(refresh) })).status, 401);
      }
      const token = (await byRefresh(first)).body.token;
      assert.equal((await call(server, 'DELETE', `/v1/api-keys/${id}`, { token: owner })).status, 204);
      assert.deepEqual([(await byRefresh(first)).status, (await byRefresh(second)).status, (await call(server, 'GET', '/v2/', { token })).status, (await byQuery(kept, '')).status], [401, 401, 401, 401]);
    });

    it('are refused where they are changed, or signed by somebody else, and so are refresh tokens', async () => {
      const { body } = await byQuery(key, PUSHING, '&offline_token=true');
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
      for (const [text, isGood] of [[body.token, async (each: string) => (await call(server, 'GET', '/v2/', { token: each })).status], [body.refresh_token!, async (each: string) => (await byRefresh(each)).status]] as const) {
        const [header, payload, signature] = text.split('.') as [string, string, string];
        const resigned = (input: string): string => `${input}.${sign('sha256', Buffer.from(input), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
        const forged: Readonly<Record<string, string>> = {
          'another name in it': `${header}.${encoded({ ...claimsOf(text), access: [{ type: 'repository', name: 'default/other', actions: ['pull'] }] })}.${signature}`,
          'a longer life': `${header}.${encoded({ ...claimsOf(text), exp: claimsOf(text).exp + 60 })}.${signature}`,
          'of another installation': resigned(`${header}.${payload}`),
          'with a key of its own in the header': resigned(`${encoded({ ...partOf(text, 0), jwk: pair.publicKey.export({ format: 'jwk' }) })}.${payload}`),
          'without a signature': `${encoded({ ...partOf(text, 0), alg: 'none' })}.${payload}.`,
          'cut off': text.slice(0, -2),
          'with something after it': `${text}.${signature}`,
        };
        for (const [what, each] of Object.entries(forged)) assert.equal(await isGood(each), 401, what);
        assert.equal(await isGood(text), 200);
      }
    });

    it('and what is done with them are counted once, for the account', async () => {
      const { key: counted } = await keyOf('/v1/api-keys');
      const left = ({ headers }: Answer<unknown>): number => Number(/"registry";r=(\d+)/.exec(headers.get('ratelimit')!)![1]);
      const first = await byQuery(counted, PUSHING);
      const by = first.body.token;
      const asked = [first, await byPassword(counted, PUSHING), await call(server, 'GET', '/v2/', { token: by }), await call(server, 'HEAD', `/v2/default/app/blobs/${ABSENT}`, { token: by }), await call(server, 'GET', '/v2/_catalog', { headers: basicOf(counted) })];
      assert.deepEqual(asked.map(left), asked.map((_, n) => left(first) - n));
    });
  });

  describe('to a robot', () => {
    let robot: string;
    let made: { readonly id: string; readonly key: string };
    const blob = Buffer.from('pushed by a robot');

    before(async () => {
      robot = (await call<{ id: string }>(server, 'POST', '/v1/service-accounts', { token: owner, json: { name: 'ci' } })).body.id;
      assert.equal((await call(server, 'POST', '/v1/projects', { token: owner, json: { slug: 'red', name: 'Red' } })).status, 201);
      for (const scope of ['project:default', 'project:red']) assert.equal((await call(server, 'POST', '/v1/role-bindings', { token: owner, json: { subjectId: robot, role: 'operator', scope } })).status, 201);
      made = await keyOf(`/v1/service-accounts/${robot}/api-keys`, 'manage:registry', { project: 'default' });
    });

    it('gives a token by its key and any name, for what it may do and its key is for', async () => {
      for (const { status, body, text } of [await byQuery(made.key, `${PUSHING} repository:red/app:*`), await byPassword(made.key, `${PUSHING} repository:red/app:*`, { username: 'ci' })]) {
        assert.deepEqual([status, body.scope], [200, PUSHING], text);
        assert.deepEqual([claimsOf(body.token).sub, claimsOf(body.token).sub_type], [robot, 'service']);
      }
      const { key: wide } = await keyOf(`/v1/service-accounts/${robot}/api-keys`);
      assert.equal((await byQuery(wide, 'repository:red/app:*')).body.scope, 'repository:red/app:pull,push,delete');
    });

    it('takes what it pushes, by a token and by the key itself, and records who did it', async () => {
      const by = { token: (await byQuery(made.key, PUSHING)).body.token };
      const opened = await call(server, 'POST', '/v2/default/app/blobs/uploads/', by);
      const pushed = await call(server, 'PUT', `${opened.headers.get('location')}?digest=${sha256(blob)}`, { ...by, raw: blob });
      assert.equal(pushed.status, 201, pushed.text);
      assert.equal((await call(server, 'GET', `/v2/default/app/blobs/${sha256(blob)}`, { headers: basicOf(made.key) })).text, blob.toString());
      assert.equal((await call(server, 'GET', '/v2/red/app/tags/list', { headers: basicOf(made.key) })).status, 404, 'the key is for one project');
      const listed = await call<{ items: Record<string, unknown>[] }>(server, 'GET', `/v1/service-accounts/${robot}/api-keys`, { token: owner });
      assert.deepEqual(listed.body.items.map(({ ownerId, ownerKind, scope }) => [ownerId, ownerKind, scope]), [[robot, 'service', 'manage:registry'], [robot, 'service', 'manage:registry']]);
      assert.ok(!listed.text.includes(made.key.slice(17)));
    });

    it('is closed at once when its key is revoked, or it is disabled', async () => {
      const { id, key } = await keyOf(`/v1/service-accounts/${robot}/api-keys`);
      const [one, other] = [(await byQuery(key, PUSHING, '&offline_token=true')).body, (await byQuery(made.key, PUSHING, '&offline_token=true')).body];
      const statuses = async ({ token: text, refresh_token: refresh }: Issued, by: string): Promise<number[]> => [(await call(server, 'GET', '/v2/', { token: text })).status, (await byRefresh(refresh!)).status, (await byQuery(by, '')).status, (await call(server, 'GET', '/v2/', { headers: basicOf(by) })).status];
      assert.equal((await call(server, 'DELETE', `/v1/service-accounts/${robot}/api-keys/${id}`, { token: owner })).status, 204);
      assert.deepEqual([await statuses(one, key), await statuses(other, made.key)], [[401, 401, 401, 401], [200, 200, 200, 200]]);
      assert.equal((await call(server, 'POST', `/v1/service-accounts/${robot}/disable`, { token: owner })).status, 200);
      assert.deepEqual(await statuses(other, made.key), [401, 401, 401, 401]);
      assert.equal((await call(server, 'POST', `/v1/service-accounts/${robot}/api-keys`, { token: owner, json: { scope: 'manage:registry' } })).status, 409);
    });

    it('says what of a key it does not take', async () => {
      const { id } = (await call<{ id: string }>(server, 'POST', '/v1/service-accounts', { token: owner, json: { name: 'refused', dpopRequired: true } })).body;
      const asked = (json: object, account = robot) => call<{ type: string; errors?: { pointer: string }[] }>(server, 'POST', `/v1/service-accounts/${account}/api-keys`, { token: owner, json });
      const bound = await asked({ scope: 'manage:registry' }, id);
      assert.deepEqual([bound.status, bound.body.type], [403, 'urn:quantonium:problem:possession-required']);
      for (const [json, pointer] of [[{}, '/scope'], [{ scope: 'everything' }, '/scope'], [{ scope: 'read:data', lifetimeDays: 366 }, '/lifetimeDays'], [{ scope: 'read:data', label: 'a\u0007' }, '/label'], [{ scope: 'read:data', ownerId: robot }, '/ownerId']] as const) {
        const { status, body, text } = await asked(json);
        assert.deepEqual([status >= 400 && status < 500, body.errors?.[0]?.pointer], [true, pointer], text);
      }
      assert.equal((await asked({ scope: 'read:data' }, 'nobody')).status, 422);
      assert.equal((await call(server, 'POST', `/v1/service-accounts/${robot}/api-keys`, { headers: { authorization: `Bearer ${(await keyOf('/v1/api-keys', 'manage:identity')).key}` }, json: { scope: 'manage:identity' } })).status, 403, 'a key makes no keys');
    });
  });
});
