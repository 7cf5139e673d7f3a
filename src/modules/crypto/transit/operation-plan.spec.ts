import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import type { KeyTypeName } from '../domain/key-type.js';
import type { TransitKey } from '../domain/transit-key.js';
import type { OperationName } from './operation-fields.js';
import { planOf } from './operation-plan.js';
import { readRequest } from './operation-request.js';

const plan = (operation: OperationName, type: KeyTypeName, count: number, over: object = {}, item: object = {}) =>
  planOf(readRequest(operation, Buffer.from(JSON.stringify({ ...over, batch_input: Array.from({ length: count }, () => item) })), {}), { type } as TransitKey);

const tooMuch = (detail: string) => (error: unknown): boolean => error instanceof Fault && error.kind.status === 422 && error.message === detail && error.context.pointers?.[0]?.pointer === '/batch_input';

describe('how a request is done', () => {
  const where: readonly [OperationName, KeyTypeName, number, object, 'loop' | 'thread'][] = [
    ['encrypt', 'aes256-gcm96', 100, {}, 'loop'],
    ['encrypt', 'aes256-gcm96', 101, {}, 'thread'],
    ['decrypt', 'rsa-2048', 2, {}, 'loop'],
    ['decrypt', 'rsa-2048', 3, {}, 'thread'],
    ['decrypt', 'rsa-4096', 1, {}, 'thread'],
    ['sign', 'rsa-4096', 100, {}, 'loop'],
    ['sign', 'rsa-4096', 1, { prehashed: true }, 'thread'],
    ['sign', 'rsa-3072', 1, { prehashed: true }, 'thread'],
    ['sign', 'rsa-4096', 1, { hash_algorithm: 'none' }, 'thread'],
    ['sign', 'ecdsa-p521', 10, {}, 'loop'],
    ['sign', 'ecdsa-p521', 1, { prehashed: true }, 'thread'],
    ['verify', 'ecdsa-p384', 1, { prehashed: true }, 'thread'],
    ['verify', 'ecdsa-p256', 3, { prehashed: true }, 'loop'],
    ['verify', 'ml-dsa-87', 4, {}, 'loop'],
    ['verify', 'ml-dsa-87', 5, {}, 'thread'],
    ['verify', 'hybrid', 6, {}, 'thread'],
    ['verify', 'slh-dsa-sha2-128s', 100, {}, 'loop'],
  ];
  for (const [operation, type, count, over, expected] of where) {
    it(`is on the ${expected} for ${operation} with ${type}, ${count} of them ${JSON.stringify(over)}`, () => assert.equal(plan(operation, type, count, over).where, expected));
  }

  it('takes turns where the pool of libuv is busy for long, verifying included', () => {
    for (const [operation, type] of [['sign', 'rsa-2048'], ['sign', 'ml-dsa-44'], ['sign', 'ecdsa-p384'], ['verify', 'ecdsa-p521'], ['verify', 'slh-dsa-sha2-128s']] as const) assert.equal(plan(operation, type, 1).takesTurns, true, `${operation} ${type}`);
    for (const [operation, type] of [['sign', 'ed25519'], ['verify', 'rsa-2048'], ['encrypt', 'aes256-gcm96'], ['hmac', 'slh-dsa-shake-256s']] as const) assert.equal(plan(operation, type, 1).takesTurns, false, `${operation} ${type}`);
  });

  it('refuses what costs more than ten seconds of a core, and says how many it takes', () => {
    assert.equal(plan('sign', 'slh-dsa-shake-256s', 5).isLong, true);
    assert.throws(() => plan('sign', 'slh-dsa-shake-256s', 6), tooMuch('at most 5 items to sign with a key of type slh-dsa-shake-256s'));
    assert.equal(plan('sign', 'slh-dsa-sha2-128f', 454).isLong, true);
    assert.throws(() => plan('sign', 'slh-dsa-sha2-128f', 455), tooMuch('at most 454 items to sign with a key of type slh-dsa-sha2-128f'));
    assert.throws(() => plan('decrypt', 'rsa-4096', 1471), tooMuch('at most 1470 items to decrypt with a key of type rsa-4096'));
    assert.throws(() => plan('verify', 'slh-dsa-shake-256f', 10_000), tooMuch('at most 1562 items to verify with a key of type slh-dsa-shake-256f'));
    for (const [operation, type] of [['encrypt', 'aes256-gcm96'], ['rewrap', 'chacha20-poly1305'], ['sign', 'ed25519'], ['verify', 'rsa-4096'], ['verify', 'ml-dsa-87'], ['hmac', 'slh-dsa-shake-256s']] as const) assert.equal(plan(operation, type, 10_000).where, 'thread');
  });

  it('prices codes as codes, whatever the key', () => {
    assert.deepEqual(plan('verify', 'slh-dsa-shake-256f', 10_000, {}, { hmac: 'vault:v1:AAAA' }), { where: 'thread', isLong: false, takesTurns: false });
  });
});
