import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { Fault } from '#pure/fault/fault.js';
import { rootOfLeaves } from '#pure/merkle/compact-range.js';
import { leafHash } from '#pure/merkle/hashing.js';
import type { Principal } from '#pure/principal/principal.js';
import { newProject } from '../../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { keyUser, PLAIN_KEY, transitReplica, unrecordedDeed } from '../../../../test/harness/transit.js';
import { operationBench, type OperationBench, type Outcome, REQUEST_ID } from '../../../../test/harness/transit-operations.js';
import type { NewKey } from '../domain/key-settings.js';
import type { OperationName } from './operation-fields.js';
import type { OperationPath } from './operation-request.js';
import type { TransitEngine } from './transit-engine.js';

const b64 = (text: string): string => Buffer.from(text).toString('base64');
const ORDER = { path: {}, requestId: REQUEST_ID, renew: () => Promise.reject(new Error('nothing is spent here')), onKey: () => {} };
const UNDECRYPTABLE = { code: 'transit-undecryptable', status: 400, message: 'cipher: message authentication failed' };

describe('working with keys', () => {
  let database: TestDatabase;
  let engine: TransitEngine;
  let bench: OperationBench;
  let project: string;
  let who: Principal;
  before(async () => {
    database = await openTestDatabase();
    engine = await transitReplica(database);
    bench = operationBench(database, engine);
    project = await newProject(database);
  });
  beforeEach(async () => {
    who = await keyUser(database);
  });
  after(async () => {
    await bench.close();
    await database.close();
  });

  const make = async (name: string, over: Partial<NewKey> = {}): Promise<void> => {
    await engine.keys.create(who, project, name, { ...PLAIN_KEY, ...over }, unrecordedDeed);
    who = await keyUser(database);
  };
  const rotate = async (name: string): Promise<void> => {
    await engine.rotation.rotate(who, project, name, unrecordedDeed);
    who = await keyUser(database);
  };
  const configure = async (name: string, change: Parameters<TransitEngine['settings']['configure']>[3]): Promise<void> => {
    await engine.settings.configure(who, project, name, change, unrecordedDeed);
    who = await keyUser(database);
  };
  const run = (operation: OperationName, name: string, body: object | Buffer, path?: OperationPath): Promise<Outcome> => bench.run(who, operation, { projectId: project, name }, body, path);
  const encrypt = async (name: string, body: object): Promise<string> => String((await run('encrypt', name, body)).data['ciphertext']);
  const refuses = (work: Promise<unknown>, message: string): Promise<void> => assert.rejects(work, (error: Error) => error instanceof Fault && error.kind.status === 400 && error.message === message);
  const undecryptable = (work: Promise<unknown>): Promise<void> =>
    assert.rejects(work, (error) => error instanceof Fault && error.kind.code === UNDECRYPTABLE.code && error.kind.status === UNDECRYPTABLE.status && error.message === UNDECRYPTABLE.message && error.context.pointers === undefined);

  for (const type of ['aes128-gcm96', 'aes256-gcm96', 'chacha20-poly1305'] as const) {
    it(`encrypts and decrypts with ${type}, bound to its associated data`, async () => {
      await make(`round-${type}`, { type });
      for (const plaintext of ['', 'a', 'x'.repeat(70_000)]) {
        const ciphertext = await encrypt(`round-${type}`, { plaintext: b64(plaintext), associated_data: b64('row 17') });
        assert.match(ciphertext, /^vault:v1:/);
        assert.equal((await run('decrypt', `round-${type}`, { ciphertext, associated_data: b64('row 17') })).data['plaintext'], b64(plaintext));
        await undecryptable(run('decrypt', `round-${type}`, { ciphertext, associated_data: b64('row 18') }));
        await undecryptable(run('decrypt', `round-${type}`, { ciphertext }));
      }
    });
  }

  it('encrypts under the version that is asked for within its limits, and the latest otherwise', async () => {
    await make('versions');
    const old = await encrypt('versions', { plaintext: b64('old') });
    for (let n = 0; n < 3; n += 1) await rotate('versions');
    assert.match(await encrypt('versions', { plaintext: b64('x') }), /^vault:v4:/);
    assert.match(await encrypt('versions', { plaintext: b64('x'), key_version: 0 }), /^vault:v4:/);
    assert.match(await encrypt('versions', { plaintext: b64('x'), key_version: '2' }), /^vault:v2:/);
    await refuses(encrypt('versions', { plaintext: b64('x'), key_version: 5 }), 'requested version for encryption is higher than the latest key version');
    await configure('versions', { minDecryptionVersion: 2, minEncryptionVersion: 3 });
    await refuses(encrypt('versions', { plaintext: b64('x'), key_version: 2 }), 'requested version for encryption is less than the minimum encryption key version');
    await undecryptable(run('decrypt', 'versions', { ciphertext: old }));
  });

  it('encrypts anew under the latest version, and opens what is under an older one', async () => {
    await make('rewrapped');
    const ciphertext = await encrypt('rewrapped', { plaintext: b64('kept'), associated_data: b64('row') });
    await rotate('rewrapped');
    const { data } = await run('rewrap', 'rewrapped', { ciphertext, associated_data: b64('row') });
    assert.match(String(data['ciphertext']), /^vault:v2:/);
    assert.equal(data['key_version'], 2);
    assert.equal((await run('decrypt', 'rewrapped', { ciphertext: data['ciphertext'], associated_data: b64('row') })).data['plaintext'], b64('kept'));
    await undecryptable(run('rewrap', 'rewrapped', { ciphertext }));
  });

  it('has a key for every context of a derived key, and none without one', async () => {
    await make('derived', { derived: true });
    const ciphertext = await encrypt('derived', { plaintext: b64('x'), context: b64('tenant-a') });
    assert.equal((await run('decrypt', 'derived', { ciphertext, context: b64('tenant-a') })).data['plaintext'], b64('x'));
    await undecryptable(run('decrypt', 'derived', { ciphertext, context: b64('tenant-b') }));
    for (const context of [{}, { context: '' }]) await assert.rejects(encrypt('derived', { plaintext: b64('x'), ...context }), /missing 'context' for key derivation/);
    await assert.rejects(encrypt('derived', { plaintext: b64('x'), context: b64('c'.repeat(1025)) }), /at most 1024 bytes/);
  });

  it('gives equal plaintexts of a context equal ciphertexts with a convergent key only', async () => {
    await make('convergent', { derived: true, convergent: true });
    const body = { plaintext: b64('x'), context: b64('tenant-a') };
    assert.equal(await encrypt('convergent', body), await encrypt('convergent', body));
    assert.notEqual(await encrypt('convergent', body), await encrypt('convergent', { ...body, context: b64('tenant-b') }));
    await make('divergent', { derived: true });
    assert.notEqual(await encrypt('divergent', body), await encrypt('divergent', body));
  });

  for (const [kind, operation] of [['encrypt', 'encrypt'], ['decrypt', 'decrypt'], ['rewrap', 'rewrap'], ['datakey', 'datakey']] as const) {
    it(`never takes a nonce from a caller: ${kind}`, async () => {
      await make('nonced', { derived: true, convergent: true });
      const ciphertext = await encrypt('nonced', { plaintext: b64('x'), context: b64('c'), nonce: '' });
      await refuses(run(operation, 'nonced', { plaintext: b64('x'), ciphertext, context: b64('c'), nonce: 'AAAAAAAAAAAAAAAA' }), 'nonce provided when not allowed');
    });
  }

  it('says nothing of what cannot be decrypted: one refusal for all', async () => {
    await make('uniform');
    const good = await encrypt('uniform', { plaintext: b64('a secret of some length') });
    const bytes = good.slice('vault:v1:'.length);
    const bad = [
      '', 'x', 'vault', 'vault:', 'vault:v1', 'vault:v1:', `vault:v0:${bytes}`, `vault:v01:${bytes}`, `vault:v2:${bytes}`, `vault:v99999999999:${bytes}`, `vault:v-1:${bytes}`, `vault:v1.0:${bytes}`, `vault:v1e0:${bytes}`,
      `vault:v 1:${bytes}`, `vault:v1:${bytes}:`, `vault:v1:${bytes.replace(/=*$/, '')}`, `vault:v1:${bytes.replace(/=*$/, '')}====`, `vault:v1:${bytes}\n`, ` ${good}`, `Vault:v1:${bytes}`, `vault:V1:${bytes}`,
      `vault:v1:${Buffer.from(bytes, 'base64').toString('base64url')}`, `vault:v1:${Buffer.from(bytes, 'base64').toString('hex')}`,
      ...[0, 1, 11, 12, 27, 28, 29].map((length) => `vault:v1:${Buffer.from(bytes, 'base64').subarray(0, length).toString('base64')}`),
      `vault:v1:${Buffer.concat([Buffer.from(bytes, 'base64'), Buffer.of(0)]).toString('base64')}`,
    ].filter((text) => text !== good);
    for (const ciphertext of bad) await undecryptable(run('decrypt', 'uniform', { ciphertext }));
    const { data, status } = await run('decrypt', 'uniform', { batch_input: [...bad, good].map((ciphertext) => ({ ciphertext })) });
    assert.equal(status, 400);
    assert.deepEqual(data.batch_results, [...bad.map(() => ({ error: UNDECRYPTABLE.message })), { plaintext: b64('a secret of some length') }]);
  });

  it('opens nothing of which one bit is another', async () => {
    await make('flipped');
    const ciphertext = await encrypt('flipped', { plaintext: b64('every bit of it counts'), associated_data: b64('row') });
    const bytes = Buffer.from(ciphertext.slice('vault:v1:'.length), 'base64');
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        await undecryptable(run('decrypt', 'flipped', { ciphertext: `vault:v1:${flipped.toString('base64')}`, associated_data: b64('row') }));
      }),
      { numRuns: 300 },
    );
  });

  it('makes data keys of three sizes, in clear and wrapped', async () => {
    await make('wrapper');
    for (const bits of [128, 256, 512]) {
      const { data } = await run('datakey', 'wrapper', { bits }, { kind: 'plaintext' });
      assert.equal(Buffer.from(String(data['plaintext']), 'base64').length, bits / 8);
      assert.equal((await run('decrypt', 'wrapper', { ciphertext: data['ciphertext'] })).data['plaintext'], data['plaintext']);
      assert.deepEqual(Object.keys((await run('datakey', 'wrapper', { bits }, { kind: 'wrapped' })).data), ['ciphertext', 'key_version']);
    }
    for (const bits of [129, 192, 384]) await refuses(run('datakey', 'wrapper', { bits }, { kind: 'plaintext' }), 'invalid bit length');
  });

  it('makes and verifies authentication codes with keys of every type, by their own key', async () => {
    await make('coded', { type: 'ed25519' });
    const { data } = await run('hmac', 'coded', { input: b64('x') }, { hash: 'sha2-512' });
    assert.equal(Buffer.from(String(data['hmac']).slice(9), 'base64').length, 64);
    assert.deepEqual((await run('verify', 'coded', { input: b64('x'), hmac: data['hmac'], algorithm: 'sha2-512' })).data, { valid: true });
    assert.deepEqual((await run('verify', 'coded', { input: b64('y'), hmac: data['hmac'], algorithm: 'sha2-512' })).data, { valid: false });
    assert.deepEqual((await run('verify', 'coded', { input: b64('x'), hmac: data['hmac'] })).data, { valid: false }, 'sha2-256 unless told');
    await refuses(run('verify', 'coded', { input: b64('x'), hmac: 'vault:v2:AAAA' }), 'invalid HMAC: version is too new');
    await refuses(run('verify', 'coded', { input: b64('x'), hmac: 'AAAA' }), 'invalid HMAC: no prefix');
    await refuses(run('hmac', 'coded', {}), 'missing input for HMAC');
    await refuses(run('hmac', 'coded', { input: b64('x') }, { hash: 'sha1' }), 'unsupported hash algorithm');
  });

  it('signs and verifies; refuses what is of no version that may be', async () => {
    await make('signer', { type: 'ed25519' });
    const { data } = await run('sign', 'signer', { input: b64('x') });
    assert.deepEqual((await run('verify', 'signer', { input: b64('x'), signature: data['signature'] })).data, { valid: true });
    assert.deepEqual((await run('verify', 'signer', { input: b64('y'), signature: data['signature'] })).data, { valid: false });
    await refuses(run('verify', 'signer', { input: b64('x'), signature: String(data['signature']).replace('v1', 'v2') }), 'invalid signature: version is too new');
    await refuses(run('verify', 'signer', { input: b64('x'), signature: 'MEUCIQ==' }), 'invalid signature: no prefix');
    await refuses(run('verify', 'signer', { input: b64('x'), signature: 'vault:v1:a:b' }), 'invalid signature: wrong number of fields');
    await refuses(run('verify', 'signer', { input: b64('x') }), "neither a 'signature' nor an 'hmac' were given to verify");
    await refuses(run('verify', 'signer', { input: b64('x'), signature: data['signature'], hmac: 'vault:v1:AAAA' }), "provide one of 'signature' or 'hmac'");
    await rotate('signer');
    await configure('signer', { minDecryptionVersion: 2 });
    await refuses(run('verify', 'signer', { input: b64('x'), signature: data['signature'] }), 'ciphertext or signature version is disallowed by policy (too old)');
    await refuses(run('sign', 'signer', { input: b64('x'), key_version: 1 }), 'requested version for signing is less than the minimum encryption key version');
  });

  it('signs with the key of a context, and tells its public key', async () => {
    await make('signer-derived', { type: 'ed25519', derived: true });
    const [a, b] = await Promise.all(['a', 'b'].map(async (context) => (await run('sign', 'signer-derived', { input: b64('x'), context: b64(context) })).data));
    assert.notEqual(a!['public_key'], b!['public_key']);
    assert.deepEqual((await run('verify', 'signer-derived', { input: b64('x'), signature: a!['signature'], context: b64('a') })).data, { valid: true });
    assert.deepEqual((await run('verify', 'signer-derived', { input: b64('x'), signature: a!['signature'], context: b64('b') })).data, { valid: false });
  });

  it('takes digests, and signatures in the marshalling of JWS', async () => {
    await make('ecdsa', { type: 'ecdsa-p256' });
    const digest = createHash('sha384').update('x').digest('base64');
    for (const marshaling_algorithm of ['asn1', 'jws']) {
      const { data } = await run('sign', 'ecdsa', { input: digest, prehashed: true, marshaling_algorithm, key_version: '0' }, { hash: 'sha2-384' });
      const verified = await run('verify', 'ecdsa', { input: b64('x'), signature: data['signature'], marshaling_algorithm, hash_algorithm: 'sha2-384' });
      assert.deepEqual(verified.data, { valid: true });
      assert.equal(/[+/=]/.test(String(data['signature'])) && marshaling_algorithm === 'jws', false);
    }
    await refuses(run('sign', 'ecdsa', { input: digest, marshaling_algorithm: 'xml' }), 'unsupported marshaling_algorithm');
  });

  it('does with a type of key what that type can', async () => {
    await make('only-signs', { type: 'ed25519' });
    await make('only-encrypts');
    await make('only-codes', { type: 'hmac', keyBytes: 32 });
    await refuses(encrypt('only-signs', { plaintext: b64('x') }), 'message encryption not supported for key type ed25519');
    await refuses(run('decrypt', 'only-signs', { ciphertext: 'vault:v1:AAAA' }), 'message decryption not supported for key type ed25519');
    await refuses(run('sign', 'only-encrypts', { input: b64('x') }), 'key type aes256-gcm96 does not support signing');
    await refuses(run('datakey', 'only-codes', {}, { kind: 'plaintext' }), 'message encryption not supported for key type hmac');
    await refuses(run('verify', 'only-codes', { input: b64('x'), signature: 'vault:v1:AAAA' }), 'key type hmac does not support signing');
    await refuses(encrypt('no-such-key', { plaintext: b64('x') }), 'encryption key not found');
    for (const operation of ['sign', 'verify'] as const) await refuses(run(operation, 'no-such-key', { input: b64('x') }), 'signing key not found');
  });

  it('does nothing with a key that was put out of use', async () => {
    await make('put-away');
    await engine.removal.softDelete(who, project, 'put-away', unrecordedDeed);
    who = await keyUser(database);
    await refuses(encrypt('put-away', { plaintext: b64('x') }), 'the key is soft deleted');
  });

  it('answers a batch in its order, with references, and with the status that is wanted where some failed', async () => {
    await make('batched');
    const batch_input = [{ plaintext: b64('a'), reference: 'first' }, { plaintext: 'not base64!' }, { reference: 'empty "one"' }, { plaintext: b64('b'), key_version: 7 }, 'no object', { plaintext: b64('c'), key_version: 1.5 }];
    const { data, status, counts } = await run('encrypt', 'batched', { batch_input });
    assert.equal(status, 400);
    assert.deepEqual(counts, { items: 6, failed: 5, invalid: 0, failedItems: '7c', invalidItems: null });
    assert.deepEqual(data.batch_results!.slice(1), [
      { error: 'plaintext: standard base64 with padding' },
      { error: 'missing plaintext to encrypt', reference: 'empty "one"' },
      { error: 'requested version for encryption is higher than the latest key version' },
      { error: 'an object' },
      { error: 'key_version: an integer' },
    ]);
    assert.equal(data.batch_results![0]!['reference'], 'first');
    assert.equal((await run('encrypt', 'batched', { batch_input, partial_failure_response_code: '207' })).status, 207);
    assert.equal((await run('encrypt', 'batched', { batch_input: batch_input.slice(1), partial_failure_response_code: 200 })).status, 400, 'all failed');
    for (const code of [100, 204, 304, 500, 1e30]) await assert.rejects(run('encrypt', 'batched', { batch_input, partial_failure_response_code: code }), (error) => error instanceof Fault && error.kind.code === 'invalid-request');
    await refuses(run('encrypt', 'batched', { batch_input: [] }), 'missing batch input to process');
    await assert.rejects(run('encrypt', 'batched', { batch_input: {} }), /an array/);
    await assert.rejects(run('encrypt', 'batched', { batch_input: Array.from({ length: 10_001 }, () => ({ plaintext: '' })) }), /at most 10000 items/);
  });

  it('does large bodies and large batches in a thread, with the same answers', async () => {
    await make('threaded');
    await rotate('threaded');
    const items = Array.from({ length: 10_000 }, (_, n) => ({ plaintext: b64(`row ${n}`), associated_data: b64(String(n)), reference: `r${n}`, ...(n % 2 === 0 ? { key_version: 1 } : {}) }));
    const encrypted = await run('encrypt', 'threaded', { batch_input: items });
    assert.deepEqual([encrypted.status, encrypted.counts, encrypted.versions], [200, { items: 10_000, failed: 0, invalid: 0, failedItems: null, invalidItems: null }, [1, 2]]);
    const results = encrypted.data.batch_results!;
    assert.equal(results[9_999]!['reference'], 'r9999');
    const back = results.map(({ ciphertext }, n) => ({ ciphertext, associated_data: b64(n === 5_000 ? 'another' : String(n)) }));
    const decrypted = await run('decrypt', 'threaded', { batch_input: back, partial_failure_response_code: 200 });
    assert.deepEqual(decrypted.counts, { items: 10_000, failed: 1, invalid: 0, failedItems: `${'00'.repeat(625)}80${'00'.repeat(624)}`, invalidItems: null });
    assert.deepEqual(decrypted.data.batch_results!.map((result) => result['plaintext'] ?? result['error']), items.map(({ plaintext }, n) => (n === 5_000 ? UNDECRYPTABLE.message : plaintext)));
    const large = b64('z'.repeat(1_000_000));
    const ciphertext = await encrypt('threaded', { plaintext: large });
    assert.equal((await run('decrypt', 'threaded', { ciphertext })).data['plaintext'], large);
    await undecryptable(run('decrypt', 'threaded', { ciphertext: `${ciphertext.slice(0, 300_000)}AAAA` }));
    await refuses(run('encrypt', 'no-such-key', { plaintext: large }), 'encryption key not found');
    await assert.rejects(run('encrypt', 'threaded', Buffer.from(`{"plaintext":"${large}",}`)), (error) => error instanceof Fault && error.kind.code === 'malformed-json');
  });

  it('has a keyed digest of every item, and of many their root', async () => {
    await make('digested');
    const { id } = (await engine.keys.read(who, project, 'digested'))!;
    for (const count of [3, 300]) {
      const done = await run('encrypt', 'digested', { batch_input: Array.from({ length: count }, (_, n) => ({ plaintext: b64(`${n}`) })) });
      assert.equal(done.items.length, count);
      assert.equal(new Set(done.items.map((item) => item.toString('hex'))).size, count);
      assert.deepEqual(done.itemsRoot, count === 3 ? null : rootOfLeaves(done.items.map(leafHash)));
      const again = await run('encrypt', 'digested', { plaintext: b64('2') });
      assert.deepEqual(again.items, [done.items[2]], 'the same input of the same key');
      assert.notDeepEqual(done.items[2], createHash('sha256').update('2').digest());
      assert.notDeepEqual(done.items[2], createHmac('sha256', '').update(id).update('2').digest());
    }
    await make('digested-too');
    assert.notDeepEqual((await run('encrypt', 'digested-too', { plaintext: b64('2') })).items, (await run('encrypt', 'digested', { plaintext: b64('2') })).items);
    assert.deepEqual((await run('datakey', 'digested', {}, { kind: 'plaintext' })).items, [], 'there was nothing put in');
  });

  it('has of an item that could not be read the digest of what stood there, which no other item has', async () => {
    await make('unread');
    const batch = async (...batch_input: readonly unknown[]): Promise<readonly string[]> => (await run('encrypt', 'unread', { batch_input })).items.map((item) => item.toString('hex'));
    const unread = [{ plaintext: 'no base64!' }, { plaintext: 'another!' }, { plaintext: 17 }, 17, 'text', null, [], [17], { plaintext: b64('x'), key_version: 1.5 }];
    const digests = await batch({ plaintext: '' }, { plaintext: b64('"no base64!"') }, { plaintext: b64('17') }, { plaintext: b64('x') }, ...unread);
    assert.equal(new Set(digests).size, digests.length - 1, 'but for the two 17');
    assert.deepEqual(await batch(...unread), digests.slice(4), 'and the same each time');
    const single = await bench.operations.perform({ ...ORDER, principal: who, operation: 'encrypt', bytes: Buffer.from('{"plaintext":"no base64!"}'), permit: () => Promise.resolve({ projectId: project, name: 'unread' }) });
    assert.deepEqual([single.fault?.kind.code, single.items.map((item) => item.toString('hex'))], ['invalid-request', digests.slice(4, 5)]);
  });

  it('wipes the body that it was handed, whatever becomes of it', async () => {
    await make('wiped');
    const CASES: readonly (readonly [string, string, () => Promise<{ projectId: string; name: string }>])[] = [
      ['done', `{"plaintext":"${b64('secret')}"}`, () => Promise.resolve({ projectId: project, name: 'wiped' })],
      ['malformed', `{"plaintext":"${b64('secret')}"`, () => Promise.resolve({ projectId: project, name: 'wiped' })],
      ['not permitted', `{"plaintext":"${b64('secret')}"}`, () => Promise.reject(new Error('no'))],
      ['without a key', `{"plaintext":"${b64('secret')}"}`, () => Promise.resolve({ projectId: project, name: 'no-such-key' })],
    ];
    for (const [what, body, permit] of CASES) {
      const bytes = Buffer.from(body);
      await bench.operations.perform({ ...ORDER, principal: who, operation: 'encrypt', bytes, permit }).catch(() => null);
      assert.ok(bytes.every((byte) => byte === 0), what);
    }
  });
});
