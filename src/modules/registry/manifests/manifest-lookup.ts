import { Injectable } from '@nestjs/common';
import { CoalescedLookup } from '#platform/database/coalesced-lookup.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { formatContentDigest } from '#pure/oci/content-digest.js';
import type { Reference } from '#pure/oci/tag.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type AskedManifest, ManifestRepository, type StoredManifest } from '../persistence/manifest.repository.js';
import { TagSeals } from './tag-seals.js';

const LOOKUP = systemPrincipal('manifest-lookup');

/** A manifest, and whether the tag that it was asked for by is one that we have set. */
export interface FoundManifest {
  readonly manifest: StoredManifest;
  readonly isSealed: boolean;
}

/** A pull's few rows: so many of them are one statement of some milliseconds, which the last of them waits for. */
const ASKED_MAX = 200;

/**
 * What stands in the database about manifests, read after each request for one arrived: a statement for all who ask at the
 * same time, since a new image is asked for by every node of a cluster in the same second. Who may ask is decided before.
 */
@Injectable()
export class ManifestLookup {
  private readonly together;

  constructor(uow: UnitOfWork, manifests: ManifestRepository, seals: TagSeals) {
    this.together = new CoalescedLookup<string, ReadonlyMap<string, FoundManifest>>(async (keys) => {
      const found = await uow.read(LOOKUP, (reading) => manifests.find(reading, keys.map(askedBy)));
      return new Map(found.flatMap((manifest, at) => (manifest === null ? [] : [[keys[at]!, { manifest, isSealed: manifest.tag === null || seals.isWhole(manifest.tag) }]])));
    }, ASKED_MAX);
  }

  async find(repository: string, projectId: string, reference: Reference): Promise<FoundManifest | null> {
    const key = `${projectId} ${repository} ${'tag' in reference ? reference.tag : formatContentDigest(reference.digest)}`;
    return (await this.together.find(key)).get(key) ?? null;
  }
}

/** None of the three has a space; a digest has a colon, and a tag none (OCI Distribution 1.1, "Pulling manifests"). */
function askedBy(key: string): AskedManifest {
  const [projectId, repository, reference] = key.split(' ') as [string, string, string];
  const isDigest = reference.includes(':');
  return { projectId, repository, tag: isDigest ? null : reference, digest: isDigest ? reference : null };
}
