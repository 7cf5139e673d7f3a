import { createHash } from 'node:crypto';

/** A content address: `<algorithm>:<lower-case hex>` (OCI image-spec, descriptor.md "Digests"). */
export interface ContentDigest {
  readonly algorithm: DigestAlgorithm;
  readonly hex: string;
}

/** Registered algorithms, and how many hex digits a digest of each has. SHA-512 costs twice as much: only on demand. */
export const DIGEST_ALGORITHMS = { sha256: 64, sha512: 128 } as const;
export type DigestAlgorithm = keyof typeof DIGEST_ALGORITHMS;

const GRAMMAR = /^(sha256|sha512):([0-9a-f]+)$/;

export function isDigestAlgorithm(text: string): text is DigestAlgorithm {
  return Object.hasOwn(DIGEST_ALGORITHMS, text);
}

/** Null for whatever is not a digest of a registered algorithm: safe to use as a path once parsed. */
export function parseContentDigest(text: string): ContentDigest | null {
  const match = GRAMMAR.exec(text);
  if (match === null) return null;
  const [algorithm, hex] = [match[1] as DigestAlgorithm, match[2]!];
  return hex.length === DIGEST_ALGORITHMS[algorithm] ? { algorithm, hex } : null;
}

export function formatContentDigest(digest: ContentDigest): string {
  return `${digest.algorithm}:${digest.hex}`;
}

/** Of bytes that are at hand: a manifest, a layer of a signature. */
export function contentDigestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): ContentDigest {
  return { algorithm, hex: createHash(algorithm).update(bytes).digest('hex') };
}

/** Digests are public, so this need not take the same time for all. */
export function isSameDigest(a: ContentDigest, b: ContentDigest): boolean {
  return a.algorithm === b.algorithm && a.hex === b.hex;
}
