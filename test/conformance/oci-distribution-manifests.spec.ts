import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DIGEST_ALGORITHMS, type DigestAlgorithm } from '#pure/oci/content-digest.js';
import type { Answer } from '../harness/api.js';
import { CONFIG, descriptorOf, digestOf, IMAGE, INDEX, LAYER, type OciErrors, RegistryClient } from '../harness/registry-client.js';
import { withServer } from '../harness/with-server.js';

const EMPTY = 'application/vnd.oci.empty.v1+json';
const ABSENT = digestOf('never pushed');

interface Index {
  readonly manifests: readonly { readonly digest: string; readonly mediaType: string; readonly size: number; readonly artifactType?: string; readonly annotations?: Readonly<Record<string, string>> }[];
}

function refused(answer: Answer<OciErrors>, status: number, code: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.errors[0]!.code, code);
}

/** OCI Distribution Specification 1.1, "Endpoints": what is done with manifests, tags and referrers, each by the number of its endpoint. */
describe('OCI distribution: manifests', () => {
  let client: RegistryClient;
  const server = withServer(async () => void (client = await RegistryClient.of(server)));

  const at = (name: string, reference: string): string => `/v2/${name}/manifests/${reference}`;
  /** A manifest whose content is there; `extra` makes it another one. */
  async function image(name: string, extra: object = {}, algorithm: DigestAlgorithm = 'sha256'): Promise<string> {
    const [config, layer] = [Buffer.from('{"architecture":"amd64"}'), Buffer.from(`layer of ${name}`)];
    for (const bytes of [config, layer]) await client.pushBlob(name, bytes, digestOf(bytes, algorithm));
    return JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config: descriptorOf(CONFIG, config, algorithm), layers: [descriptorOf(LAYER, layer, algorithm)], ...extra });
  }
  const tagsOf = async (name: string, query = ''): Promise<{ readonly tags: readonly string[]; readonly link: string | null }> => {
    const answer = await client.send('GET', `/v2/${name}/tags/list${query}`);
    assert.equal(answer.status, 200, answer.text);
    return { tags: (JSON.parse(answer.text) as { tags: string[] }).tags, link: answer.headers.get('link') };
  };
  const referrersOf = async (name: string, digest: string, query = ''): Promise<{ readonly headers: Headers; readonly index: Index }> => {
    const { status, headers, bytes } = await client.bytes(`/v2/${name}/referrers/${digest}${query}`);
    assert.deepEqual([status, headers.get('content-type')], [200, INDEX]);
    return { headers, index: JSON.parse(bytes.toString()) as Index };
  };
  /** Kept byte for byte, under its type, by every name that it has. */
  async function stands(name: string, references: readonly string[], text: string, digest: string, mediaType = IMAGE): Promise<void> {
    for (const reference of references) {
      const { status, headers, bytes } = await client.bytes(at(name, reference));
      assert.deepEqual([status, headers.get('content-type'), headers.get('docker-content-digest'), bytes.toString()], [200, mediaType, digest, text], reference);
      const head = await client.send('HEAD', at(name, reference));
      assert.deepEqual([head.status, head.headers.get('content-type'), head.headers.get('docker-content-digest'), head.headers.get('content-length'), head.text], [200, mediaType, digest, String(Buffer.byteLength(text)), '']);
    }
  }

  it('end-3: answers 404 for what was never pushed, by tag and by digest, and 400 for no digest', async () => {
    for (const reference of ['latest', ABSENT]) {
      refused(await client.send('GET', at('default/none', reference)), 404, 'MANIFEST_UNKNOWN');
      assert.equal((await client.send('HEAD', at('default/none', reference))).status, 404);
      refused(await client.send('DELETE', at('default/none', reference)), 404, 'MANIFEST_UNKNOWN');
    }
    for (const method of ['GET', 'PUT', 'DELETE']) refused(await client.send(method, at('default/none', 'sha256:baddigeststring'), method === 'PUT' ? { body: '{}' } : {}), 400, 'DIGEST_INVALID');
  });

  for (const algorithm of Object.keys(DIGEST_ALGORITHMS) as DigestAlgorithm[]) {
    it(`end-7 ${algorithm}: keeps a manifest byte for byte, by digest and by tag`, async () => {
      const name = `default/${algorithm}/images`;
      // Spaces and the order of members are the manifest's own.
      const text = ` ${await image(name, { annotations: { 'a.b': 'ü\\"' } }, algorithm)}\n`;
      const digest = digestOf(text, algorithm);
      const pushed = await client.putManifest(name, digest, text);
      assert.deepEqual([pushed.status, pushed.headers.get('location'), pushed.headers.get('docker-content-digest')], [201, at(name, digest), digest], pushed.text);
      await stands(name, [digest], text, digest);
      assert.equal((await client.putManifest(name, 'latest', text)).status, 201);
      await stands(name, ['latest'], text, digestOf(text));
    });

    it(`end-7 ${algorithm}: refuses the digest of other bytes, and takes nothing of it`, async () => {
      const name = `default/${algorithm}/wrong`;
      const text = await image(name, {}, algorithm);
      const other = digestOf(`${text} `, algorithm);
      refused(await client.putManifest(name, other, text), 400, 'DIGEST_INVALID');
      assert.equal((await client.send('HEAD', at(name, other))).status, 404);
    });
  }

  it('end-7: puts several tags with one push, and says which', async () => {
    const name = 'default/tagged';
    const text = await image(name);
    const digest = digestOf(text, 'sha512');
    const pushed = await client.send('PUT', `${at(name, digest)}?tag=1.2.3&tag=1.2&tag=latest`, { body: text, headers: { 'content-type': IMAGE } });
    assert.deepEqual([pushed.status, pushed.headers.get('oci-tag')], [201, '1.2.3, 1.2, latest'], pushed.text);
    await stands(name, ['1.2.3', '1.2', 'latest', digest], text, digest);
    refused(await client.send('PUT', `${at(name, digest)}?tag=-a`, { body: text, headers: { 'content-type': IMAGE } }), 400, 'MANIFEST_INVALID');
  });

  /** Documents that are taken, besides the plain image; each names content of its own repository. */
  const SHAPES: readonly { readonly what: string; readonly make: (name: string) => Promise<object>; readonly mediaType?: string }[] = [
    { what: 'an image without layers', make: async (name) => ({ ...(JSON.parse(await image(name)) as object), layers: [] }) },
    { what: 'an artifact', make: async (name) => ({ ...(JSON.parse(await image(name)) as object), artifactType: 'application/vnd.example.artifact.v1' }) },
    { what: 'fields that nobody knows', make: async (name) => ({ ...(JSON.parse(await image(name)) as object), 'org.example': { deep: [1, null] } }) },
    {
      what: 'an artifact that is its embedded data',
      make: async (name) => {
        await client.pushBlob(name, Buffer.from('{}'));
        const empty = { ...descriptorOf(EMPTY, '{}'), data: 'e30=' };
        return { schemaVersion: 2, mediaType: IMAGE, artifactType: 'application/vnd.example.v1', config: empty, layers: [empty] };
      },
    },
    {
      what: 'layers that are not distributed, and were not pushed',
      make: async (name) => ({
        ...(JSON.parse(await image(name)) as object),
        layers: [{ ...descriptorOf('application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'elsewhere'), urls: ['https://example.org/layer'] }],
      }),
    },
    {
      what: 'an index, and an index of it',
      mediaType: INDEX,
      make: async (name) => {
        const text = await image(name);
        await client.putManifest(name, digestOf(text), text);
        const inner = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [{ ...descriptorOf(IMAGE, text), platform: { architecture: 'amd64', os: 'linux' } }] });
        assert.equal((await client.putManifest(name, 'inner', inner, INDEX)).status, 201);
        return { schemaVersion: 2, mediaType: INDEX, manifests: [descriptorOf(INDEX, inner)] };
      },
    },
    { what: 'an empty index', mediaType: INDEX, make: () => Promise.resolve({ schemaVersion: 2, mediaType: INDEX, manifests: [] }) },
    { what: 'an index of what is not there yet', mediaType: INDEX, make: () => Promise.resolve({ schemaVersion: 2, mediaType: INDEX, manifests: [descriptorOf(IMAGE, 'sparse')] }) },
    {
      what: 'a manifest of nearly 4 MiB',
      make: async (name) => ({ ...(JSON.parse(await image(name)) as object), annotations: { large: 'x'.repeat(4 * 1024 * 1024 - 2_000) } }),
    },
  ];
  for (const [n, { what, make, mediaType = IMAGE }] of SHAPES.entries()) {
    it(`end-7: takes ${what}`, async () => {
      const name = `default/shapes/${n}`;
      const text = JSON.stringify(await make(name));
      const pushed = await client.putManifest(name, 'v1', text, mediaType);
      assert.equal(pushed.status, 201, pushed.text);
      await stands(name, ['v1', digestOf(text)], text, digestOf(text), mediaType);
    });
  }

  it('end-7: refuses a manifest that names what the repository does not have, though another has it', async () => {
    const text = await image('default/has');
    refused(await client.putManifest('default/has-not', 'v1', text), 400, 'MANIFEST_BLOB_UNKNOWN');
  });

  it('end-8: lists tags in the order of their bytes, in pages', async () => {
    const name = 'default/listed';
    const text = await image(name);
    assert.equal((await client.send('GET', `/v2/default/unlisted/tags/list`)).status, 404);
    for (const tag of ['b', 'a', 'C', '1', '_', 'a.1', 'a-1', 'A']) await client.putManifest(name, tag, text);
    const sorted = ['1', 'A', 'C', '_', 'a', 'a-1', 'a.1', 'b'];
    assert.deepEqual(await tagsOf(name), { tags: sorted, link: null });
    assert.deepEqual((await tagsOf(name, '?n=0')).tags, []);
    assert.deepEqual((await tagsOf(name, '?last=a')).tags, ['a-1', 'a.1', 'b']);
    const seen: string[] = [];
    for (let query: string | undefined = '?n=3'; query !== undefined; ) {
      const { tags, link } = await tagsOf(name, query);
      seen.push(...tags);
      query = /^<[^>]*(\?[^>]*)>; rel="next"$/.exec(link ?? '')?.[1];
    }
    assert.deepEqual(seen, sorted);
    for (const query of ['?n=-1', '?n=x', '?n=1&n=2']) assert.ok([400, 422].includes((await client.send('GET', `/v2/${name}/tags/list${query}`)).status), query);
  });

  it('end-9: deletes a tag and leaves the manifest; deletes a manifest and its tags', async () => {
    const name = 'default/deleted';
    const text = await image(name);
    for (const tag of ['one', 'two', 'three']) await client.putManifest(name, tag, text);
    assert.equal((await client.send('DELETE', at(name, 'one'))).status, 202);
    refused(await client.send('GET', at(name, 'one')), 404, 'MANIFEST_UNKNOWN');
    await stands(name, ['two', digestOf(text)], text, digestOf(text));
    assert.equal((await client.send('DELETE', at(name, digestOf(text)))).status, 202);
    for (const reference of ['two', 'three', digestOf(text)]) assert.equal((await client.send('HEAD', at(name, reference))).status, 404);
    assert.deepEqual((await tagsOf(name)).tags, []);
    refused(await client.send('DELETE', at(name, digestOf(text))), 404, 'MANIFEST_UNKNOWN');
  });

  it('end-10: keeps a blob that a manifest names, until that is gone', async () => {
    const name = 'default/in-use';
    const text = await image(name);
    await client.putManifest(name, 'v1', text);
    const layer = `/v2/${name}/blobs/${(JSON.parse(text) as { layers: { digest: string }[] }).layers[0]!.digest}`;
    assert.equal((await client.send('DELETE', layer)).status, 405);
    assert.equal((await client.send('HEAD', layer)).status, 200);
    await client.send('DELETE', at(name, digestOf(text)));
    assert.equal((await client.send('DELETE', layer)).status, 202);
  });

  it('end-12: lists what is about a manifest, also one that is not there, and filters by type', async () => {
    const name = 'default/subjects';
    const subject = descriptorOf(IMAGE, 'a manifest that is pushed later');
    assert.deepEqual((await referrersOf(name, subject.digest)).index, { schemaVersion: 2, mediaType: INDEX, manifests: [] });
    const annotations = { 'org.example': 'kept' };
    const signature = await image(name, { subject, artifactType: 'application/vnd.example.signature', annotations });
    const untyped = await image(name, { subject });
    const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [], subject, artifactType: 'application/vnd.example.index' });
    for (const [text, mediaType] of [[signature, IMAGE], [untyped, IMAGE], [index, INDEX]] as const) {
      const pushed = await client.putManifest(name, digestOf(text), text, mediaType);
      assert.deepEqual([pushed.status, pushed.headers.get('oci-subject')], [201, subject.digest], pushed.text);
    }
    const expected = [
      { ...descriptorOf(IMAGE, signature), artifactType: 'application/vnd.example.signature', annotations },
      { ...descriptorOf(IMAGE, untyped), artifactType: CONFIG },
      { ...descriptorOf(INDEX, index), artifactType: 'application/vnd.example.index' },
    ].sort((a, b) => (a.digest < b.digest ? -1 : 1));
    const all = await referrersOf(name, subject.digest);
    assert.deepEqual([all.index.manifests, all.headers.get('oci-filters-applied')], [expected, null]);
    const some = await referrersOf(name, subject.digest, '?artifactType=application/vnd.example.signature');
    assert.deepEqual([some.index.manifests.map(({ digest }) => digest), some.headers.get('oci-filters-applied')], [[digestOf(signature)], 'artifactType']);
    const page = await referrersOf(name, subject.digest, '?n=2');
    assert.deepEqual(page.index.manifests, expected.slice(0, 2));
    assert.match(page.headers.get('link')!, /rel="next"$/);
    await client.send('DELETE', at(name, digestOf(signature)));
    assert.equal((await referrersOf(name, subject.digest)).index.manifests.length, 2);
    refused(await client.send('GET', `/v2/${name}/referrers/latest`), 400, 'DIGEST_INVALID');
  });

  it('end-12: lists what an index of older clients lists if it says itself what it is about, and once', async () => {
    const name = 'default/upgraded';
    const subject = descriptorOf(IMAGE, 'signed before there were referrers');
    const [about, silent] = [await image(name, { subject }), await image(name, { annotations: { 'org.example': 'about nothing' } })];
    for (const text of [about, silent]) assert.equal((await client.putManifest(name, digestOf(text), text)).status, 201);
    const fallback = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [descriptorOf(IMAGE, about), descriptorOf(IMAGE, silent)] });
    assert.equal((await client.putManifest(name, subject.digest.replace(':', '-'), fallback, INDEX)).status, 201);
    assert.deepEqual((await referrersOf(name, subject.digest)).index.manifests.map(({ digest }) => digest), [digestOf(about)]);
    // The index is theirs: what it says is given back, and nothing is made of it.
    await stands(name, [subject.digest.replace(':', '-')], fallback, digestOf(fallback), INDEX);
  });
});
