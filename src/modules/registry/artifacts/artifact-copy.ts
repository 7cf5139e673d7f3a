import { Injectable } from '@nestjs/common';
import { Fault } from '#pure/fault/fault.js';
import type { WrittenDescriptor } from '#pure/oci/artifact-manifest.js';
import { formatContentDigest } from '#pure/oci/content-digest.js';
import { readManifest } from '#pure/oci/manifest.js';
import type { PinnedReference } from '#pure/oci/pinned-reference.js';
import type { Principal } from '#pure/principal/principal.js';
import { BlobMount } from '../blobs/blob-mount.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { ManifestPull } from '../manifests/manifest-pull.js';
import { ManifestPush } from '../manifests/manifest-push.js';
import { RepositoryAccess } from '../repository-access.js';
import { requirePlace } from './artifact-place.js';

/** What says only that it is not there, or not for this principal: it may be had from elsewhere. */
const ABSENT: ReadonlySet<string> = new Set(['manifest-unknown', 'name-unknown', 'forbidden']);

/** Brings a manifest and its content from one repository into another, without sending a byte of them. */
@Injectable()
export class ArtifactCopy {
  constructor(
    private readonly pull: ManifestPull,
    private readonly push: ManifestPush,
    private readonly mounts: BlobMount,
    private readonly access: RepositoryAccess,
  ) {}

  /** Its descriptor, when `to` has it by then. Faults: those of a pull and of a push; manifest-unknown where neither has it. */
  async ensure(principal: Principal, { name: from, digest }: PinnedReference, to: string): Promise<WrittenDescriptor> {
    requirePlace({ repository: to, tag: null });
    // Asked even where nothing has to be copied: the caller is about to push there.
    await this.access.require(principal, 'push', to);
    const there = await this.find(principal, to, { name: from, digest });
    if (there !== null) return there;
    const { manifest, bytes } = await this.pull.get(principal, from, { digest });
    // A row of ours, so that it can be read.
    for (const { descriptor, role } of readManifest(bytes, manifest.mediaType).references) {
      if (role !== 'manifest' && !(await this.mounts.mount(principal, to, descriptor.digest, from))) throw new Fault(REGISTRY_FAULTS['blob-unknown']);
    }
    await this.push.put(principal, { name: to, reference: { digest }, contentType: manifest.mediaType, bytes, tags: [] });
    return { mediaType: manifest.mediaType, digest: formatContentDigest(digest), size: bytes.length };
  }

  private async find(principal: Principal, repository: string, { name, digest }: PinnedReference): Promise<WrittenDescriptor | null> {
    try {
      const { mediaType, sizeBytes } = await this.pull.describe(principal, repository, { digest });
      return { mediaType, digest: formatContentDigest(digest), size: sizeBytes };
    } catch (cause) {
      if (repository !== name && cause instanceof Fault && ABSENT.has(cause.kind.code)) return null;
      throw cause;
    }
  }
}
