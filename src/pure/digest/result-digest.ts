import { canonicalJsonBytes } from '../canonical-json/canonical-json.js';
import { type Digest, digestOf } from './digest.js';

/**
 * The digest of a simulation's result: SHA-256 over the RFC 8785 form of the result without its own member `digest`.
 * The engine records it in the ledger, and a receipt's reader computes it again from the file that the client kept;
 * both call this function, so that what is compared is one definition.
 */
export function resultDigest(result: object): Digest {
  const { digest: _own, ...recorded } = result as { digest?: unknown };
  return digestOf(canonicalJsonBytes(recorded));
}
