import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { call, loginOwner, registryToken } from '../../../../test/harness/api.js';
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
  let token: string;

  before(async () => {
    home = await installedHome();
    server = await startServer(home);
    const scopes = ['app', 'default/a/b', 'default/large', 'green/app'].map((name) => `repository:${name}:*`);
    token = await registryToken(server, await loginOwner(server), scopes.join(' '));
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
});
