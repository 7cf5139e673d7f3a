/** A content address: `<algorithm>:<lower-case hex>` (OCI image-spec, descriptor.md "Digests"). */
export interface Digest {
  readonly algorithm: DigestAlgorithm;
  readonly hex: string;
}

/** Registered algorithms, and how many hex digits a digest of each has. SHA-512 costs twice as much: only on demand. */
export const DIGEST_ALGORITHMS = { sha256: 64, sha512: 128 } as const;
export type DigestAlgorithm = keyof typeof DIGEST_ALGORITHMS;

const GRAMMAR = /^(sha256|sha512):([0-9a-f]+)$/;

/** Null for whatever is not a digest of a registered algorithm: safe to use as a path once parsed. */
export function parseDigest(text: string): Digest | null {
  const match = GRAMMAR.exec(text);
  if (match === null) return null;
  const [algorithm, hex] = [match[1] as DigestAlgorithm, match[2]!];
  return hex.length === DIGEST_ALGORITHMS[algorithm] ? { algorithm, hex } : null;
}

export function formatDigest(digest: Digest): string {
  return `${digest.algorithm}:${digest.hex}`;
}
