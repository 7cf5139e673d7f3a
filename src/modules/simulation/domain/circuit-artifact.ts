import { IMAGE_MANIFEST_TYPE } from '#pure/oci/artifact-manifest.js';
import type { Descriptor } from '#pure/oci/descriptor.js';
import type { Manifest } from '#pure/oci/manifest.js';
import type { Language } from './job.js';

/** A program in the registry: one layer, whose media type names the language. */
export const CIRCUIT_TYPE = 'application/vnd.quantonium.circuit.v1';

/** None is registered with IANA, so that all of them are `x-`. */
export const LANGUAGE_TYPES: Readonly<Record<Language, string>> = { openqasm2: 'text/x-openqasm2', openqasm3: 'text/x-openqasm3' };
const LANGUAGES = new Map(Object.entries(LANGUAGE_TYPES).map(([language, type]) => [type, language as Language]));

/** What `oras push` writes where it was told no type: of image-spec 1.1, and of 1.0. */
const UNTOLD_TYPES: ReadonlySet<string | null> = new Set(['application/vnd.unknown.artifact.v1', 'application/vnd.unknown.config.v1+json']);

/** One layer of 1,000 annotations has less. */
export const CIRCUIT_MANIFEST_BYTES_MAX = 64 * 1024;

export interface CircuitLayer {
  readonly language: Language;
  readonly descriptor: Descriptor;
}

/** The program of an artifact, or a sentence about why it has none. */
export function circuitLayerOf({ mediaType, artifactType, references }: Manifest): CircuitLayer | string {
  if (mediaType !== IMAGE_MANIFEST_TYPE) return `It is no artifact: a manifest of the type ${IMAGE_MANIFEST_TYPE} is.`;
  if (artifactType !== CIRCUIT_TYPE && !UNTOLD_TYPES.has(artifactType)) return `It is no circuit: the artifact type of one is ${CIRCUIT_TYPE}.`;
  const [layer, ...more] = references.filter(({ role }) => role === 'layer');
  if (layer === undefined || more.length > 0) return 'A circuit has one layer, which is the program.';
  const language = LANGUAGES.get(layer.descriptor.mediaType);
  return language === undefined ? `The layer of a circuit is of one of the types ${[...LANGUAGES.keys()].join(', ')}.` : { language, descriptor: layer.descriptor };
}
