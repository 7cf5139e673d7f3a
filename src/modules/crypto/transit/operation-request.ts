import { parseVaultBody, readFields, wipeFields } from '#platform/http/vault-fields.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { hashNameOf, type HashName } from '../domain/hash-name.js';
import { refused } from './key-refusals.js';
import { BATCH_ITEMS_MAX, BATCH_MEMBERS_MAX, type ItemOf, ITEM_FIELDS, type OperationName, WHOLE_FIELDS, type WholeOf } from './operation-fields.js';

/** What the path says besides the key. */
export interface OperationPath {
  /** The last segment of sign, verify and hmac; it wins over the body. */
  readonly hash?: string | undefined;
  /** Of data keys. */
  readonly kind?: 'plaintext' | 'wrapped' | undefined;
}

/** A body as far as it is read before anything is done with it: items are read one by one, and fail one by one. */
export interface OperationRequest<O extends OperationName = OperationName> {
  readonly operation: O;
  readonly whole: WholeOf<O>;
  readonly path: OperationPath;
  /** Null for operations without one. */
  readonly hash: HashName | 'none' | null;
  readonly items: readonly unknown[];
  readonly isBatch: boolean;
}

const HASHING: ReadonlySet<OperationName> = new Set<OperationName>(['hmac', 'sign', 'verify']);

/** Reads a body. Throws `malformed-json`, `invalid-request` or `transit-refused`. */
export function readRequest<O extends OperationName>(operation: O, bytes: Uint8Array, path: OperationPath): OperationRequest<O> {
  const body = parseVaultBody(bytes, { membersMax: BATCH_MEMBERS_MAX });
  const whole = readFields(WHOLE_FIELDS[operation], body) as WholeOf<O>;
  const batch = operation === 'datakey' ? undefined : body['batch_input'];
  const isBatch = batch !== undefined && batch !== null;
  const hash = HASHING.has(operation) ? hashOf(path, whole as WholeOf<'sign'>) : null;
  return { operation, whole, path, hash, items: isBatch ? itemsOf(batch) : [body], isBatch };
}

function itemsOf(batch: unknown): readonly unknown[] {
  if (!Array.isArray(batch)) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/batch_input', 'wrong-type', 'an array');
  if (batch.length === 0) throw refused('missing batch input to process');
  if (batch.length > BATCH_ITEMS_MAX) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/batch_input', 'too-many', `at most ${BATCH_ITEMS_MAX} items`);
  return batch as readonly unknown[];
}

/** The path, then the body by either name, then SHA-256. */
function hashOf(path: OperationPath, whole: Pick<WholeOf<'sign'>, 'hash_algorithm' | 'algorithm'>): HashName | 'none' {
  const named = [path.hash, whole.hash_algorithm, whole.algorithm].find((name) => name !== undefined && name !== '') ?? 'sha2-256';
  const hash = named === 'none' ? 'none' : hashNameOf(named);
  if (hash === null) throw refused('unsupported hash algorithm');
  return hash;
}

/** An item that was read; throws `invalid-request` or `transit-refused` for one that cannot be. */
export function readItem<O extends OperationName>(operation: O, item: unknown): ItemOf<O> {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) throw Fault.at(REQUEST_FAULTS['invalid-request'], '', 'wrong-type', 'an object');
  const read = readFields(ITEM_FIELDS[operation], item as Readonly<Record<string, unknown>>) as ItemOf<O>;
  // Two texts under one nonce give their key away (CVE-2023-4680): nobody brings one.
  if ('nonce' in read && read.nonce !== undefined && read.nonce !== '') {
    wipeFields(read);
    throw refused('nonce provided when not allowed');
  }
  return read;
}
