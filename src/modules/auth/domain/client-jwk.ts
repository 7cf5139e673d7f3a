import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** What a program may sign assertions with. Each key has one, and takes nothing else: `alg` is never believed (RFC 8725 §3.1). */
export const ASSERTION_ALGORITHMS = ['ES256', 'EdDSA', 'RS256', 'PS256'] as const;
export type AssertionAlgorithm = (typeof ASSERTION_ALGORITHMS)[number];

/** NIST SP 800-131A: 2048 at least. At most what a verification costs a millisecond for. */
const RSA_BITS_MIN = 2048;
const RSA_BITS_MAX = 4096;

/** One kind of key: the members that make it (RFC 7638 §3.2), and the algorithms that it may sign by, the usual first. */
interface KeyFamily {
  readonly members: readonly string[];
  readonly curve: string | null;
  readonly algorithms: readonly AssertionAlgorithm[];
}

const FAMILIES: Readonly<Record<string, KeyFamily>> = {
  EC: { members: ['crv', 'kty', 'x', 'y'], curve: 'P-256', algorithms: ['ES256'] },
  OKP: { members: ['crv', 'kty', 'x'], curve: 'Ed25519', algorithms: ['EdDSA'] },
  RSA: { members: ['e', 'kty', 'n'], curve: null, algorithms: ['RS256', 'PS256'] },
};

/** RFC 7518 §6: whoever has one of these has the key. `k` is of a symmetric one, which both sides have. */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
/** What may stand beside the key; of certificates nothing is checked, so that none is taken. */
const DESCRIBING: ReadonlySet<string> = new Set(['alg', 'kid', 'use', 'key_ops', 'ext']);
const KID_LENGTH_MAX = 200;

export interface ReadClientKey {
  readonly algorithm: AssertionAlgorithm;
  /** What its holder calls it; null when they do not. */
  readonly kid: string | null;
  /** RFC 7638, SHA-256. */
  readonly thumbprint: Buffer;
  /** SPKI, DER. */
  readonly publicKey: Buffer;
}

export interface JwkRefusal {
  readonly member: string;
  readonly code: string;
  readonly detail: string;
}

type Jwk = Readonly<Record<string, unknown>>;

/** A public key as RFC 7517 writes it, to verify signatures with. */
export function readClientJwk(jwk: Jwk): ReadClientKey | JwkRefusal {
  const secret = SECRET_MEMBERS.find((name) => Object.hasOwn(jwk, name));
  if (secret !== undefined) return { member: secret, code: 'holds-a-private-key', detail: 'It holds a secret, which is nobody’s business but its owner’s: make a new key.' };
  const { kty, alg, kid = null, use, key_ops: operations } = jwk;
  const family = typeof kty === 'string' && Object.hasOwn(FAMILIES, kty) ? FAMILIES[kty]! : null;
  if (family === null) return { member: 'kty', code: 'not-one-of', detail: 'EC, OKP or RSA.' };
  const stranger = Object.keys(jwk).find((name) => !family.members.includes(name) && !DESCRIBING.has(name));
  if (stranger !== undefined) return { member: stranger, code: 'unknown-field', detail: 'A public key, and nothing beside it.' };
  const algorithm = alg === undefined && family.algorithms.length === 1 ? family.algorithms[0]! : family.algorithms.find((name) => name === alg);
  if (algorithm === undefined) return { member: 'alg', code: 'not-one-of', detail: `One of ${family.algorithms.join(', ')}.` };
  if (kid !== null && (typeof kid !== 'string' || kid.length === 0 || kid.length > KID_LENGTH_MAX)) return { member: 'kid', code: 'wrong-type', detail: `A text of 1 to ${KID_LENGTH_MAX} characters.` };
  if (use !== undefined && use !== 'sig') return { member: 'use', code: 'not-one-of', detail: 'sig' };
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return { member: 'key_ops', code: 'not-one-of', detail: 'verify' };
  const key = importKey(jwk, family);
  if ('member' in key) return key;
  return { algorithm, kid, thumbprint: thumbprintOf(key, family), publicKey: key.export({ type: 'spki', format: 'der' }) };
}

/** As it is written, and in no other way: two texts of one key would be two keys to whoever compares them. */
function importKey(jwk: Jwk, family: KeyFamily): KeyObject | JwkRefusal {
  for (const name of family.members) if (typeof jwk[name] !== 'string') return { member: name, code: 'required', detail: 'A text.' };
  if (family.curve !== null && jwk['crv'] !== family.curve) return { member: 'crv', code: 'not-one-of', detail: family.curve };
  const bare = Object.fromEntries(family.members.map((name) => [name, jwk[name] as string]));
  let key: KeyObject;
  try {
    key = createPublicKey({ key: bare as JsonWebKey, format: 'jwk' });
  } catch {
    return { member: family.members.at(-1)!, code: 'not-a-key', detail: 'A point of the curve, or a modulus, in base64url.' };
  }
  const again = key.export({ format: 'jwk' }) as Readonly<Record<string, unknown>>;
  const changed = family.members.find((name) => again[name] !== bare[name]);
  if (changed !== undefined) return { member: changed, code: 'not-canonical', detail: 'Base64url without padding, of the length that RFC 7518 gives it.' };
  if (family.curve !== null) return key;
  const { modulusLength: bits = 0, publicExponent: exponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) return { member: 'n', code: 'out-of-range', detail: `${RSA_BITS_MIN} to ${RSA_BITS_MAX} bits.` };
  // FIPS 186-5 §5.1: odd and above 2^16. A small one has signatures that nobody made.
  return exponent < 65_537n || exponent % 2n === 0n || exponent > 0xffff_ffffn ? { member: 'e', code: 'out-of-range', detail: 'AQAB, the usual one.' } : key;
}

function thumbprintOf(key: KeyObject, { members }: KeyFamily): Buffer {
  const jwk = key.export({ format: 'jwk' }) as Readonly<Record<string, unknown>>;
  return createHash('sha256').update(JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])))).digest();
}
