import type { SignatureOptions } from '../primitives/key-type.js';
import { refused } from './key-refusals.js';
import type { OperationName, WholeOf } from './operation-fields.js';
import type { OperationRequest } from './operation-request.js';

/** As the longest key of RSA could have it. */
const SALT_BYTES_MAX = 512;

/** How a request wants something signed or verified; null of other operations. */
export function signingOptions({ operation, whole, hash }: OperationRequest): SignatureOptions | null {
  if (!isSigning(operation, whole) || hash === null) return null;
  return {
    hash,
    prehashed: whole.prehashed,
    algorithm: oneOf('signature_algorithm', whole.signature_algorithm === '' ? 'pss' : whole.signature_algorithm, ['pss', 'pkcs1v15']),
    saltLength: saltLength(whole.salt_length),
    marshaling: oneOf('marshaling_algorithm', whole.marshaling_algorithm, ['asn1', 'jws']),
    context: whole.signature_context ?? null,
  };
}

function isSigning(operation: OperationName, whole: WholeOf<OperationName>): whole is WholeOf<'sign'> {
  return (operation === 'sign' || operation === 'verify') && 'prehashed' in whole;
}

function oneOf<const T extends string>(field: string, value: string, values: readonly T[]): T {
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw refused(`unsupported ${field}`);
  return found;
}

function saltLength(text: string): SignatureOptions['saltLength'] {
  if (text === 'auto' || text === 'hash') return text;
  const bytes = Number(text);
  if (!Number.isInteger(bytes) || String(bytes) !== text || bytes < 0 || bytes > SALT_BYTES_MAX) throw refused('invalid salt length');
  return bytes;
}
