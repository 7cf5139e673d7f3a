import { Injectable } from '@nestjs/common';
import { type ContentDigest, contentDigestOf, isSameDigest } from '#pure/oci/content-digest.js';
import { ContentError, type Descriptor } from '#pure/oci/descriptor.js';
import { type Manifest, readManifest } from '#pure/oci/manifest.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { BlobPull } from '../blobs/blob-pull.js';
import { DamagedBlob } from '../blobs/blob-store.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { ManifestPull } from '../manifests/manifest-pull.js';

const UNKNOWN = REGISTRY_FAULTS['blob-unknown'];

export interface PulledArtifact {
  readonly manifest: Manifest;
  /** The header `Warning` that a client would be given with it; null: none. */
  readonly warning: string | null;
}

/** Read by us rather than by a client: through the same gate, with the same rights, and with the same entry in the ledger. */
@Injectable()
export class ArtifactPull {
  constructor(
    private readonly manifests: ManifestPull,
    private readonly blobs: BlobPull,
  ) {}

  /** Null for a manifest of more bytes, which is not read. Faults: those of a pull. */
  async manifest(principal: Principal, name: string, digest: ContentDigest, bytesMax: number): Promise<PulledArtifact | null> {
    const { manifest: found, bytes } = await this.manifests.get(principal, name, { digest });
    if (bytes.length > bytesMax) return null;
    try {
      return { manifest: readManifest(bytes, found.mediaType), warning: found.warning };
    } catch (cause) {
      if (cause instanceof ContentError) return null; // Taken under an older reading of what a manifest is.
      throw cause;
    }
  }

  /** The bytes of a layer, whose size the caller has found small enough. Faults: those of a pull. */
  async layer(principal: Principal, name: string, { digest, sizeBytes }: Descriptor): Promise<Buffer> {
    const { chunks, sizeBytes: storedBytes } = await this.blobs.open(principal, name, digest, undefined);
    if (storedBytes !== sizeBytes) {
      await chunks.return?.();
      throw new Fault(UNKNOWN);
    }
    const bytes = Buffer.concat(await allOf(chunks));
    // Each chunk was checked by what it was stored with; this is what it was asked for by.
    if (!isSameDigest(contentDigestOf(bytes, digest.algorithm), digest)) throw new Fault(UNKNOWN);
    return bytes;
  }
}

/** What is damaged behind the first chunk shows while it is read, and is marked and recorded by then. */
async function allOf(chunks: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const all: Buffer[] = [];
  try {
    for await (const chunk of chunks) all.push(chunk);
  } catch (cause) {
    if (cause instanceof DamagedBlob) throw new Fault(UNKNOWN);
    throw cause;
  }
  return all;
}
