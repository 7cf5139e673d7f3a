import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { contentDigestOf, formatContentDigest } from '#pure/oci/content-digest.js';
import { type Answer, call, loginOwner, registryKey } from '../harness/api.js';
import { CONFIG, descriptorOf, digestOf, IMAGE, LAYER, RegistryClient } from '../harness/registry-client.js';
import { enrolOverHttp } from '../harness/second-factor-http.js';
import { withServer } from '../harness/with-server.js';
import { bind, createPerson, createProject, type Person } from '../harness/world.js';

const MIB = 1024 * 1024;
const SIMPLE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const DEMANDS = { signature: false, signatureNamesRepository: false, sbom: false, scanSeverityMax: null, releaseFourEyes: false };

interface Manifest {
  readonly state: string;
  readonly version: number;
  readonly signatures: readonly { readonly trustedKeyId: string; readonly format: string }[];
}

/** The registry as its clients meet it, beyond what the protocol's conformance asks. One server: what is governed is in `red`, what is bad is sent to `default`. */
describe('the registry', () => {
  const server = withServer();

  /** What a project demands of its images: each test has a repository of its own, all are of one project. */
  describe('governs images', () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    let red = '';
    let trustedKeyId = '';
    /** Answers for images and governs; agrees, with a second factor. */
    let sec: Person;
    let ben = '';
    /** Pushes, and may pull what is quarantined; only pulls. */
    let [pusher, puller]: RegistryClient[] = [];

    before(async () => {
      const owner = await loginOwner(server);
      red = await createProject(server, owner, 'red');
      const known = async (name: string, role: string, scope = `project:${red}`): Promise<Person> => {
        const person = await createPerson(server, owner, name);
        await bind(server, owner, person.id, role, scope);
        return person;
      };
      sec = await known('sec', 'security-admin');
      ben = (await enrolOverHttp(server, (await known('ben', 'owner', 'global')).token)).token;
      pusher = new RegistryClient(server, await registryKey(server, (await known('ann', 'operator')).token));
      puller = new RegistryClient(server, await registryKey(server, (await known('vic', 'viewer')).token));
      const material = key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
      const added = await call<{ id: string }>(server, 'POST', `/v1/registry/projects/${red}/keys`, { token: sec.token, json: { label: 'pipeline', kind: 'public-key', material } });
      assert.equal(added.status, 201, added.text);
      trustedKeyId = added.body.id;
    });

    async function govern(mode: string, demands: Partial<typeof DEMANDS> = {}, immutableTags: readonly string[] = []): Promise<void> {
      const path = `/v1/registry/projects/${red}/policy`;
      const { headers, body } = await call(server, 'GET', path, { token: sec.token });
      const { version: _, ...standing } = body;
      const set = await call(server, 'PUT', path, { token: sec.token, headers: { 'if-match': headers.get('etag')! }, json: { ...standing, mode, demands: { ...DEMANDS, ...demands }, immutableTags } });
      assert.equal(set.status, 200, set.text);
    }
    async function manifest(name: string, reference: string, layer: string, type = LAYER, annotations: object = {}): Promise<string> {
      for (const text of ['{}', layer]) await pusher!.pushBlob(name, Buffer.from(text));
      const text = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config: descriptorOf(CONFIG, '{}'), layers: [{ ...descriptorOf(type, layer), annotations }] });
      assert.equal((await pusher!.putManifest(name, reference, text)).status, 201);
      return digestOf(text);
    }
    const image = (name: string, tag = '1'): Promise<string> => manifest(name, tag, `${name} ${tag}`);
    const signatureOf = (digest: string): string => `${digest.replace(':', '-')}.sig`;
    /** As `cosign sign --key` makes it. */
    async function signed(name: string, digest: string): Promise<string> {
      const payload = JSON.stringify({ critical: { identity: { 'docker-reference': name }, image: { 'docker-manifest-digest': digest }, type: 'cosign container image signature' }, optional: null });
      return manifest(name, signatureOf(digest), payload, SIMPLE, { 'dev.cosignproject.cosign/signature': sign('sha256', Buffer.from(payload), key.privateKey).toString('base64') });
    }

    /** Of the repository, in the words of the management interface. */
    async function placeOf(name: string, digest: string): Promise<string> {
      const { body } = await call<{ items: { id: string; name: string }[] }>(server, 'GET', '/v1/registry/repositories?project=red&limit=100', { token: sec.token });
      return `/v1/registry/repositories/${body.items.find((each) => each.name === name)!.id}/manifests/${digest}`;
    }
    const seen = async (place: string): Promise<Answer<Manifest>> => call<Manifest>(server, 'GET', place, { token: sec.token });
    const act = async (place: string, deed: 'transition' | 'revoke', json: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Manifest>> =>
      call<Manifest>(server, 'POST', `${place}/${deed}`, { token: sec.token, json, headers: { 'if-match': (await seen(place)).headers.get('etag')!, ...headers } });

    const WAYS = ['GET', 'HEAD'] as const;
    /** By tag and by digest, whole and described: the same is said of all. */
    async function given(client: RegistryClient, name: string, digest: string, warning: string | null, tag = '1'): Promise<void> {
      for (const method of WAYS) {
        for (const reference of [tag, digest]) {
          const { status, headers } = await client.send(method, `/v2/${name}/manifests/${reference}`);
          assert.deepEqual([status, headers.get('warning'), headers.get('docker-content-digest')], [200, warning, digest], `${method} ${reference}`);
        }
      }
    }
    async function denied(client: RegistryClient, name: string, digest: string, message: string): Promise<void> {
      for (const reference of ['1', digest]) {
        const answer = await client.send('GET', `/v2/${name}/manifests/${reference}`);
        assert.equal(answer.status, 403, reference);
        assert.deepEqual([answer.body.errors[0]!.code, answer.body.errors[0]!.message], ['DENIED', message], reference);
        assert.equal(answer.headers.get('docker-content-digest'), null);
        const head = await client.send('HEAD', `/v2/${name}/manifests/${reference}`);
        assert.deepEqual([head.status, head.text, head.headers.get('docker-content-digest')], [403, '', null], reference);
      }
    }

    it('gives out what nobody has released with a warning where it is told to warn, and without one where it is off', async () => {
      await govern('warn');
      const digest = await image('red/warned');
      await given(puller!, 'red/warned', digest, '299 - "The manifest is verified, and not released"');
      await govern('warn', { signature: true });
      await given(puller!, 'red/warned', digest, '299 - "The manifest is quarantined, and not released"');
      await govern('off', { signature: true });
      await given(puller!, 'red/warned', digest, null);
    });

    it('refuses it where it is told to enforce, but to who may pull what is quarantined', async () => {
      await govern('enforce', { signature: true });
      const digest = await image('red/enforced');
      await denied(puller!, 'red/enforced', digest, 'The manifest is quarantined, and not released.');
      await given(pusher!, 'red/enforced', digest, '299 - "The manifest is quarantined, and not released"');
      const signature = await signed('red/enforced', digest);
      const { body } = await seen(await placeOf('red/enforced', digest));
      assert.deepEqual([body.state, body.signatures.map(({ format, trustedKeyId: by }) => [format, by])], ['verified', [['cosign', trustedKeyId]]]);
      await denied(puller!, 'red/enforced', digest, 'The manifest is verified, and not released.');
      await given(puller!, 'red/enforced', signature, null, signatureOf(digest));
    });

    it('releases it to everybody when a second person has agreed to just that', async () => {
      await govern('enforce', { signature: true, releaseFourEyes: true });
      const digest = await image('red/released');
      await signed('red/released', digest);
      const place = await placeOf('red/released', digest);
      const release = { to: 'released', reason: 'Passed the acceptance run.' };
      const waiting = await act(place, 'transition', release);
      const approval = waiting.headers.get('approval-id')!;
      assert.deepEqual([waiting.status, approval !== null], [202, true], waiting.text);
      assert.equal((await act(place, 'transition', release, { 'approval-id': approval })).status === 200, false, 'nobody has agreed yet');
      assert.notEqual((await call(server, 'POST', `/v1/approvals/${approval}/approve`, { token: sec.token })).status, 200, 'nobody agrees with themselves');
      await denied(puller!, 'red/released', digest, 'The manifest is verified, and not released.');

      assert.equal((await call(server, 'POST', `/v1/approvals/${approval}/approve`, { token: ben })).status, 200);
      const other = await act(place, 'transition', { ...release, reason: 'Another reason.' }, { 'approval-id': approval });
      assert.notEqual(other.status, 200, 'agreed was to another request');
      await denied(puller!, 'red/released', digest, 'The manifest is verified, and not released.');
      const released = await act(place, 'transition', release, { 'approval-id': approval });
      assert.deepEqual([released.status, released.body.state], [200, 'released'], released.text);
      await given(puller!, 'red/released', digest, null);
    });

    it('says of what is deprecated why, and gives nobody what is revoked, but what was signed of it', async () => {
      await govern('enforce', { signature: true });
      const digest = await image('red/revoked');
      await signed('red/revoked', digest);
      const place = await placeOf('red/revoked', digest);
      for (const [to, reason] of [['released', 'Good.'], ['deprecated', 'Take "2", it is smaller.']] as const) assert.equal((await act(place, 'transition', { to, reason })).status, 200);
      await given(puller!, 'red/revoked', digest, '299 - "The manifest is deprecated: Take \\"2\\", it is smaller."');
      assert.equal((await act(place, 'revoke', { reason: 'CVE-2026-31337 in its base image.' })).status, 200);
      for (const [mode, client] of [['enforce', pusher!], ['off', puller!]] as const) {
        await govern(mode);
        await denied(client, 'red/revoked', digest, 'The manifest is revoked: CVE-2026-31337 in its base image.');
      }
      assert.equal((await puller!.send('GET', `/v2/red/revoked/manifests/${signatureOf(digest)}`)).status, 200);
      const back = await act(place, 'transition', { to: 'released', reason: 'It was a mistake.' });
      assert.deepEqual([back.status, (back.body as unknown as { type: string }).type], [409, 'urn:quantonium:problem:transition-refused']);
      // Pushing it again brings nothing back.
      assert.equal(await image('red/revoked'), digest);
      assert.equal((await pusher!.send('GET', '/v2/red/revoked/manifests/1')).status, 403);
    });

    it('lets nobody act on what they have not seen, and nobody who only pulls or pushes', async () => {
      await govern('warn');
      const digest = await image('red/strict');
      const place = await placeOf('red/strict', digest);
      const release = { to: 'released', reason: 'Good.' };
      const blind = await call(server, 'POST', `${place}/transition`, { token: sec.token, json: release });
      assert.equal(blind.status, 428, blind.text);
      assert.equal((await act(place, 'transition', release, { 'if-match': '"9"' })).status, 412);
      for (const [deed, json] of [['transition', { to: 'verified', reason: 'x' }], ['transition', { to: 'released' }], ['revoke', {}], ['revoke', { reason: '' }]] as const) assert.equal((await act(place, deed, json)).status, 422, JSON.stringify(json));
      assert.equal((await call(server, 'POST', `${place}/revoke`, { token: puller!.key, json: { reason: 'x' }, headers: { 'if-match': '"1"' } })).status, 403);
      assert.equal((await call(server, 'POST', `${place}/revoke`, { token: pusher!.key, json: { reason: 'x' }, headers: { 'if-match': '"1"' } })).status, 403);
      assert.equal((await seen(place)).body.state, 'verified');
    });

    it('keeps tags that are not to be moved where they are', async () => {
      await govern('off', {}, ['v*']);
      const first = await image('red/fixed', 'v1');
      const moved = await pusher!.putManifest('red/fixed', 'v1', JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config: descriptorOf(CONFIG, '{}'), layers: [] }));
      assert.deepEqual([moved.status, moved.body.errors[0]!.code], [403, 'DENIED']);
      for (const reference of ['v1', first]) assert.equal((await pusher!.send('DELETE', `/v2/red/fixed/manifests/${reference}`)).status, 403, reference);
      await given(puller!, 'red/fixed', first, null, 'v1');
    });
  });

  /** What no honest client sends. None of it is answered with a 5xx, and nothing of it stands afterwards. */
  describe('refuses bad input', () => {
    let client: RegistryClient;
    before(async () => void (client = await RegistryClient.of(server)));
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
      // Which field it is, where there is one to name.
      const named = await client.putManifest(NAME, 'latest', JSON.stringify({ ...good, layers: [layer, { ...layer, size: -1 }] }));
      assert.deepEqual(named.body.errors[0]!.detail.errors!.map(({ pointer }) => pointer), ['/layers/1/size']);
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
      const projects = (await call<{ items: { id: string; slug: string }[] }>(server, 'GET', '/v1/projects', { token: owner })).body.items;
      await bind(server, owner, eve.id, 'operator', `project:${projects.find(({ slug }) => slug === 'default')!.id}`);
      const hers = new RegistryClient(server, await registryKey(server, eve.token));
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
});
