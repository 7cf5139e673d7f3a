/**
 * The digests that a request can name, as Vault spells them. SHA-1 is not among them: whoever asks for it is refused
 * as for any name that does not exist.
 */
export const HASH_NAMES = ['sha2-224', 'sha2-256', 'sha2-384', 'sha2-512', 'sha3-224', 'sha3-256', 'sha3-384', 'sha3-512'] as const;
export type HashName = (typeof HASH_NAMES)[number];

export interface HashFacts {
  /** As OpenSSL calls it. */
  readonly openssl: string;
  readonly bytes: number;
  /** The last two arcs of its object identifier under 2.16.840.1.101.3.4 (NIST's algorithms): what a DigestInfo names. */
  readonly arcs: readonly [number, number];
}

export const HASHES: Readonly<Record<HashName, HashFacts>> = {
  'sha2-224': { openssl: 'sha224', bytes: 28, arcs: [2, 4] },
  'sha2-256': { openssl: 'sha256', bytes: 32, arcs: [2, 1] },
  'sha2-384': { openssl: 'sha384', bytes: 48, arcs: [2, 2] },
  'sha2-512': { openssl: 'sha512', bytes: 64, arcs: [2, 3] },
  'sha3-224': { openssl: 'sha3-224', bytes: 28, arcs: [2, 7] },
  'sha3-256': { openssl: 'sha3-256', bytes: 32, arcs: [2, 8] },
  'sha3-384': { openssl: 'sha3-384', bytes: 48, arcs: [2, 9] },
  'sha3-512': { openssl: 'sha3-512', bytes: 64, arcs: [2, 10] },
};

/** The digest by its name; also the older spelling `sha256`, which Vault still takes. Null for every other text. */
export function hashNameOf(text: string): HashName | null {
  const name = OLDER_SPELLINGS.get(text) ?? text;
  return Object.hasOwn(HASHES, name) ? (name as HashName) : null;
}

const OLDER_SPELLINGS: ReadonlyMap<string, HashName> = new Map([['sha224', 'sha2-224'], ['sha256', 'sha2-256'], ['sha384', 'sha2-384'], ['sha512', 'sha2-512']]);
