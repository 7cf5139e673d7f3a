import { base64, flag, integer, text, type ValuesOf, type VaultField, type VaultFields } from '#platform/http/vault-fields.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { VERSION_MAX } from '../domain/transit-key.js';

/** What a request can have done with a key. */
export const OPERATION_NAMES = ['encrypt', 'decrypt', 'rewrap', 'datakey', 'hmac', 'sign', 'verify'] as const;
export type OperationName = (typeof OPERATION_NAMES)[number];

export const BATCH_ITEMS_MAX = 10_000;
/** Elements and members: each item has itself, what its operation knows, and what its client says besides. */
export const BATCH_MEMBERS_MAX = 16 * BATCH_ITEMS_MAX;

/** Statuses that are no failure of ours; those of them that have no body could not tell what failed. */
const PARTIAL_STATUS = { min: 200, max: 499 };
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

const version = { key_version: integer({ min: 0, max: VERSION_MAX }, { example: 1, description: 'a version of the key; 0 is the latest' }) };
const context = { context: base64({ example: 'dGVuYW50LWE=', description: 'of derived keys: which of its keys' }) };
const bound = { associated_data: base64({ example: 'b3JkZXItMTc=', description: 'authenticated, not contained' }) };
/** Vault takes one for keys of its first versions. Two texts under one nonce give their key away: ours are always fresh. */
const nonce = { nonce: text({ example: '', description: 'refused unless empty' }) };
const reference = { reference: text({ example: 'row-1', description: 'repeated in the result of this item' }) };
const plaintext = { plaintext: base64({ example: 'aGVsbG8=', description: 'base64 of what is to be encrypted' }) };
const ciphertext = { ciphertext: text({ example: 'vault:v1:AAECAwQFBgcICQoLL2e6d6rFs27sL+Pk34ANAC4I0CjIklpWbVcfBJcF3jQ=' }) };
const input = { input: base64({ example: 'aGVsbG8=', description: 'base64 of the bytes, or of their digest where it says `prehashed`' }) };
const signed = { signature: text({ example: 'vault:v1:MEUCIQ==' }), hmac: text({ example: 'vault:v1:jRXNBVQb6yuoZYTvdGMz0p9OPD1OKgUBmzOpNE6cLTo=' }) };

/** Members of an item; a request without a batch is itself its only item. */
export const ITEM_FIELDS = {
  encrypt: { ...plaintext, ...context, ...bound, ...version, ...nonce, ...reference },
  decrypt: { ...ciphertext, ...context, ...bound, ...nonce, ...reference },
  rewrap: { ...ciphertext, ...context, ...bound, ...version, ...nonce, ...reference },
  datakey: { ...context, ...bound, ...version, ...nonce, ...reference },
  hmac: { ...input, ...reference },
  sign: { ...input, ...context, ...reference },
  verify: { ...input, ...signed, ...context, ...reference },
} as const satisfies Readonly<Record<OperationName, VaultFields>>;

const anyStatus = integer(PARTIAL_STATUS, { example: 200, description: 'the status where some items failed and others did not' }, 400);
const partialStatus: VaultField<number> = {
  schema: anyStatus.schema,
  read: (value, pointer) => {
    const status = anyStatus.read(value, pointer);
    if (BODILESS.has(status)) throw Fault.at(REQUEST_FAULTS['invalid-request'], pointer, 'out-of-range', 'a status with a body');
    return status;
  },
};
const partial = { partial_failure_response_code: partialStatus };

/** Vault's clients send its numbers bare and in quotes. */
const spelled = text({ example: 'auto', description: 'of PSS: `auto`, `hash` or a number of bytes' }, 'auto');
const saltLength: VaultField<string> = { schema: spelled.schema, read: (value, pointer) => spelled.read(Number.isSafeInteger(value) ? String(value) : value, pointer) };
const hash = {
  hash_algorithm: text({ example: 'sha2-256', description: 'unless the path says it' }),
  algorithm: text({ example: 'sha2-256', description: 'the older name of `hash_algorithm`' }),
};
const signature = {
  ...hash,
  ...version,
  prehashed: flag({ example: false, description: 'the input is the digest already' }, false),
  signature_algorithm: text({ example: 'pss', description: 'of RSA keys: `pss` or `pkcs1v15`' }, ''),
  salt_length: saltLength,
  marshaling_algorithm: text({ example: 'asn1', description: '`asn1` or `jws`' }, 'asn1'),
  signature_context: base64({ example: 'b3JkZXJz', description: 'of ML-DSA, SLH-DSA and hybrid keys: up to 255 bytes that are signed with the input' }),
};

/** Members that hold for all items of a request. */
export const WHOLE_FIELDS = {
  encrypt: { ...partial, ...version },
  decrypt: partial,
  rewrap: { ...partial, ...version },
  datakey: { ...partial, bits: integer({ min: 128, max: 512 }, { example: 256, description: '128, 256 or 512' }, 256) },
  hmac: { ...partial, ...hash, ...version },
  sign: { ...partial, ...signature },
  verify: { ...partial, ...signature },
} as const satisfies Readonly<Record<OperationName, VaultFields>>;

export type ItemOf<O extends OperationName> = ValuesOf<(typeof ITEM_FIELDS)[O]>;
export type WholeOf<O extends OperationName> = ValuesOf<(typeof WHOLE_FIELDS)[O]>;
