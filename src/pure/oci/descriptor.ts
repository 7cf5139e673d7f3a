import { isJsonObject, type JsonValue } from '../canonical-json/json-value.js';
import { decodeBase64 } from '../encoding/base64.js';
import { pointerPart } from '../fault/json-pointer.js';
import { type ContentDigest, contentDigestOf, isSameDigest, parseContentDigest } from './content-digest.js';

/** OCI image-spec, descriptor.md: what content is, by its address, length and type. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: ContentDigest;
  readonly sizeBytes: number;
  /** Of content that lives elsewhere. */
  readonly urls: readonly string[];
  readonly artifactType: string | null;
  readonly annotations: Annotations;
}

export type Annotations = Readonly<Record<string, string>>;

/** What is wrong with a document, and where. */
export class ContentError extends Error {
  override readonly name = 'ContentError';

  constructor(
    /** RFC 6901, into the document. */
    readonly pointer: string,
    message: string,
  ) {
    super(message);
  }
}

/** RFC 6838 §4.2, as the image-spec restricts it. */
const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

/** Throws a `ContentError`. Members that are not named here are passed over: the specification adds to them. */
export function readDescriptor(value: JsonValue | undefined, pointer: string): Descriptor {
  if (!isJsonObject(value)) throw new ContentError(pointer, 'A descriptor is an object.');
  const { mediaType, size, urls, data } = value;
  if (!isMediaType(mediaType)) throw new ContentError(`${pointer}/mediaType`, 'A media type is `type/subtype`.');
  const digest = typeof value.digest === 'string' ? parseContentDigest(value.digest) : null;
  if (digest === null) throw new ContentError(`${pointer}/digest`, 'A digest is `sha256:` with 64 or `sha512:` with 128 lower-case hex digits.');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw new ContentError(`${pointer}/size`, 'A size is a number of bytes.');
  if (data !== undefined) demandEmbedded(data, digest, size, `${pointer}/data`);
  return {
    mediaType,
    digest,
    sizeBytes: size,
    urls: readUrls(urls, `${pointer}/urls`),
    artifactType: readArtifactType(value.artifactType, pointer),
    annotations: readAnnotations(value.annotations, `${pointer}/annotations`),
  };
}

export function isMediaType(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && MEDIA_TYPE.test(value);
}

/** Null for none. Tools that write an empty one mean none. */
export function readArtifactType(value: JsonValue | undefined, pointer: string): string | null {
  if (value === undefined || value === '') return null;
  if (!isMediaType(value)) throw new ContentError(`${pointer}/artifactType`, 'An artifact type is a media type.');
  return value;
}

/** Absent and null are none: programs in Go write null for an empty map. */
export function readAnnotations(value: JsonValue | undefined, pointer: string): Annotations {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw new ContentError(pointer, 'Annotations are an object.');
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw new ContentError(`${pointer}/${pointerPart(name)}`, 'An annotation is a text.');
  }
  return value as Annotations;
}

function readUrls(value: JsonValue | undefined, pointer: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((url) => typeof url === 'string')) throw new ContentError(pointer, 'URLs are a list of texts.');
  return value as readonly string[];
}

/** descriptor.md, `data`: who verifies one of the two and uses the other must not be led astray. */
function demandEmbedded(data: JsonValue, digest: ContentDigest, sizeBytes: number, pointer: string): void {
  const bytes = typeof data === 'string' ? decodeBase64(data) : null;
  if (bytes === null) throw new ContentError(pointer, 'Embedded data is Base64.');
  if (bytes.length !== sizeBytes || !isSameDigest(contentDigestOf(bytes, digest.algorithm), digest)) throw new ContentError(pointer, 'The embedded data are not what size and digest say.');
}
