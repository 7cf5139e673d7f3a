import { canonicalJsonBytes } from '../canonical-json/canonical-json.js';
import { contentDigestOf, formatContentDigest } from './content-digest.js';
import type { Annotations } from './descriptor.js';

export const IMAGE_MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** image-spec, manifest.md "Guidance for an Empty Descriptor": what an artifact without a configuration has for one. */
export const EMPTY_CONFIG_BYTES = Buffer.from('{}');
export const EMPTY_CONFIG: WrittenDescriptor = Object.freeze({ mediaType: 'application/vnd.oci.empty.v1+json', digest: formatContentDigest(contentDigestOf(EMPTY_CONFIG_BYTES)), size: 2 });

/** What clients call the file that they make of a layer (image-spec, annotations.md). */
export const TITLE = 'org.opencontainers.image.title';

/** A descriptor as it is written into a document. */
export interface WrittenDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** A layer that clients make a file of. */
export interface TitledDescriptor extends WrittenDescriptor {
  readonly title: string;
}

/** Files under one type, and what they are about. */
export interface DescribedArtifact {
  readonly artifactType: string;
  readonly layers: readonly TitledDescriptor[];
  /** Null: about nothing. */
  readonly subject: WrittenDescriptor | null;
  readonly annotations: Annotations;
}

/** The manifest of an artifact (image-spec 1.1, manifest.md), in canonical JSON: of equal artifacts the digests are equal. */
export function artifactManifest({ artifactType, layers, subject, annotations }: DescribedArtifact): Buffer {
  return canonicalJsonBytes({
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST_TYPE,
    artifactType,
    config: { ...EMPTY_CONFIG, data: EMPTY_CONFIG_BYTES.toString('base64') },
    layers: layers.map(({ title, ...descriptor }) => ({ ...descriptor, annotations: { [TITLE]: title } })),
    ...(subject === null ? {} : { subject }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  });
}
