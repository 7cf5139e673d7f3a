import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { describe, it } from 'node:test';
import { loginOwner } from '../harness/api.js';
import { withServer } from '../harness/with-server.js';

interface Answered {
  readonly status: number;
  readonly type: string | null;
  readonly body: { readonly data: Record<string, unknown>; readonly errors?: readonly string[] };
}

/**
 * What programs that use Vault's Go client put on the wire, byte for byte where it differs from others: every write is a
 * PUT without a content type, numbers are strings, and paths are joined with two slashes. The programs themselves need a
 * Go toolchain to be run.
 */
describe('a transit engine, to programs with Vault’s Go client', () => {
  let token: string;
  const server = withServer(async () => {
    token = await loginOwner(server);
  });

  const go = async (method: 'GET' | 'PUT', path: string, body?: string): Promise<Answered> => {
    const headers = { 'X-Vault-Token': token, 'X-Vault-Request': 'true', 'User-Agent': 'Go-http-client/1.1' };
    // As bytes: a text would be announced as text/plain.
    const response = await fetch(`${server.url}${path}`, { method, headers, ...(body === undefined ? {} : { body: Buffer.from(body) }) });
    const text = await response.text();
    return { status: response.status, type: response.headers.get('content-type'), body: (text === '' ? {} : JSON.parse(text)) as Answered['body'] };
  };
  const done = async (method: 'GET' | 'PUT', path: string, body?: string): Promise<Record<string, unknown>> => {
    const answer = await go(method, path, body);
    assert.deepEqual([answer.status, answer.type], [200, 'application/json'], JSON.stringify(answer.body));
    return answer.body.data;
  };
  const digest = createHash('sha256').update('an image').digest();
  const input = digest.toString('base64');

  it('keeps the data keys of SOPS', async () => {
    await done('PUT', '/v1/transit/keys/sops', '{"type":"rsa-2048"}');
    const dataKey = Buffer.alloc(32, 9).toString('base64');
    const { ciphertext } = await done('PUT', '/v1/transit/encrypt/sops', JSON.stringify({ plaintext: dataKey }));
    assert.match(String(ciphertext), /^vault:v1:/);
    assert.deepEqual(await done('PUT', '/v1/transit/decrypt/sops', JSON.stringify({ ciphertext })), { plaintext: dataKey });
  });

  it('signs for cosign, which checks with the public key that it reads', async () => {
    await done('PUT', '/v1/transit/keys/cosign', '{"type":"ecdsa-p256"}');
    const key = (await done('GET', '/v1/transit/keys/cosign')) as { latest_version: number; keys: Record<string, { name: string; public_key: string }> };
    assert.equal(key.latest_version, 1, 'a number of JSON');
    const { name, public_key: pem } = key.keys[key.latest_version]!;
    assert.equal(name, 'P-256');
    const { signature } = await done('PUT', '/v1/transit/sign/cosign/sha2-256', JSON.stringify({ input, prehashed: true, key_version: '0', signature_algorithm: 'pkcs1v15' }));
    const [, , bytes] = String(signature).split(':');
    assert.equal(verify('sha256', Buffer.from('an image'), createPublicKey(pem), Buffer.from(bytes!, 'base64')), true);
    const asked = JSON.stringify({ input, prehashed: true, signature });
    assert.deepEqual(await done('PUT', '/v1/transit/verify/cosign//sha2-256', asked), { valid: true });
    const other = JSON.stringify({ input: createHash('sha256').update('another').digest('base64'), prehashed: true, signature });
    assert.deepEqual(await done('PUT', '/v1/transit/verify/cosign//sha2-256', other), { valid: false });
  });

  it('shows the public key of ed25519 as cosign takes it: 32 bytes in base64', async () => {
    await done('PUT', '/v1/transit/keys/letters', '{"type":"ed25519"}');
    const { keys } = (await done('GET', '/v1/transit/keys/letters')) as { keys: Record<string, { name: string; public_key: string }> };
    assert.equal(keys['1']!.name, 'ed25519');
    assert.equal(Buffer.from(keys['1']!.public_key, 'base64').length, 32);
  });

  it('signs with RSA as it is told by strings', async () => {
    const { keys } = (await done('GET', '/v1/transit/keys/sops')) as { keys: Record<string, { public_key: string }> };
    const { signature } = await done('PUT', '/v1/transit/sign/sops/sha2-256', JSON.stringify({ input, prehashed: true, key_version: '1', signature_algorithm: 'pkcs1v15' }));
    assert.equal(verify('sha256', Buffer.from('an image'), createPublicKey(keys['1']!.public_key), Buffer.from(String(signature).split(':')[2]!, 'base64')), true);
  });

  it('answers what an agent asks before it does anything', async () => {
    assert.deepEqual(Object.keys(await done('GET', '/v1/sys/mounts')), ['transit/']);
    assert.equal((await done('GET', '/v1/auth/token/lookup-self'))['renewable'], false);
  });

  it('refuses in the shape that it unwraps: 404 with no sentence, 400 with one', async () => {
    assert.deepEqual(await go('GET', '/v1/transit/keys/nothing'), { status: 404, type: 'application/json', body: { errors: [] } });
    const { status, body } = await go('PUT', '/v1/transit/sign/nothing/sha2-256', JSON.stringify({ input }));
    assert.deepEqual([status, body.errors?.length], [400, 1]);
  });
});
