import { isJsonObject, type JsonObject, type JsonValue } from '../../canonical-json/json-value.js';
import { parseStrictJson, STRICT_JSON_LIMITS } from '../../canonical-json/strict-parse.js';
import { decodeBase64 } from '../../encoding/base64.js';
import { signerAmong } from './public-key.js';
import { refused, type SignatureVerifier, type SignedImage } from './signed-image.js';

export const SIGSTORE_BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const IN_TOTO_TYPE = 'application/vnd.in-toto+json';
const STATEMENTS: ReadonlySet<unknown> = new Set(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1']);

/**
 * Statements by which somebody vouches for an image. A bill of materials or a scanner's findings are signed too, by the same
 * tools and sometimes by the same keys, and say nothing for the image.
 */
const VOUCHING: ReadonlySet<unknown> = new Set(['https://sigstore.dev/cosign/sign/v1', 'https://cosign.sigstore.dev/attestation/v1', 'https://slsa.dev/provenance/v1', 'https://slsa.dev/provenance/v0.2']);

/** A DSSE envelope has one signature of ours; a few for those who sign together. */
const SIGNATURES_MAX = 8;
/** The bundle holds the payload as one text, so its members are few and that text may be long. */
const LIMITS = { ...STRICT_JSON_LIMITS, membersMax: 16_384 };

/** Sigstore bundle v0.3 by a key: a DSSE envelope over an in-toto statement. What a transparency log says of it is not asked for. */
export const verifySigstoreBundle: SignatureVerifier = ({ bytes }, image, anchors) => {
  const bundle = objectIn(bytes);
  if (bundle === null || bundle.mediaType !== SIGSTORE_BUNDLE_TYPE) return refused('malformed');
  const envelope = bundle.dsseEnvelope;
  if (!isJsonObject(envelope)) return refused(bundle.messageSignature === undefined ? 'malformed' : 'unsupported');
  if (envelope.payloadType !== IN_TOTO_TYPE) return refused('unsupported');
  const payload = typeof envelope.payload === 'string' ? decodeBase64(envelope.payload) : null;
  const signatures = signaturesOf(envelope.signatures);
  if (payload === null || signatures === null) return refused('malformed');

  const signed = preAuthenticationEncoding(IN_TOTO_TYPE, payload);
  const anchorId = signatures.map((signature) => signerAmong(anchors, signed, signature)).find((id) => id !== null) ?? null;
  return anchorId === null ? refused('untrusted') : judge(payload, image, anchorId);
};

/** DSSE v1.0.2, protocol.md: `"DSSEv1" SP LEN(type) SP type SP LEN(body) SP body`, lengths in bytes. */
export function preAuthenticationEncoding(payloadType: string, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${body.length} `, 'utf8'), body]);
}

function judge(payload: Buffer, { digest, repositories }: SignedImage, anchorId: string): ReturnType<SignatureVerifier> {
  const statement = objectIn(payload);
  if (statement === null || !STATEMENTS.has(statement._type) || !Array.isArray(statement.subject)) return refused('malformed');
  if (!VOUCHING.has(statement.predicateType)) return refused('unsupported');
  const about = (statement.subject as readonly JsonValue[]).filter((subject): subject is JsonObject => isJsonObject(subject) && isJsonObject(subject.digest) && subject.digest[digest.algorithm] === digest.hex);
  if (about.length === 0) return refused('other-image');
  if (repositories !== null && !about.some(({ name }) => typeof name === 'string' && repositories.includes(name))) return refused('other-repository');
  return { ok: true, anchorId };
}

function objectIn(bytes: Uint8Array): JsonObject | null {
  const parsed = parseStrictJson(bytes, LIMITS);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
}

function signaturesOf(value: JsonValue | undefined): readonly Buffer[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > SIGNATURES_MAX) return null;
  const signatures = (value as readonly JsonValue[]).map((entry) => (isJsonObject(entry) && typeof entry.sig === 'string' ? decodeBase64(entry.sig) : null));
  return signatures.every((signature): signature is Buffer => signature !== null) ? signatures : null;
}
