import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import { artifactManifest, type DescribedArtifact, EMPTY_CONFIG, EMPTY_CONFIG_BYTES, IMAGE_MANIFEST_TYPE, type TitledDescriptor, type WrittenDescriptor } from '#pure/oci/artifact-manifest.js';
import { contentDigestOf, parseContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { Uploads } from '../blobs/uploads.js';
import { ManifestPush } from '../manifests/manifest-push.js';
import { type ArtifactPlace, requirePlace } from './artifact-place.js';

/** What is hashed and stored at a time: a large file does not hold up everybody else. */
const PIECE_BYTES = 256 * 1024;

export interface Artifact extends Omit<DescribedArtifact, 'layers'> {
  readonly files: readonly { readonly mediaType: string; readonly title: string; readonly bytes: Buffer }[];
}

export interface PushedArtifact {
  readonly manifest: WrittenDescriptor;
  /** In the order of the files. */
  readonly layers: readonly TitledDescriptor[];
}

/** What the caller has to record of it, in the transaction that makes it visible. */
export type RecordArtifact = (tx: Tx, digest: string) => Promise<void>;

/** Pushed by us rather than by a client: each byte goes the way of any other, with the same rights, limits and entries. */
@Injectable()
export class ArtifactPush {
  constructor(
    private readonly uploads: Uploads,
    private readonly manifests: ManifestPush,
  ) {}

  /**
   * Of equal artifacts the digests are equal. What breaks off leaves blobs that no manifest names, which are collected as those
   * of any push that is not gone on with. Faults: name-invalid, tag-invalid, and those of a push.
   */
  async push(principal: Principal, place: ArtifactPlace, { files, ...artifact }: Artifact, beside?: RecordArtifact): Promise<PushedArtifact> {
    requirePlace(place);
    const { repository: name, tag } = place;
    await this.put(principal, name, EMPTY_CONFIG, EMPTY_CONFIG_BYTES);
    const layers: TitledDescriptor[] = [];
    for (const { mediaType, title, bytes: content } of files) {
      const layer = { mediaType, title, digest: await digestOf(content), size: content.length };
      await this.put(principal, name, layer, content);
      layers.push(layer);
    }
    const bytes = artifactManifest({ ...artifact, layers });
    const reference = tag === null ? { digest: contentDigestOf(bytes) } : { tag };
    const { digest } = await this.manifests.put(principal, { name, reference, contentType: IMAGE_MANIFEST_TYPE, bytes, tags: [] }, beside);
    return { manifest: { mediaType: IMAGE_MANIFEST_TYPE, digest, size: bytes.length }, layers };
  }

  private put(principal: Principal, name: string, { digest, size }: WrittenDescriptor, bytes: Buffer): Promise<void> {
    return this.uploads.put(principal, { name, bytes: piecesOf(bytes), declaredBytes: size }, parseContentDigest(digest)!);
  }
}

async function digestOf(bytes: Buffer): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of piecesOf(bytes)) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    yield bytes.subarray(start, start + PIECE_BYTES);
    await setImmediate();
  }
}
