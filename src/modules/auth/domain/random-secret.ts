import { createHash } from 'node:crypto';

/**
 * Secrets that we make, of which only the SHA-256 is kept: 264 random bits need no slow hash. Six bytes of a digest
 * over the rest stand at the end, so that a typing error, or whatever a scanner of repositories takes for one of ours,
 * is told apart before anything is looked up. The prefixes are for those scanners, and so that no kind of secret is
 * ever accepted where another is meant.
 */
export const SECRET_PREFIXES = { loginTicket: 'qlt_', vaultToken: 'qvt_', clientSecret: 'qcs_', deviceCode: 'qdc_', refreshToken: 'qrt_', invite: 'qiv_', passwordReset: 'qpr_' } as const;
export type SecretPrefix = (typeof SECRET_PREFIXES)[keyof typeof SECRET_PREFIXES];

export const SECRET_RANDOM_BYTES = 33;
const CHECKSUM_BYTES = 6;

/** Both lengths are multiples of three: base64url has no unused bits, and so one spelling. Takes the bytes over: they are zero when this returns. */
export function formatSecret(prefix: SecretPrefix, random: Buffer): string {
  const bytes = Buffer.allocUnsafeSlow(SECRET_RANDOM_BYTES + CHECKSUM_BYTES);
  try {
    if (random.length !== SECRET_RANDOM_BYTES) throw new Error('a secret has a fixed length');
    bytes.set(random);
    bytes.set(checksumOf(prefix, random), SECRET_RANDOM_BYTES);
    return `${prefix}${bytes.toString('base64url')}`;
  } finally {
    random.fill(0);
    bytes.fill(0);
  }
}

/** What is kept of a secret and looked for; null for every text that is none of this kind. */
export function secretHash(prefix: SecretPrefix, text: string): Buffer | null {
  if (!text.startsWith(prefix)) return null;
  const body = text.slice(prefix.length);
  const bytes = Buffer.from(body, 'base64url');
  try {
    if (bytes.length !== SECRET_RANDOM_BYTES + CHECKSUM_BYTES || bytes.toString('base64url') !== body) return null;
    const random = bytes.subarray(0, SECRET_RANDOM_BYTES);
    // No secret is compared here: whoever forges the checksum has gained a look-up.
    if (!bytes.subarray(SECRET_RANDOM_BYTES).equals(checksumOf(prefix, random))) return null;
    return createHash('sha256').update(text, 'latin1').digest();
  } finally {
    bytes.fill(0);
  }
}

function checksumOf(prefix: SecretPrefix, random: Buffer): Buffer {
  return createHash('sha256').update(`checksum of ${prefix}`).update(random).digest().subarray(0, CHECKSUM_BYTES);
}
