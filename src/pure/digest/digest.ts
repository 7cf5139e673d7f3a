import { hash } from 'node:crypto';
import { decodeHex } from '../encoding/hex.js';

/** A digest that names its algorithm: `sha256:` and 64 lowercase hex digits (the OCI image specification's grammar). */
export type Digest = `sha256:${string}`;

export const SHA256_BYTES = 32;

export function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

/** The digest of some bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  return formatDigest(sha256(bytes));
}

/** The digest whose 32 bytes are given. */
export function formatDigest(bytes: Buffer): Digest {
  if (bytes.length !== SHA256_BYTES) throw new RangeError('a SHA-256 digest has 32 bytes');
  return `sha256:${bytes.toString('hex')}`;
}

/** The 32 bytes that a digest names; null for any other text. */
export function parseDigest(text: string): Buffer | null {
  if (!text.startsWith('sha256:')) return null;
  const bytes = decodeHex(text.slice('sha256:'.length));
  return bytes?.length === SHA256_BYTES ? bytes : null;
}
