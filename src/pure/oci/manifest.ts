import { isJsonObject, type JsonObject, type JsonValue } from '../canonical-json/json-value.js';
import { parseStrictJson, type StrictJsonLimits } from '../canonical-json/strict-parse.js';
import { type Annotations, ContentError, type Descriptor, isMediaType, readAnnotations, readArtifactType, readDescriptor } from './descriptor.js';

/** 4 MiB, which the distribution specification asks registries to take at least, and what its clients read at most. */
export const MANIFEST_BYTES_MAX = 4 * 1024 * 1024;

/** A manifest of 4 MiB of the shortest layers has 30,000 of four members each; annotations have a member for each. */
const LIMITS: StrictJsonLimits = { depthMax: 32, membersMax: 262_144, nameLengthMax: 4_096, largeIntegers: 'refused' };

/** Of an image or artifact: content by config and layers. Of an index: other manifests. */
export type ManifestKind = 'image' | 'index';

/** The types that are taken, and how their documents are read. Docker's schema 1 is not: it names no digests of its own. */
export const MANIFEST_TYPES: Readonly<Record<string, ManifestKind>> = {
  'application/vnd.oci.image.manifest.v1+json': 'image',
  'application/vnd.oci.image.index.v1+json': 'index',
  'application/vnd.docker.distribution.manifest.v2+json': 'image',
  'application/vnd.docker.distribution.manifest.list.v2+json': 'index',
};
export const IMAGE_INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

/** Layers whose bytes are fetched from elsewhere, and need not be here (image-spec, layer.md "Non-Distributable Layers"). */
const NON_DISTRIBUTABLE: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
]);

export type ReferenceRole = 'config' | 'layer' | 'manifest';

/** What a manifest is made of. */
export interface ContentReference {
  readonly role: ReferenceRole;
  /** RFC 6901, of the descriptor in the document. */
  readonly pointer: string;
  readonly descriptor: Descriptor;
  /** Whether the registry must have it before it takes the manifest. */
  readonly demanded: boolean;
}

/** A document as far as the registry cares. Its bytes are kept as they came: they are what the digest is of. */
export interface Manifest {
  readonly mediaType: string;
  readonly kind: ManifestKind;
  /** The manifest's own, else its config's media type: what referrers are filtered by (distribution-spec, "Listing Referrers"). */
  readonly artifactType: string | null;
  /** What this one is about: a signature's image. It need not be here. */
  readonly subject: Descriptor | null;
  readonly references: readonly ContentReference[];
  readonly annotations: Annotations;
}

/**
 * Reads a manifest of at most `MANIFEST_BYTES_MAX`. Throws a `ContentError` for what is none, for what says another type
 * than it was sent as, and for a text that two readers could read differently.
 *
 * @param contentType the media type of the request, without parameters; '' where there was none.
 */
export function readManifest(bytes: Uint8Array, contentType: string): Manifest {
  const document = documentOf(bytes);
  const said = document.mediaType;
  if (said !== undefined && !isMediaType(said)) throw new ContentError('/mediaType', 'A media type is `type/subtype`.');
  const mediaType = contentType === '' ? (said ?? '') : contentType;
  if (said !== undefined && said !== mediaType) throw new ContentError('/mediaType', 'The document is of another type than the request says.');
  const kind = Object.hasOwn(MANIFEST_TYPES, mediaType) ? MANIFEST_TYPES[mediaType]! : null;
  if (kind === null) throw new ContentError('/mediaType', 'Manifests of this type are not taken.');
  if (document.schemaVersion !== 2) throw new ContentError('/schemaVersion', 'The schema version is 2.');
  refuseTheOther(document, kind);

  const references = REFERENCES[kind](document);
  const config = references.find(({ role }) => role === 'config')?.descriptor.mediaType ?? null;
  return {
    mediaType,
    kind,
    artifactType: readArtifactType(document.artifactType, '') ?? config,
    subject: document.subject === undefined || document.subject === null ? null : readDescriptor(document.subject, '/subject'),
    references,
    annotations: readAnnotations(document.annotations, '/annotations'),
  };
}

function documentOf(bytes: Uint8Array): JsonObject {
  const parsed = parseStrictJson(bytes, LIMITS);
  if (!parsed.ok) throw new ContentError(parsed.error.pointer, parsed.error.detail);
  if (!isJsonObject(parsed.value)) throw new ContentError('', 'A manifest is an object.');
  return parsed.value;
}

/** image-spec, manifest.md and image-index.md: a document that is both an image and an index is read differently by two clients (CVE-2021-41190). */
function refuseTheOther(document: JsonObject, kind: ManifestKind): void {
  for (const member of kind === 'image' ? ['manifests'] : ['config', 'layers']) {
    if (document[member] !== undefined) throw new ContentError(`/${member}`, `This is no member of an ${kind}.`);
  }
}

const REFERENCES: Readonly<Record<ManifestKind, (document: JsonObject) => readonly ContentReference[]>> = {
  image: ({ config, layers }) => [
    { role: 'config', pointer: '/config', descriptor: readDescriptor(config, '/config'), demanded: true },
    ...listOf(layers, '/layers').map((layer, index): ContentReference => {
      const pointer = `/layers/${index}`;
      const descriptor = readDescriptor(layer, pointer);
      return { role: 'layer', pointer, descriptor, demanded: !NON_DISTRIBUTABLE.has(descriptor.mediaType) };
    }),
  ],
  index: ({ manifests }) =>
    listOf(manifests, '/manifests').map((child, index) => {
      const pointer = `/manifests/${index}`;
      return { role: 'manifest', pointer, descriptor: readDescriptor(child, pointer), demanded: false };
    }),
};

/** Null is an empty list: programs in Go write it so. */
function listOf(value: JsonValue | undefined, pointer: string): readonly JsonValue[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw new ContentError(pointer, 'This is a list of descriptors.');
  return value as readonly JsonValue[];
}
