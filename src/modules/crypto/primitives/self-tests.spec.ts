import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { describe, it } from 'node:test';
import { HASH_NAMES } from '../domain/hash-name.js';
import { KEY_TYPE_NAMES } from '../domain/key-type.js';
import { PRIMITIVE_SELF_TESTS, STANDS_FOR } from './self-tests.js';

describe('the self-tests of primitives', () => {
  it('leave out no digest and no type of key but those that another stands for', () => {
    const names = new Set(PRIMITIVE_SELF_TESTS.map(({ name }) => name));
    assert.equal(names.size, PRIMITIVE_SELF_TESTS.length);
    for (const name of HASH_NAMES) assert.ok(names.has(name), name);
    for (const name of KEY_TYPE_NAMES) assert.ok(names.has(`${STANDS_FOR[name] ?? name} pairwise`), name);
  });
});

type Functions = 'createHash' | 'createHmac' | 'createCipheriv' | 'createDecipheriv' | 'pbkdf2Sync' | 'diffieHellman' | 'sign' | 'verify' | 'publicEncrypt' | 'privateDecrypt' ;
const module: Record<Functions, unknown> = crypto;

const flipped = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte)));
/** What is answered at once or by a callback, with its first bit wrong. */
const wrong = (original: (...words: unknown[]) => Buffer) => (...words: unknown[]): unknown => {
  const last = words.at(-1);
  if (typeof last !== 'function') return flipped(original(...words));
  return original(...words.slice(0, -1), (error: Error | null, bytes?: Buffer) => void last(error, bytes === undefined ? bytes : flipped(bytes)));
};
/** A hash or a cipher whose last piece is wrong. */
const wrongAtTheEnd = (method: 'digest' | 'update') => (original: (...words: unknown[]) => Record<string, (...words: unknown[]) => Buffer>) => (...words: unknown[]): unknown => {
  const made = original(...words);
  const right = made[method]!.bind(made);
  made[method] = (...rest) => {
    const [encoding, ...others] = [...rest].reverse();
    const told = method === 'digest' && typeof encoding === 'string' ? encoding : null;
    const bytes = flipped(told === null ? right(...rest) : right(...others));
    return (told === null ? bytes : bytes.toString(told as BufferEncoding)) as Buffer;
  };
  return made;
};

const DAMAGES: readonly (readonly [name: Functions, damage: (original: never) => unknown, found: readonly string[]])[] = [
  ['createHash', wrongAtTheEnd('digest') as never, HASH_NAMES],
  ['createHmac', wrongAtTheEnd('digest') as never, ['HMAC-SHA-1', 'HMAC-SHA-512']],
  ['createCipheriv', wrongAtTheEnd('update') as never, ['aes128-gcm96, known answer', 'chacha20-poly1305, known answer', 'aes256-gcm96 pairwise']],
  ['createDecipheriv', wrongAtTheEnd('update') as never, ['aes128-gcm96 pairwise', 'aes256-gcm96 pairwise', 'chacha20-poly1305 pairwise', 'x-wing pairwise']],
  ['pbkdf2Sync', wrong as never, ['PBKDF2-HMAC-SHA-256']],
  ['diffieHellman', wrong as never, ['X25519']],
  ['sign', wrong as never, ['RS256', 'ecdsa-p256 pairwise', 'ecdsa-p521 pairwise', 'ed25519 pairwise', 'ml-dsa-87 pairwise', 'slh-dsa-shake-128f pairwise', 'rsa-2048 pairwise']],
  ['verify', (() => (...words: unknown[]) => { const last = words.at(-1); return typeof last === 'function' ? void last(null, true) : true; }) as never, ['ed25519 pairwise', 'rsa-2048 pairwise', 'ml-dsa-44 pairwise', 'hybrid pairwise']],
  ['publicEncrypt', wrong as never, ['rsa-2048 pairwise']],
  ['privateDecrypt', wrong as never, ['rsa-2048 pairwise']],
];

/** A Node that computes one thing wrong. That they pass where it does not is seen beside the boot's tests, of which these are some. */
describe('a damaged primitive', () => {
  for (const [name, damage, found] of DAMAGES) {
    it(`${name} is found`, async () => {
      const original = module[name];
      module[name] = damage(original as never);
      syncBuiltinESMExports();
      try {
        for (const expected of found) {
          const test = PRIMITIVE_SELF_TESTS.find((each) => each.name === expected)!;
          assert.equal(await Promise.resolve().then(() => test.run()).catch(() => false), false, expected);
        }
      } finally {
        module[name] = original;
        syncBuiltinESMExports();
      }
    });
  }
});
