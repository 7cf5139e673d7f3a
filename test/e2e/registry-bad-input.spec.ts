import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contentDigestOf, formatContentDigest } from '#pure/oci/content-digest.js';
import { bind, createPerson } from '../harness/world.js';
import { call, login, loginOwner, registryKey } from '../harness/api.js';
import { CONFIG, descriptorOf, digestOf, IMAGE, LAYER, RegistryClient } from '../harness/registry-client.js';
import { withServer } from '../harness/with-server.js';

const MIB = 1024 * 1024;

/** What no honest client sends. None of it is answered with a 5xx, and nothing of it stands afterwards. */
describe('bad input at the registry', () => {
  let client: RegistryClient;
  const server = withServer(async () => void (client = await RegistryClient.of(server)));
  const NAME = 'default/bad';

  async function image(): Promise<{ readonly config: ReturnType<typeof descriptorOf>; readonly layer: ReturnType<typeof descriptorOf> }> {
    for (const text of ['{}', 'layer']) await client.pushBlob(NAME, Buffer.from(text));
    return { config: descriptorOf(CONFIG, '{}'), layer: descriptorOf(LAYER, 'layer') };
  }

  it('refuses manifests that are none, or that two readers would read differently', async () => {
    const { config, layer } = await image();
    const good = { schemaVersion: 2, mediaType: IMAGE, config, layers: [layer] };
    const text = JSON.stringify(good);
    const BAD: readonly string[] = [
      '', '{}', '[]', 'null', '{', `${text}x`, '\ufeff' + text,
      text.replace('"layers"', '"layers":[],"layers"'),
      text.replace('"schemaVersion":2', '"schemaVersion":1'),
      JSON.stringify({ ...good, manifests: [] }),
      JSON.stringify({ ...good, layers: [{ ...layer, size: layer.size + 1 }] }),
      JSON.stringify({ ...good, layers: [{ ...layer, size: -1 }] }),
      JSON.stringify({ ...good, layers: [{ ...layer, size: 1e300 }] }),
      JSON.stringify({ ...good, layers: [{ ...layer, digest: 'sha256:xyz' }] }),
      JSON.stringify({ ...good, config: { ...config, data: 'bm90IHRoYXQ=' } }),
      JSON.stringify({ ...good, deep: JSON.parse('['.repeat(100) + ']'.repeat(100)) as unknown }),
    ];
    for (const body of BAD) {
      const answer = await client.putManifest(NAME, 'latest', body);
      assert.deepEqual([answer.status, answer.body.errors[0]!.code], [400, 'MANIFEST_INVALID'], `${body.slice(0, 100)}: ${answer.text}`);
    }
    assert.equal((await client.send('HEAD', `/v2/${NAME}/manifests/latest`)).status, 404);
    assert.equal((await client.putManifest(NAME, 'latest', text)).status, 201);
  });

  it('refuses a manifest of more than 4 MiB with 413', async () => {
    const answer = await client.putManifest(NAME, 'large', JSON.stringify({ schemaVersion: 2, annotations: { a: 'x'.repeat(4 * MIB) } }));
    assert.deepEqual([answer.status, answer.body.errors[0]!.code], [413, 'SIZE_INVALID']);
  });

  it('refuses paths that mean another place, and names that are too long', async () => {
    const digest = formatContentDigest(contentDigestOf(Buffer.from('{}')));
    const PATHS = [
      `/v2/default%2Fbad/blobs/${digest}`, `/v2/default/%2e%2e/bad/blobs/${digest}`, `/v2/default/bad/blobs/..%2f..%2fetc%2fpasswd`, `/v2/default/bad%00/blobs/${digest}`,
      `/v2/default/bad/manifests/..%2flatest`, `/v2/default/bad/manifests/%00`, `/v2/default/bad/manifests/${'a'.repeat(129)}`, `/v2/${'a'.repeat(256)}/tags/list`,
      `/v2/${'a/'.repeat(2_000)}tags/list`, `/v2/default/bad/blobs/sha256:${'A'.repeat(64)}`, '/v2/default/bad/blobs/uploads/..%2f..%2fx', `/v2/default//bad/blobs/${digest}`,
    ];
    for (const path of PATHS) {
      for (const method of ['GET', 'DELETE', 'PUT']) {
        const { status, text } = await client.send(method, path, method === 'PUT' ? { body: '{}' } : {});
        assert.ok(status >= 400 && status < 500, `${method} ${path.slice(0, 80)}: ${status} ${text}`);
      }
    }
  });

  it('knows no upload of somebody else, though they may push there too', async () => {
    const location = await client.open(NAME);
    await client.patch(location, Buffer.from('mine'), 0);
    const owner = await loginOwner(server);
    const eve = await createPerson(server, owner, 'eve');
    const project = (await call<{ items: { id: string }[] }>(server, 'GET', '/v1/projects', { token: owner })).body.items[0]!;
    await bind(server, owner, eve.id, 'operator', `project:${project.id}`);
    const hers = new RegistryClient(server, await registryKey(server, await login(server, 'eve', eve.password)));
    assert.equal((await hers.send('POST', `/v2/${NAME}/blobs/uploads/`)).status, 202);
    for (const answer of [await hers.send('GET', location), await hers.patch(location, Buffer.from('hers')), await hers.finish(location, digestOf('mine')), await hers.send('DELETE', location)]) assert.equal(answer.status, 404, answer.text);
    assert.equal((await client.finish(location, digestOf('mine'))).status, 201);
  });

  it('takes one blob from twenty at once, and keeps it once', async () => {
    const bytes = Buffer.alloc(MIB + 3, 'twenty');
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.pushBlob(NAME, bytes)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
    assert.ok((await client.bytes(`/v2/${NAME}/blobs/${digestOf(bytes)}`)).bytes.equals(bytes));
  });
});
