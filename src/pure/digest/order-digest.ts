import { canonicalJsonBytes } from '../canonical-json/canonical-json.js';
import { type Digest, digestOf } from './digest.js';

/** One of several circuits, in the order of the request. */
export interface OrderItem {
  readonly language?: string;
  readonly source?: string;
  readonly parameters: object;
  readonly name?: string;
}

/** What a simulation was asked to do: whatever its outcome depends on, and what was to be told of it. */
export interface SimulationOrder {
  readonly language: string;
  /** Stands for the program's text, which can be a megabyte. */
  readonly programDigest: string;
  readonly parameters: object;
  readonly outputs: readonly unknown[];
  /** Null: none. */
  readonly noise: object | null;
  readonly shots: number;
  readonly seed: number;
  /** As it was settled, never `automatic`. */
  readonly method: string;
  readonly precision: string;
  /** Of several circuits: what each has of its own. Null or absent: one circuit. */
  readonly items?: readonly OrderItem[] | null;
  /** Of the registry's artifacts that programs were named by, each once, in the order of the request. Empty or absent: their text was sent. */
  readonly artifactDigests?: readonly string[];
}

/** What a request is taken to say where it says nothing. */
export const ORDER_DEFAULTS = { parameters: {}, outputs: ['counts'], noise: null, precision: 'double' } as const;

/**
 * SHA-256 over the RFC 8785 form of the order. The ledger has it in the entries of the submission and of the completion,
 * each computed from what was there to be read then, so that an order that was changed in between shows; and whoever has
 * the request computes it again.
 */
export function orderDigest({ language, programDigest, parameters, outputs, noise, shots, seed, method, precision, items, artifactDigests = [] }: SimulationOrder): Digest {
  const several = items === undefined || items === null ? {} : { items: items.map(withoutSource) };
  const named = artifactDigests.length === 0 ? {} : { artifactDigests };
  return digestOf(canonicalJsonBytes({ language, programDigest, parameters, outputs, noise, shots, seed, method, precision, ...several, ...named }));
}

/** Of the one source, which all points of a sweep share; of several, of their digests, one a line. */
export function programDigestOf(sources: readonly string[]): Digest {
  const different = new Set(sources);
  const digests = (different.size === 1 ? [...different] : sources).map((source) => digestOf(Buffer.from(source, 'utf8')));
  return digests.length === 1 ? (digests[0] as Digest) : digestOf(Buffer.from(digests.map((digest) => `${digest}\n`).join(''), 'ascii'));
}

/** Of references, each of which ends with `@` and the digest of an artifact. */
export function artifactDigestsOf(references: readonly string[]): readonly string[] {
  return [...new Set(references.map((reference) => reference.slice(reference.indexOf('@') + 1)))];
}

function withoutSource({ source, ...item }: OrderItem): object {
  return source === undefined ? item : { ...item, programDigest: digestOf(Buffer.from(source, 'utf8')) };
}
