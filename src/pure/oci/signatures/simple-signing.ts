import { isJsonObject } from '../../canonical-json/json-value.js';
import { parseStrictJson, STRICT_JSON_LIMITS } from '../../canonical-json/strict-parse.js';
import { decodeBase64 } from '../../encoding/base64.js';
import { formatContentDigest } from '../content-digest.js';
import { signerAmong } from './public-key.js';
import { refused, type SignatureVerifier } from './signed-image.js';

/** cosign's SIGNATURE_SPEC.md, after Red Hat's "simple signing": the layer is the payload, and the signature over it an annotation. */
const SIGNATURE = 'dev.cosignproject.cosign/signature';
const TYPES: ReadonlySet<unknown> = new Set(['cosign container image signature', 'atomic container signature']);

export const verifySimpleSigning: SignatureVerifier = ({ bytes, annotations }, { digest, repositories }, anchors) => {
  const signature = decodeBase64(annotations[SIGNATURE] ?? '');
  if (signature === null || signature.length === 0) return refused('malformed');
  // The signature first: what nobody signed need not be read.
  const anchorId = signerAmong(anchors, bytes, signature);
  if (anchorId === null) return refused('untrusted');

  const parsed = parseStrictJson(bytes, STRICT_JSON_LIMITS);
  const critical = parsed.ok && isJsonObject(parsed.value) ? parsed.value.critical : undefined;
  if (!isJsonObject(critical) || !isJsonObject(critical.image) || !isJsonObject(critical.identity)) return refused('malformed');
  if (!TYPES.has(critical.type)) return refused('unsupported');
  if (critical.image['docker-manifest-digest'] !== formatContentDigest(digest)) return refused('other-image');
  if (repositories !== null && !isFor(critical.identity['docker-reference'], repositories)) return refused('other-repository');
  return { ok: true, anchorId };
};

/** A reference may go on with a tag or digest; a colon before the last slash is the port's. */
function isFor(reference: unknown, repositories: readonly string[]): boolean {
  if (typeof reference !== 'string') return false;
  return repositories.includes(reference.replace(/@[^@/]*$/, '').replace(/:[^:/]*$/, (tail, at: number) => (reference.slice(0, at).includes('/') ? '' : tail)));
}
