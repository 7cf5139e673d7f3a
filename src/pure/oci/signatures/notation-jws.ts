import { constants, type KeyObject, verify } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../canonical-json/json-value.js';
import { parseStrictJson, STRICT_JSON_LIMITS } from '../../canonical-json/strict-parse.js';
import { decodeBase64, decodeBase64Url } from '../../encoding/base64.js';
import { parseTime } from '../../encoding/rfc3339.js';
import { formatContentDigest } from '../content-digest.js';
import { verifyChain } from './certificate-chain.js';
import { refused, type SignatureVerifier } from './signed-image.js';

/** Notary Project's signature-specification.md and signature-envelope-jws.md. */
export const NOTATION_TYPE = 'application/vnd.cncf.notary.signature';
const PAYLOAD_TYPE = 'application/vnd.cncf.notary.payload.v1+json';
const SCHEME = 'io.cncf.notary.signingScheme';
const EXPIRY = 'io.cncf.notary.expiry';
/** What is critical and understood here; of a verification plugin and of a signing authority's clock we know nothing. */
const UNDERSTOOD: ReadonlySet<unknown> = new Set([SCHEME, EXPIRY]);

interface Algorithm {
  readonly digest: string;
  /** signature-specification.md, "Signature Algorithm Requirements": each strength of key has one algorithm. */
  readonly fits: (key: KeyObject) => boolean;
  readonly isPss: boolean;
}

const rsa = (digest: string, bits: number): Algorithm => ({ digest, isPss: true, fits: (key) => key.asymmetricKeyType === 'rsa' && key.asymmetricKeyDetails?.modulusLength === bits });
const ec = (digest: string, curve: string): Algorithm => ({ digest, isPss: false, fits: (key) => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === curve });

const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  PS256: rsa('sha256', 2048),
  PS384: rsa('sha384', 3072),
  PS512: rsa('sha512', 4096),
  ES256: ec('sha256', 'prime256v1'),
  ES384: ec('sha384', 'secp384r1'),
  ES512: ec('sha512', 'secp521r1'),
};

export const verifyNotation: SignatureVerifier = ({ bytes }, { digest, repositories, atMillis }, anchors) => {
  const envelope = objectIn(bytes);
  if (envelope === null || typeof envelope.protected !== 'string' || typeof envelope.payload !== 'string' || typeof envelope.signature !== 'string') return refused('malformed');
  const [head, payload, signature] = [envelope.protected, envelope.payload, envelope.signature].map(decodeBase64Url);
  const header = head === null || head === undefined ? null : objectIn(head);
  const chain = chainOf(envelope.header);
  if (header === null || !payload || !signature || chain === null) return refused('malformed');

  const algorithm = typeof header.alg === 'string' && Object.hasOwn(ALGORITHMS, header.alg) ? ALGORITHMS[header.alg]! : null;
  if (algorithm === null || header.cty !== PAYLOAD_TYPE || !isUnderstood(header)) return refused('unsupported');
  const trusted = verifyChain(chain, anchors, atMillis);
  if (typeof trusted === 'string') return refused(trusted);
  if (!algorithm.fits(trusted.key)) return refused('unsupported');
  // RFC 7515 §5.2: what is signed is the texts as they came.
  if (!isSigned(algorithm, trusted.key, Buffer.from(`${envelope.protected}.${envelope.payload}`, 'latin1'), signature)) return refused('untrusted');
  if (hasEnded(header[EXPIRY], atMillis)) return refused('expired');

  const document = objectIn(payload);
  if (document === null || !isJsonObject(document.targetArtifact)) return refused('malformed');
  if (document.targetArtifact.digest !== formatContentDigest(digest)) return refused('other-image');
  // The format has no place for a repository: it cannot meet the demand that one be named.
  return repositories === null ? { ok: true, anchorId: trusted.anchorId } : refused('other-repository');
};

/** RFC 7515 §4.1.11: whoever does not understand a critical member does not accept the signature; and the scheme has to be critical. */
function isUnderstood(header: JsonObject): boolean {
  const { crit } = header;
  if (!Array.isArray(crit) || !crit.includes(SCHEME) || !(crit as readonly JsonValue[]).every((name) => UNDERSTOOD.has(name) && header[name as string] !== undefined)) return false;
  if (header[EXPIRY] !== undefined && !crit.includes(EXPIRY)) return false;
  return header[SCHEME] === 'notary.x509';
}

function hasEnded(expiry: JsonValue | undefined, atMillis: number): boolean {
  if (expiry === undefined) return false;
  const endsAt = typeof expiry === 'string' ? parseTime(expiry) : null;
  return endsAt === null || endsAt <= atMillis;
}

function isSigned({ digest, isPss }: Algorithm, key: KeyObject, signed: Buffer, signature: Buffer): boolean {
  try {
    const how = isPss ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : { key, dsaEncoding: 'ieee-p1363' as const };
    return verify(digest, signed, how, signature);
  } catch {
    return false;
  }
}

function chainOf(header: JsonValue | undefined): readonly Buffer[] | null {
  if (!isJsonObject(header) || !Array.isArray(header.x5c)) return null;
  const chain = (header.x5c as readonly JsonValue[]).map((entry) => (typeof entry === 'string' ? decodeBase64(entry) : null));
  return chain.every((certificate): certificate is Buffer => certificate !== null) ? chain : null;
}

function objectIn(bytes: Uint8Array): JsonObject | null {
  const parsed = parseStrictJson(bytes, STRICT_JSON_LIMITS);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
}
