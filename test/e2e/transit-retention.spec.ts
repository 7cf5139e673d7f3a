import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { call, loginOwner } from '../harness/api.js';
import { type Inspector, openInspector } from '../harness/inspector.js';
import { withServer } from '../harness/with-server.js';

/**
 * What was to be encrypted, or was decrypted, is nobody's any more once the answer is sent: in no string and no buffer
 * that anything in the process still holds. Some bytes lie in memory that was given back, until it is used again: those
 * of strings nothing can wipe.
 */
describe('a plaintext, after the answer', () => {
  let token: string;
  let inspector: Inspector;
  const server = withServer(async () => {
    token = await loginOwner(server);
    assert.equal((await call(server, 'POST', '/v1/transit/keys/canary', { token, json: {} })).status, 200);
    assert.equal((await call(server, 'POST', '/v1/transit/keys/signer', { token, json: { type: 'ed25519' } })).status, 200);
  }, { NODE_OPTIONS: '--inspect=127.0.0.1:0' });

  const post = async (path: string, json: unknown, status = 200): Promise<{ ciphertext?: string; plaintext?: string; batch_results?: { ciphertext: string }[] }> => {
    const answer = await call<{ data?: object }>(server, 'POST', `/v1/transit/${path}`, { token, json });
    assert.equal(answer.status, status, answer.text);
    return answer.body.data ?? {};
  };
  /** A text that stands nowhere else, and its base64 however it is aligned. */
  const canary = (): { readonly text: string; readonly base64: string; readonly forms: readonly string[] } => {
    const text = `canary-${randomBytes(16).toString('hex')}-of-a-plaintext`;
    const base64 = Buffer.from(text).toString('base64');
    return { text, base64, forms: [text, base64.slice(0, 48)] };
  };
  // A process that is inspected does not end: the inspector leaves before the server is told to.
  describe('in memory', () => {
    before(async () => {
      inspector = await openInspector(server.output());
    });
    after(() => inspector.close());

    it('would be found, were it kept in a string or in a buffer; and is in neither', async () => {
      const [kept, buffered, single, batched, threaded, refused, signed] = [canary(), canary(), canary(), canary(), canary(), canary(), canary()];
      await inspector.evaluate(`globalThis.keptText = ${JSON.stringify(kept.text.slice(0, 20))} + ${JSON.stringify(kept.text.slice(20))} + Math.random(); Number(keptText.charCodeAt(30))`);
      await inspector.evaluate(`globalThis.keptBytes = Buffer.allocUnsafeSlow(100); keptBytes.set(${JSON.stringify([...Buffer.from(buffered.text)])}); 0`);

      const { ciphertext } = await post('encrypt/canary', { plaintext: single.base64 });
      assert.equal((await post('decrypt/canary', { ciphertext })).plaintext, single.base64);
      for (const [{ base64 }, count] of [[batched, 5], [threaded, 500]] as const) {
        const { batch_results } = await post('encrypt/canary', { batch_input: Array.from({ length: count }, () => ({ plaintext: base64 })) });
        await post('decrypt/canary', { batch_input: batch_results!.map((result) => ({ ciphertext: result.ciphertext })) });
      }
      await post('encrypt/canary', { plaintext: threaded.base64, associated_data: Buffer.alloc(400_000).toString('base64') });
      await post('encrypt/canary', { plaintext: refused.base64, key_version: 7 }, 400);
      await post('encrypt/canary', { plaintext: `${refused.base64}!` }, 400);
      await post('encrypt/nothing', { plaintext: refused.base64 }, 400);
      for (const path of ['sign/signer', 'hmac/signer', 'hash']) await post(path, { input: signed.base64 });
      const { plaintext: dataKey } = await post('datakey/plaintext/canary', {});
      const gone = [single, batched, threaded, refused, signed].flatMap(({ forms }) => forms);

      assert.deepEqual(await inspector.retained([kept.text.slice(0, 20), buffered.text, ...gone, dataKey!]), [`${kept.text.slice(0, 20)} in a string`, `${buffered.text} in a buffer`]);
    });
  });
});
