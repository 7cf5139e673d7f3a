import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { DIGEST_ALGORITHMS, type DigestAlgorithm } from '#pure/oci/content-digest.js';
import { type Answer, basicOf, call } from '../harness/api.js';
import { digestOf, type OciErrors, RegistryClient } from '../harness/registry-client.js';
import { withServer } from '../harness/with-server.js';

/** A digest of nothing that is here. */
const ABSENT: Readonly<Record<DigestAlgorithm, string>> = { sha256: digestOf('never pushed'), sha512: digestOf('never pushed', 'sha512') };
const MIB = 1024 * 1024;

function refused(answer: Answer<OciErrors>, status: number, code: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.errors[0]!.code, code);
}

/** OCI Distribution Specification 1.1, "Endpoints": what is done with blobs, each by the number of its endpoint. */
describe('OCI distribution: blobs', () => {
  let client: RegistryClient;
  const server = withServer(async () => void (client = await RegistryClient.of(server)));

  const at = (name: string, digest: string): string => `/v2/${name}/blobs/${digest}`;
  const shown = async (answer: Answer<OciErrors>, name: string, bytes: Uint8Array, digest: string): Promise<void> => {
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.headers.get('location'), at(name, digest));
    assert.equal(answer.headers.get('docker-content-digest'), digest);
    assert.ok((await client.bytes(at(name, digest))).bytes.equals(bytes));
  };

  it('end-1: says that it is a registry', async () => {
    assert.equal((await client.send('GET', '/v2/')).status, 200);
  });

  for (const algorithm of Object.keys(DIGEST_ALGORITHMS) as DigestAlgorithm[]) {
    const name = `default/${algorithm}`;
    const fresh = (sizeBytes = 3_000): { readonly bytes: Buffer; readonly digest: string } => {
      const bytes = randomBytes(sizeBytes);
      return { bytes, digest: digestOf(bytes, algorithm) };
    };

    it(`end-2 ${algorithm}: answers 404 for what was never pushed, to GET and HEAD`, async () => {
      refused(await client.send('GET', at(name, ABSENT[algorithm])), 404, 'BLOB_UNKNOWN');
      assert.equal((await client.send('HEAD', at(name, ABSENT[algorithm]))).status, 404);
    });

    it(`end-2 ${algorithm}: describes a blob, and gives ranges of it`, async () => {
      const { bytes, digest } = fresh(MIB + 5);
      await client.pushBlob(name, bytes, digest);
      const head = await client.send('HEAD', at(name, digest));
      assert.deepEqual([head.status, head.headers.get('content-length'), head.headers.get('docker-content-digest')], [200, String(bytes.length), digest]);
      for (const [range, first, last] of [['0-0', 0, 0], [`${MIB - 1}-${MIB}`, MIB - 1, MIB], [`${MIB}-`, MIB, MIB + 4], ['-3', MIB + 2, MIB + 4], [`5-${10 * MIB}`, 5, MIB + 4]] as const) {
        const part = await client.bytes(at(name, digest), { range: `bytes=${range}` });
        assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes ${first}-${last}/${bytes.length}`], range);
        assert.ok(part.bytes.equals(bytes.subarray(first, last + 1)), range);
      }
      for (const range of [`${bytes.length}-`, '500-0', '-0']) {
        const refusal = await client.bytes(at(name, digest), { range: `bytes=${range}` });
        assert.deepEqual([refusal.status, refusal.headers.get('content-range')], [416, `bytes */${bytes.length}`], range);
      }
      for (const range of ['bytes=0-1,3-4', 'lines=0-1', 'bytes=', 'bytes=-']) assert.equal((await client.bytes(at(name, digest), { range })).status, 200, range);
    });

    it(`end-4a, end-6 ${algorithm}: takes a blob in POST and PUT`, async () => {
      const { bytes, digest } = fresh();
      await shown(await client.pushBlob(name, bytes, digest), name, bytes, digest);
    });

    it(`end-4b ${algorithm}: takes a blob in one POST, and nothing of a wrong one`, async () => {
      const { bytes, digest } = fresh();
      const post = (of: string) => client.send('POST', `/v2/${name}/blobs/uploads/?digest=${of}`, { body: bytes, headers: { 'content-type': 'application/octet-stream' } });
      refused(await post(ABSENT[algorithm]), 400, 'DIGEST_INVALID');
      refused(await post('sha256:baddigeststring'), 400, 'DIGEST_INVALID');
      assert.equal((await client.send('HEAD', at(name, ABSENT[algorithm]))).status, 404);
      await shown(await post(digest), name, bytes, digest);
    });

    it(`end-5 ${algorithm}: takes pieces, each behind the one before, and says after each how far they go`, async () => {
      const { bytes, digest } = fresh(2 * MIB + 10);
      let location = await client.open(name);
      for (const [first, end] of [[0, 1_000], [1_000, MIB + 7], [MIB + 7, 2 * MIB]] as const) {
        const answer = await client.patch(location, bytes.subarray(first, end), first);
        assert.deepEqual([answer.status, answer.headers.get('range')], [202, `0-${end - 1}`], answer.text);
        location = answer.headers.get('location')!;
      }
      await shown(await client.finish(location, digest, bytes.subarray(2 * MIB), 2 * MIB), name, bytes, digest);
    });

    it(`end-5 ${algorithm}: takes one piece and an empty PUT, and a stream that says no range`, async () => {
      const { bytes, digest } = fresh();
      const location = await client.open(name);
      assert.equal((await client.patch(location, bytes)).headers.get('range'), `0-${bytes.length - 1}`);
      await shown(await client.finish(location, digest), name, bytes, digest);
    });

    it(`end-5, end-13 ${algorithm}: refuses pieces out of order, tells where to go on, and is gone on with there`, async () => {
      const { bytes, digest } = fresh();
      const location = await client.open(name);
      const outOfOrder = await client.patch(location, bytes.subarray(1_000, 2_000), 1_000);
      assert.equal(outOfOrder.status, 416, outOfOrder.text);
      assert.deepEqual([outOfOrder.headers.get('range'), outOfOrder.headers.get('location')], ['0-0', location]);
      await client.patch(location, bytes.subarray(0, 1_000), 0);
      assert.equal((await client.patch(location, bytes.subarray(0, 1_000), 0)).status, 416);
      assert.equal((await client.finish(location, digest, bytes.subarray(2_000), 2_000)).status, 416);
      const status = await client.send('GET', location);
      assert.deepEqual([status.status, status.headers.get('range'), status.headers.get('location')], [204, '0-999', location]);
      await client.patch(location, bytes.subarray(1_000, 2_000), 1_000);
      await shown(await client.finish(location, digest, bytes.subarray(2_000), 2_000), name, bytes, digest);
    });

    it(`end-6 ${algorithm}: refuses a digest that is not that of the bytes on each way, and takes the right bytes in the same upload`, async () => {
      const { bytes, digest } = fresh();
      const location = await client.open(name);
      refused(await client.finish(location, digest, Buffer.from('other')), 400, 'DIGEST_INVALID');
      assert.equal((await client.send('GET', location)).headers.get('range'), '0-0');
      await client.patch(location, bytes.subarray(0, 100), 0);
      refused(await client.finish(location, digest), 400, 'DIGEST_INVALID');
      refused(await client.finish(location, digest, bytes.subarray(0, 100), 100), 400, 'DIGEST_INVALID');
      for (const malformed of ['', 'sha256', 'sha256:0', `md5:${'0'.repeat(32)}`]) refused(await client.finish(location, malformed, bytes.subarray(100)), 400, 'DIGEST_INVALID');
      assert.equal((await client.send('GET', location)).headers.get('range'), '0-99');
      await shown(await client.finish(location, digest, bytes.subarray(100), 100), name, bytes, digest);
      refused(await client.send('GET', location), 404, 'BLOB_UPLOAD_UNKNOWN');
    });

    it(`end-10 ${algorithm}: deletes a blob, which is gone at once and can be pushed again`, async () => {
      const { bytes, digest } = fresh();
      await client.pushBlob(name, bytes, digest);
      assert.equal((await client.send('DELETE', at(name, digest))).status, 202);
      assert.equal((await client.send('HEAD', at(name, digest))).status, 404);
      refused(await client.send('GET', at(name, digest)), 404, 'BLOB_UNKNOWN');
      refused(await client.send('DELETE', at(name, digest)), 404, 'BLOB_UNKNOWN');
      await shown(await client.pushBlob(name, bytes, digest), name, bytes, digest);
    });

    it(`end-11 ${algorithm}: mounts a blob of another repository, named or found, and opens an upload where there is none`, async () => {
      const { bytes, digest } = fresh();
      const [from, to] = [`${name}/source`, `${name}/target`];
      await client.pushBlob(from, bytes, digest);
      const mount = (query: string) => client.send('POST', `/v2/${to}/blobs/uploads/?${query}`);
      await shown(await mount(`mount=${digest}&from=${from}`), to, bytes, digest);
      const found = fresh();
      await client.pushBlob(from, found.bytes, found.digest);
      await shown(await mount(`mount=${found.digest}`), to, found.bytes, found.digest);
      for (const query of [`mount=${ABSENT[algorithm]}&from=${from}`, `mount=${digest}&from=default/nowhere`, `mount=${digest}&from=nobodys/project`, `mount=${ABSENT[algorithm]}`]) {
        const opened = await mount(query);
        assert.equal(opened.status, 202, `${query}: ${opened.text}`);
        assert.match(opened.headers.get('location')!, /\/blobs\/uploads\//);
      }
      for (const query of ['mount=sha256:0&from=default/a', `mount=${digest}&from=Default`]) assert.equal((await mount(query)).status, 400, query);
    });

    it(`end-14 ${algorithm}: cancels an upload`, async () => {
      const { bytes, digest } = fresh();
      const location = await client.open(name);
      await client.patch(location, bytes, 0);
      assert.equal((await client.send('DELETE', location)).status, 204);
      for (const answer of [await client.send('GET', location), await client.patch(location, bytes, 0), await client.finish(location, digest), await client.send('DELETE', location)]) refused(answer, 404, 'BLOB_UPLOAD_UNKNOWN');
    });

    it(`end-6 ${algorithm}: takes the empty blob and the empty JSON document`, async () => {
      for (const text of ['', '{}']) {
        const bytes = Buffer.from(text);
        await shown(await client.pushBlob(name, bytes, digestOf(bytes, algorithm)), name, bytes, digestOf(bytes, algorithm));
      }
    });
  }

  it('end-11: asks for one token for both repositories, of who has none and of who has one for the target', async () => {
    const bytes = randomBytes(100);
    const mount = (headers: Readonly<Record<string, string>>): Promise<Answer<OciErrors>> => call<OciErrors>(server, 'POST', `/v2/default/narrow/blobs/uploads/?mount=${digestOf(bytes)}&from=default/wide`, { headers });
    const bearing = async (scope: string): Promise<Record<string, string>> => {
      const { body } = await call<{ token: string }>(server, 'GET', `/token?scope=${encodeURIComponent(scope)}`, { headers: basicOf(client.key) });
      return { authorization: `Bearer ${body.token}` };
    };
    await client.pushBlob('default/wide', bytes);
    const target = 'repository:default/narrow:pull,push';
    for (const [headers, error] of [[{}, ''], [await bearing(target), ',error="insufficient_scope"']] as const) {
      const answer = await mount(headers);
      refused(answer, 401, 'UNAUTHORIZED');
      assert.ok(answer.headers.get('www-authenticate')!.endsWith(`,scope="${target} repository:default/wide:pull"${error}`), answer.headers.get('www-authenticate')!);
    }
    await shown(await mount(await bearing(`${target} repository:default/wide:pull`)), 'default/narrow', bytes, digestOf(bytes));
  });

  it('end-5: refuses a range that is none, or is not as long as the body', async () => {
    const location = await client.open('default/ranges');
    for (const range of ['x', '5-2', '-5', '0-', '0-9']) {
      refused(await client.send('PATCH', location, { body: 'four', headers: { 'content-range': range } }), 400, 'BLOB_UPLOAD_INVALID');
    }
    assert.equal((await client.send('GET', location)).headers.get('range'), '0-0');
  });
});
