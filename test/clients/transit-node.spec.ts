import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Client } from '@litehex/node-vault';
import nodeVault from 'node-vault';
import { withServer } from '../harness/with-server.js';
import { createAccount, type VaultAccount } from '../harness/vault-account.js';

/** What node-vault has of an answer; its own types say `any`. */
interface Answered<T> {
  readonly data: T;
  readonly auth: { readonly client_token: string } | null;
}
interface Refused extends Error {
  readonly response: { readonly statusCode: number; readonly body: { readonly errors: readonly string[] } };
}
interface Key {
  readonly name: string;
  readonly type: string;
  readonly latest_version: number;
  readonly min_decryption_version: number;
  readonly keys: Readonly<Record<string, unknown>>;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const textOf = (encoded: string): string => Buffer.from(encoded, 'base64').toString();

/** Programs that were written for Vault, as they are, against a server of ours. */
describe('a transit engine, to Node’s clients of Vault', () => {
  let account: VaultAccount;
  const server = withServer(async () => {
    account = await createAccount(server, 'service');
  });

  describe('node-vault', () => {
    const client = nodeVault({ endpoint: 'http://nowhere.invalid', noCustomHTTPVerbs: true });
    const ask = async <T>(answer: Promise<unknown>): Promise<T> => ((await answer) as Answered<T>).data;
    const refusal = async (answer: Promise<unknown>): Promise<Refused> => {
      const error: unknown = await answer.then(() => assert.fail('it was not refused'), (reason: unknown) => reason);
      return error as Refused;
    };

    it('logs in by approle and looks at its token, which can be renewed', async () => {
      client.endpoint = server.url;
      const login = (await client.approleLogin({ role_id: account.roleId, secret_id: account.secretId })) as Answered<null>;
      assert.match(login.auth!.client_token, /^qvt_/);
      client.token = login.auth!.client_token;
      assert.ok((await ask<{ ttl: number }>(client.tokenLookupSelf())).ttl > 3000);
      const renewed = (await client.tokenRenewSelf()) as { auth: { lease_duration: number; renewable: boolean } };
      assert.deepEqual([renewed.auth.lease_duration > 3000, renewed.auth.renewable], [true, true]);
    });

    it('logs in with a password', async () => {
      const person = nodeVault({ endpoint: server.url });
      const login = (await person.userpassLogin({ username: 'owner', password: server.home.ownerPassword })) as Answered<null>;
      assert.match(login.auth!.client_token, /^qvt_/);
    });

    it('makes keys, reads them and lists them', async () => {
      await client.transitCreateKey({ name: 'orders' });
      await client.transitCreateKey({ name: 'letters', type: 'ed25519' });
      const key = await ask<Key>(client.transitReadKey({ name: 'orders' }));
      assert.partialDeepStrictEqual(key, { name: 'orders', type: 'aes256-gcm96', latest_version: 1, min_decryption_version: 1 });
      assert.deepEqual(Object.keys(key.keys), ['1']);
      assert.deepEqual((await ask<{ keys: string[] }>(client.list('transit/keys'))).keys, ['letters', 'orders']);
    });

    it('encrypts, decrypts, rotates and rewraps, one and many', async () => {
      const { ciphertext } = await ask<{ ciphertext: string }>(client.encryptData({ name: 'orders', plaintext: base64('one pound of tea') }));
      assert.match(ciphertext, /^vault:v1:/);
      await client.write('transit/keys/orders/rotate', {});
      const rewrapped = await ask<{ ciphertext: string }>(client.rewrapData({ name: 'orders', ciphertext }));
      assert.match(rewrapped.ciphertext, /^vault:v2:/);
      for (const text of [ciphertext, rewrapped.ciphertext]) {
        assert.equal(textOf((await ask<{ plaintext: string }>(client.decryptData({ name: 'orders', ciphertext: text }))).plaintext), 'one pound of tea');
      }
      const batch = ['a', 'b', 'c'].map((text) => ({ plaintext: base64(text), reference: text }));
      const many = await ask<{ batch_results: { ciphertext: string; reference: string }[] }>(client.write('transit/encrypt/orders', { batch_input: batch }));
      assert.deepEqual(many.batch_results.map(({ reference }) => reference), ['a', 'b', 'c']);
      const back = await ask<{ batch_results: { plaintext: string }[] }>(client.write('transit/decrypt/orders', { batch_input: many.batch_results.map(({ ciphertext: text }) => ({ ciphertext: text })) }));
      assert.deepEqual(back.batch_results.map(({ plaintext }) => textOf(plaintext)), ['a', 'b', 'c']);
    });

    it('signs and verifies, makes codes, data keys and random bytes, and hashes', async () => {
      const input = base64('the bearer may pass');
      const { signature } = await ask<{ signature: string }>(client.write('transit/sign/letters', { input }));
      const isValid = async (what: object): Promise<boolean> => (await ask<{ valid: boolean }>(client.write('transit/verify/letters', { input, ...what }))).valid;
      assert.equal(await isValid({ signature }), true);
      assert.equal((await ask<{ valid: boolean }>(client.write('transit/verify/letters', { input: base64('the bearer may not pass'), signature }))).valid, false);
      const { hmac } = await ask<{ hmac: string }>(client.write('transit/hmac/orders', { input }));
      assert.equal((await ask<{ valid: boolean }>(client.write('transit/verify/orders', { input, hmac }))).valid, true);
      const dataKey = await ask<{ plaintext: string; ciphertext: string }>(client.write('transit/datakey/plaintext/orders', { bits: 256 }));
      assert.equal((await ask<{ plaintext: string }>(client.decryptData({ name: 'orders', ciphertext: dataKey.ciphertext }))).plaintext, dataKey.plaintext);
      assert.equal(Buffer.from((await ask<{ random_bytes: string }>(client.write('transit/random/16', {}))).random_bytes, 'base64').length, 16);
      assert.equal((await ask<{ sum: string }>(client.write('transit/hash/sha2-256', { input: base64('abc'), format: 'hex' }))).sum, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    });

    it('is told in Vault’s words what was refused', async () => {
      const unknown = await refusal(client.encryptData({ name: 'nothing', plaintext: base64('x') }));
      assert.deepEqual([unknown.response.statusCode, unknown.message], [400, 'encryption key not found']);
      assert.equal((await refusal(client.transitReadKey({ name: 'nothing' }))).response.statusCode, 404);
      const forged = await refusal(client.decryptData({ name: 'orders', ciphertext: `vault:v1:${base64('twenty-nine bytes of anything')}` }));
      assert.deepEqual([forged.response.statusCode, forged.message], [400, 'cipher: message authentication failed']);
      const kept = await refusal(client.transitDeleteKey({ name: 'orders' }));
      assert.deepEqual([kept.response.statusCode, kept.message], [400, 'error deleting policy orders: deletion is not allowed for this key']);
      const stranger = await refusal(nodeVault({ endpoint: server.url, token: 'qvt_of-nobody' }).transitReadKey({ name: 'orders' }));
      assert.deepEqual([stranger.response.statusCode, stranger.message], [403, 'permission denied']);
    });

    it('sets the oldest version that decrypts, and puts keys out of use and back', async () => {
      const old = (await ask<{ batch_results: { ciphertext: string }[] }>(client.write('transit/encrypt/orders', { batch_input: [{ plaintext: base64('x') }] }))).batch_results[0]!;
      await client.write('transit/keys/orders/rotate', {});
      await client.write('transit/keys/orders/config', { min_decryption_version: 3 });
      assert.equal((await refusal(client.decryptData({ name: 'orders', ciphertext: old.ciphertext }))).response.statusCode, 400);
      await client.delete('transit/keys/letters/soft-delete');
      await refusal(client.write('transit/sign/letters', { input: base64('x') }));
      await client.write('transit/keys/letters/soft-delete-restore', {});
      await client.write('transit/sign/letters', { input: base64('x') });
    });

    it('is not served its own verb LIST, which Node’s parser does not know', async () => {
      const verbs = nodeVault({ endpoint: server.url, token: client.token });
      assert.equal((await refusal(verbs.transitListKeys())).response.statusCode, 400);
    });

    it('learns that the server is there, initialised and not sealed, and what is mounted', async () => {
      assert.partialDeepStrictEqual(await client.health(), { initialized: true, sealed: false });
      assert.partialDeepStrictEqual(await client.status(), { sealed: false, progress: 0 });
      assert.deepEqual(await client.initialized(), { initialized: true });
      assert.deepEqual(Object.keys(await ask<object>(client.mounts())), ['transit/']);
    });

    it('ends its token', async () => {
      await client.tokenRevokeSelf();
      assert.equal((await refusal(client.transitReadKey({ name: 'orders' }))).response.statusCode, 403);
    });
  });

  /** It validates every answer against a schema of its own, and sends JSON as text/plain. */
  describe('@litehex/node-vault', () => {
    const transit = { mountPath: 'transit' };
    let vault: Client;
    const good = async <T>(answer: Promise<{ readonly data?: T; readonly error?: unknown }>): Promise<T> => {
      const { data, error } = await answer;
      assert.equal(error, undefined, String(error));
      return data!;
    };

    it('makes a key and works with it', async () => {
      vault = new Client({ endpoint: server.url, token: await account.login() });
      const made = await good(vault.transit.createKey({ ...transit, name: 'litehex' }));
      assert.equal(made.data.name, 'litehex');
      const { ciphertext } = (await good(vault.transit.encrypt({ ...transit, name: 'litehex', plaintext: base64('tea') }))).data;
      assert.equal((await good(vault.transit.rotateKey({ ...transit, name: 'litehex' }))).data.latest_version, 2);
      const rewrapped = (await good(vault.transit.rewrap({ ...transit, name: 'litehex', ciphertext: ciphertext! }))).data.ciphertext!;
      assert.match(rewrapped, /^vault:v2:/);
      assert.equal(textOf((await good(vault.transit.decrypt({ ...transit, name: 'litehex', ciphertext: rewrapped }))).data.plaintext!), 'tea');
      assert.equal((await good(vault.transit.readKey({ ...transit, name: 'litehex' }))).data.type, 'aes256-gcm96');
    });

    it('makes codes, data keys and random bytes, and hashes', async () => {
      const input = base64('tea');
      const { hmac } = (await good(vault.transit.hmac({ ...transit, name: 'litehex', input }))).data;
      assert.equal((await good(vault.transit.verifyHmac({ ...transit, name: 'litehex', algorithm: 'sha2-256', input, hmac: hmac! }))).data.valid, true);
      const dataKey = (await good(vault.transit.generateDataKey({ ...transit, name: 'litehex', type: 'wrapped' }))).data;
      assert.deepEqual([/^vault:v2:/.test(dataKey.ciphertext!), dataKey.plaintext], [true, undefined]);
      const random = (await good(vault.transit.generateRandom({ ...transit, source: 'platform', bytes: 16, format: 'hex' }))).data;
      assert.match(random.random_bytes, /^[0-9a-f]{32}$/);
      const { sum } = (await good(vault.transit.hash({ ...transit, algorithm: 'sha2-256', input: base64('abc'), format: 'hex' }))).data;
      assert.match(sum!, /^ba7816bf/);
    });

    it('is told what was refused', async () => {
      const { error } = await vault.transit.decrypt({ ...transit, name: 'litehex', ciphertext: 'vault:v9:AAAA' });
      assert.match(String(error), /message authentication failed/);
    });
  });
});
