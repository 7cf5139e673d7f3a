import { createHash } from 'node:crypto';
import { base64, integer, parseVaultBody, readFields, text, type ValuesOf, wipeFields } from '#platform/http/vault-fields.js';
import type { Randomness } from '#platform/system/randomness.js';
import { base64Bytes } from '#pure/encoding/base64-bytes.js';
import { HASHES, hashNameOf } from '../domain/hash-name.js';
import { refused } from './key-refusals.js';

/** What needs no key. */

/** 128 KiB, as Vault. */
const RANDOM_BYTES_MAX = 128 * 1024;
const RANDOM_BYTES_DEFAULT = 32;

/** Said with every answer, so that nobody takes it for something else. */
const SOURCE = { source: 'platform', description: "the operating system's cryptographically secure generator, as Node.js and OpenSSL offer it; it is not a quantum source" } as const;

export const RANDOM_FIELDS = {
  bytes: integer({ min: 1, max: RANDOM_BYTES_MAX }, { example: 32, description: 'how many, unless the path says it' }),
  format: text({ example: 'base64', description: 'base64 or hex' }, 'base64'),
  source: text({ example: 'platform', description: 'platform: there is no other' }),
};

/** JSON of `data`. The bytes may become a key: they go from Buffer to Buffer. */
export function randomData(randomness: Randomness, body: Uint8Array, path: { readonly source?: string | undefined; readonly bytes?: string | undefined } = {}): Buffer {
  const { bytes: wanted, format, source } = readFields(RANDOM_FIELDS, parseVaultBody(body));
  const count = path.bytes === undefined ? (wanted ?? RANDOM_BYTES_DEFAULT) : RANDOM_FIELDS.bytes.read(path.bytes, 'path:bytes')!;
  // `all` in Vault's words is every source that there is: here it is this one.
  if (!['platform', 'all'].includes(path.source ?? source ?? 'platform')) throw refused('unsupported entropy source: only the platform is one');
  if (format !== 'base64' && format !== 'hex') throw refused('unsupported encoding format; must be hex or base64');
  const bytes = randomness.bytes(count);
  const shown = format === 'hex' ? hexBytes(bytes) : base64Bytes(bytes);
  try {
    return Buffer.concat([Buffer.from('{"random_bytes":"'), shown, Buffer.from(`",${JSON.stringify(SOURCE).slice(1)}`)]);
  } finally {
    bytes.fill(0);
    shown.fill(0);
  }
}

const DIGITS = Buffer.from('0123456789abcdef');

function hexBytes(bytes: Uint8Array): Buffer {
  const text = Buffer.allocUnsafeSlow(bytes.length * 2);
  bytes.forEach((byte, at) => {
    text[2 * at] = DIGITS[byte >> 4]!;
    text[2 * at + 1] = DIGITS[byte & 15]!;
  });
  return text;
}

export const HASH_FIELDS = {
  input: base64({ example: 'aGVsbG8=', description: 'base64 of what is to be hashed' }),
  algorithm: text({ example: 'sha2-256', description: 'unless the path says it' }),
  hash_algorithm: text({ example: 'sha2-256', description: 'another name of `algorithm`' }),
  format: text({ example: 'hex', description: 'hex or base64' }, 'hex'),
};

export function hashData(body: Uint8Array, algorithm?: string): { readonly sum: string } {
  const read = readFields(HASH_FIELDS, parsedAndWiped(body));
  try {
    return hashOf(read, algorithm);
  } finally {
    wipeFields(read);
  }
}

function parsedAndWiped(body: Uint8Array): ReturnType<typeof parseVaultBody> {
  try {
    return parseVaultBody(body);
  } finally {
    body.fill(0);
  }
}

function hashOf({ input, format, ...named }: ValuesOf<typeof HASH_FIELDS>, algorithm: string | undefined): { readonly sum: string } {
  const hash = hashNameOf(algorithm ?? named.algorithm ?? named.hash_algorithm ?? 'sha2-256');
  if (hash === null) throw refused('unsupported hash algorithm');
  if (format !== 'base64' && format !== 'hex') throw refused('unsupported encoding format; must be hex or base64');
  if (input === undefined) throw refused('missing input to hash');
  return { sum: createHash(HASHES[hash].openssl).update(input).digest(format) };
}
