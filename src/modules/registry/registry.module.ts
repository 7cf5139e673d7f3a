import { Module } from '@nestjs/common';
import { AuditModule } from '#modules/audit/index.js';
import { CryptoModule } from '#modules/crypto/index.js';
import { RbacModule } from '#modules/rbac/index.js';
import { ArtifactCopy } from './artifacts/artifact-copy.js';
import { ArtifactPull } from './artifacts/artifact-pull.js';
import { ArtifactPush } from './artifacts/artifact-push.js';
import { BlobDeletion } from './blobs/blob-deletion.js';
import { BlobMount } from './blobs/blob-mount.js';
import { BlobPull } from './blobs/blob-pull.js';
import { DamagedBlobs } from './blobs/damaged-blobs.js';
import { Quotas } from './blobs/quotas.js';
import { UploadSweep } from './blobs/upload-sweep.js';
import { Uploads } from './blobs/uploads.js';
import { DueEvaluations } from './governance/due-evaluations.js';
import { EvaluationOfManifests } from './governance/evaluation.js';
import { EvidenceReader } from './governance/evidence-reader.js';
import { Inventory } from './governance/inventory.js';
import { Lifecycle } from './governance/lifecycle.js';
import { ProjectPolicies } from './governance/project-policies.js';
import { TrustedKeys } from './governance/trusted-keys.js';
import { Catalog } from './manifests/catalog.js';
import { CheckedManifests } from './manifests/checked-manifests.js';
import { ManifestDeletion } from './manifests/manifest-deletion.js';
import { ManifestLookup } from './manifests/manifest-lookup.js';
import { ManifestPull } from './manifests/manifest-pull.js';
import { ManifestPush } from './manifests/manifest-push.js';
import { PullJournal } from './manifests/pull-journal.js';
import { Referrers } from './manifests/referrers.js';
import { TagSeals } from './manifests/tag-seals.js';
import { Tags } from './manifests/tags.js';
import { RegistryPersistenceModule } from './persistence/registry-persistence.module.js';
import { BlobRemoval } from './upkeep/blob-removal.js';
import { FileWalk } from './upkeep/file-walk.js';
import { GarbageCollection } from './upkeep/garbage-collection.js';
import { Retention } from './upkeep/retention.js';
import { RetentionRuns } from './upkeep/retention-runs.js';
import { ScrubRuns } from './upkeep/scrub-runs.js';
import { Scrubber } from './upkeep/scrubber.js';
import { TagAcceptance } from './upkeep/tag-acceptance.js';
import { TagCheckpoints } from './upkeep/tag-checkpoints.js';
import { RepositoryAccess } from './repository-access.js';
import { TokenAccess } from './token-access.js';

/** What a client's request becomes. */
const DEEDS = [Uploads, UploadSweep, BlobPull, BlobMount, BlobDeletion, ManifestPush, ManifestPull, ManifestDeletion, Tags, Referrers, Catalog, TokenAccess];

/** The same for an engine that reads and writes artifacts. */
const ARTIFACTS = [ArtifactPull, ArtifactPush, ArtifactCopy];

/** What keeps the store in order. */
const UPKEEP = [GarbageCollection, Quotas, Retention, RetentionRuns, Scrubber, ScrubRuns, TagCheckpoints];

/** What a project demands of its images, and what becomes of them. */
const GOVERNANCE = [Inventory, ProjectPolicies, TrustedKeys, Lifecycle, DueEvaluations];

@Module({
  imports: [RegistryPersistenceModule, AuditModule, CryptoModule, RbacModule],
  providers: [RepositoryAccess, DamagedBlobs, PullJournal, TagSeals, ManifestLookup, CheckedManifests, BlobRemoval, FileWalk, TagAcceptance, EvidenceReader, EvaluationOfManifests, ...DEEDS, ...ARTIFACTS, ...UPKEEP, ...GOVERNANCE],
  exports: [...DEEDS, ...ARTIFACTS, ...UPKEEP, ...GOVERNANCE],
})
export class RegistryModule {}
