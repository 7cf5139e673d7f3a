import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { contentDigestOf, isSameDigest, parseContentDigest } from '#pure/oci/content-digest.js';
import type { Reference } from '#pure/oci/tag.js';
import type { Principal } from '#pure/principal/principal.js';
import { gateOf, warningHeader } from '../domain/pull-gate.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import { LifecycleRepository } from '../persistence/lifecycle.repository.js';
import { ManifestRepository, type StoredManifest } from '../persistence/manifest.repository.js';
import { RepositoryAccess } from '../repository-access.js';
import { CheckedManifests } from './checked-manifests.js';
import { ManifestLookup } from './manifest-lookup.js';
import { PullJournal } from './pull-journal.js';

const UNKNOWN = REGISTRY_FAULTS['manifest-unknown'];

/** A manifest that is given out, and the header `Warning` that goes with it; null: without one. */
export type PulledManifest = StoredManifest & { readonly warning: string | null };

/** Manifests, for who may pull them; by tag, what the tag was last moved to by us. */
@Injectable()
export class ManifestPull {
  private readonly logger = new Logger('registry');

  constructor(
    private readonly uow: UnitOfWork,
    private readonly lookup: ManifestLookup,
    private readonly manifests: ManifestRepository,
    private readonly checked: CheckedManifests,
    private readonly lifecycle: LifecycleRepository,
    private readonly access: RepositoryAccess,
    private readonly journal: PullJournal,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** What a pull would give, without its bytes. */
  async describe(principal: Principal, name: string, reference: Reference): Promise<PulledManifest> {
    const projectId = await this.access.require(principal, 'pull', name, UNKNOWN);
    const manifest = await this.given(principal, projectId, await this.find(name, projectId, reference));
    if ('digest' in reference) await this.promise(principal, manifest);
    return manifest;
  }

  /** The manifest, byte for byte as it was pushed. One entry for each subject, digest and minute says so. */
  async get(principal: Principal, name: string, reference: Reference): Promise<{ readonly manifest: PulledManifest; readonly bytes: Buffer }> {
    const projectId = await this.access.require(principal, 'pull', name, UNKNOWN);
    const manifest = await this.given(principal, projectId, await this.find(name, projectId, reference));
    const bytes = this.checked.find(manifest) ?? (await this.check(principal, projectId, manifest));
    const nowMillis = this.clock.nowMillis();
    if (this.journal.isUnmarked(manifest.repositoryId, manifest.digest, nowMillis)) await this.mark(principal, manifest);
    if (this.journal.isDue(principal.id, manifest.digest, nowMillis)) await this.record(principal, projectId, manifest);
    return { manifest, bytes };
  }

  /**
   * Who asks for a digest leaves out its push when it is there, and names it in an index: so it stays for as long as a push may
   * take. Who takes it away just now is waited for. Fault: manifest-unknown.
   */
  private async promise(principal: Principal, { repositoryId, digest }: StoredManifest): Promise<void> {
    if (this.journal.isPromised(repositoryId, digest, this.clock.nowMillis())) return;
    if (!(await this.uow.run(principal, (tx) => this.manifests.touch(tx, repositoryId, digest)))) throw new Fault(UNKNOWN);
    this.journal.promise(repositoryId, digest);
  }

  private async check(principal: Principal, projectId: string, manifest: StoredManifest): Promise<Buffer> {
    const bytes = await this.uow.read(principal, (reading) => this.manifests.bytes(reading, manifest.repositoryId, manifest.digest));
    const digest = parseContentDigest(manifest.digest)!; // The column's check.
    if (bytes === null) throw new Fault(UNKNOWN);
    if (!isSameDigest(contentDigestOf(bytes, digest.algorithm), digest)) throw await this.damaged(manifest, projectId);
    this.checked.keep(manifest, bytes);
    return bytes;
  }

  /** What the manifest's state has to say to it. Fault: denied. */
  private async given(principal: Principal, projectId: string, manifest: StoredManifest): Promise<PulledManifest> {
    const gate = gateOf(manifest);
    if (gate.kind === 'open') return { ...manifest, warning: null };
    if (gate.kind === 'closed' || (gate.kind === 'unreleased' && !(await this.mayPullUnreleased(principal, projectId, manifest)))) throw new Fault(REGISTRY_FAULTS.denied, { detail: sentenceOf(gate.message) });
    return { ...manifest, warning: warningHeader(gate.message) };
  }

  /** Who answers for an index answers for what it names: clients ask for the index by its tag, and for its parts by digest. */
  private async mayPullUnreleased(principal: Principal, projectId: string, { repositoryId, digest }: StoredManifest): Promise<boolean> {
    if (await this.uow.read(principal, (reading) => this.lifecycle.isPartOfReleased(reading, repositoryId, digest))) return true;
    return this.access.may(principal, REGISTRY_PERMISSIONS['registry:pull-quarantined'], projectId);
  }

  private async find(name: string, projectId: string, reference: Reference): Promise<StoredManifest> {
    const found = await this.lookup.find(name, projectId, reference);
    if (found === null) throw new Fault(UNKNOWN);
    if (!found.isSealed) throw await this.damaged(found.manifest, projectId);
    return found.manifest;
  }

  /** For who decides by it what is still of use. A pull that could not be noted is a pull all the same. */
  private async mark(principal: Principal, { repositoryId, digest }: StoredManifest): Promise<void> {
    try {
      await this.uow.run(principal, (tx) => this.manifests.markPulled(tx, repositoryId, digest));
    } catch (cause) {
      this.journal.unmark(repositoryId, digest);
      this.logger.warn('a pull was not noted in its row', { error: cause, digest });
    }
  }

  private async record(actor: Principal, projectId: string, { repositoryId, digest }: StoredManifest): Promise<void> {
    await this.audit.record({
      kind: REGISTRY_EVENTS['registry.manifest.pull'],
      outcome: 'success',
      actor,
      projectId,
      targets: [
        { type: 'manifest', uid: digest },
        { type: 'repository', uid: repositoryId },
      ],
      facts: { digest },
    });
  }

  /** Neither a manifest whose bytes were changed nor a tag that was moved past us is given to anybody. */
  private async damaged({ repositoryId, digest }: StoredManifest, projectId: string): Promise<Fault> {
    this.logger.error('a manifest or tag is not what was pushed', { digest, repository: repositoryId });
    await this.audit.record({
      kind: REGISTRY_EVENTS['registry.digest.mismatch'],
      outcome: 'failure',
      actor: null,
      projectId,
      targets: [
        { type: 'manifest', uid: digest },
        { type: 'repository', uid: repositoryId },
      ],
    });
    return new Fault(UNKNOWN);
  }
}

/** What people wrote may end as a sentence does already. */
const sentenceOf = (message: string): string => (/[.!?]$/.test(message) ? message : `${message}.`);
