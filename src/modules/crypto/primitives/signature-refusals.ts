import { HASHES } from '../domain/hash-name.js';
import type { SignatureOptions } from './key-type.js';

export const CONTEXT_BYTES_MAX_SIGNED = 255;

/** A digest that is not as long as its name says was made by another algorithm, or is the message itself. */
export function digestRefusal({ hash, prehashed }: SignatureOptions, input: Uint8Array): string | null {
  if (hash === 'none') return 'hash_algorithm=none requires both prehashed=true and signature_algorithm=pkcs1v15';
  const { bytes } = HASHES[hash];
  return prehashed && input.length !== bytes ? `a digest by ${hash} has ${bytes} bytes, the input has ${input.length}` : null;
}

export function noContext(type: string, { context }: SignatureOptions): string | null {
  return context === null ? null : `a signature context is not supported by keys of type ${type}`;
}

/** Schemes that hash by a rule of their own (FIPS 204 §5.2, FIPS 205 §10.2): what is hashed before is another scheme, which OpenSSL does not offer. */
export function ownHashRefusal(type: string, { prehashed, context }: SignatureOptions): string | null {
  if (prehashed) return `prehashed input is not supported by keys of type ${type}`;
  return context !== null && context.length > CONTEXT_BYTES_MAX_SIGNED ? `a signature context has at most ${CONTEXT_BYTES_MAX_SIGNED} bytes` : null;
}
