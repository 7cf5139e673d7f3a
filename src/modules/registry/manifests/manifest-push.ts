import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { type ContentDigest, contentDigestOf, formatContentDigest, isSameDigest } from '#pure/oci/content-digest.js';
import { ContentError } from '#pure/oci/descriptor.js';
import { type Manifest, MANIFEST_BYTES_MAX, readManifest } from '#pure/oci/manifest.js';
import type { Reference } from '#pure/oci/tag.js';
import type { Principal } from '#pure/principal/principal.js';
import { isEvidence, subjectOfTag } from '../domain/evidence.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { EvaluationOfManifests } from '../governance/evaluation.js';
import { LifecycleRepository } from '../persistence/lifecycle.repository.js';
import { ManifestRepository } from '../persistence/manifest.repository.js';
import { PolicyRepository } from '../persistence/policy.repository.js';
import { RepositoryRepository } from '../persistence/repository.repository.js';
import { RepositoryAccess } from '../repository-access.js';
import { Tags } from './tags.js';

/** As many tags as one push may move. */
export const TAGS_OF_PUSH_MAX = 10;

export interface ReceivedManifest {
  readonly name: string;
  readonly reference: Reference;
  /** Without parameters; '' where none was sent. */
  readonly contentType: string;
  readonly bytes: Buffer;
  /** Further ones, beside the reference. */
  readonly tags: readonly string[];
}

export interface PushedManifest {
  readonly digest: string;
  /** Of what the manifest is about; null when it is about nothing. */
  readonly subject: string | null;
}

const nothing = (): Promise<void> => Promise.resolve();

interface Place {
  readonly projectId: string;
  readonly repositoryId: string;
  readonly digest: string;
}

/** A manifest is taken when everything that it names is there, in one transaction with its tags and their entries. */
@Injectable()
export class ManifestPush {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly repositories: RepositoryRepository,
    private readonly manifests: ManifestRepository,
    private readonly lifecycle: LifecycleRepository,
    private readonly policies: PolicyRepository,
    private readonly evaluation: EvaluationOfManifests,
    private readonly tags: Tags,
    private readonly access: RepositoryAccess,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** @param beside what the caller has to record of it, in the same transaction. */
  async put(principal: Principal, received: ReceivedManifest, beside: (tx: Tx, digest: string) => Promise<void> = nothing): Promise<PushedManifest> {
    const projectId = await this.access.require(principal, 'push', received.name);
    const digest = formatContentDigest(digestOf(received));
    const manifest = manifestOf(received);
    const newId = this.randomness.uuidv7(this.clock.nowMillis());
    const tags = [...new Set([...('tag' in received.reference ? [received.reference.tag] : []), ...received.tags])];
    const about = subjectsOf(manifest, tags);
    const pushed = await this.uow.run(principal, async (tx) => {
      const policy = await this.policies.of(tx, projectId);
      const repositoryId = await this.repositories.findOrMake(tx, { newId, name: received.name, projectId });
      await this.demandContent(tx, repositoryId, manifest, about);
      await this.manifests.insert(tx, { repositoryId, digest, manifest, bytes: received.bytes, pushedBy: principal.id });
      await this.record(tx, principal, { projectId, repositoryId, digest }, received.bytes.length, manifest, tags);
      for (const tag of tags) await this.tags.point(tx, principal, { projectId, repositoryId, repository: received.name, digest }, tag, policy);
      if (about.length > 0) await this.lifecycle.markDue(tx, repositoryId, about);
      await beside(tx, digest);
      crashPoint('registry.manifest.before-commit');
      return { repositoryId, isGoverned: policy.mode !== 'off' };
    });
    crashPoint('registry.manifest.after-commit');
    // What a signature was pushed for is verified before its push is answered; a crash before leaves that to the job.
    if (pushed.isGoverned) {
      const due = isEvidence(manifest) ? about : [...about, digest];
      for (const each of due) await this.evaluation.tryEvaluate(principal, { projectId, repositoryId: pushed.repositoryId, repository: received.name, digest: each });
    }
    return { digest, subject: manifest.subject === null ? null : formatContentDigest(manifest.subject.digest) };
  }

  /**
   * Held until the transaction ends, against who collects what nobody names. A size that differs from the blob's would make
   * clients refuse what they pull.
   */
  private async demandContent(tx: Tx, repositoryId: string, { references }: Manifest, about: readonly string[]): Promise<void> {
    const demanded = references.filter((reference) => reference.demanded);
    const there = await this.manifests.holdContent(tx, repositoryId, [...new Set(demanded.map(({ descriptor }) => formatContentDigest(descriptor.digest)))].sort());
    for (const { pointer, descriptor } of demanded) {
      const sizeBytes = there.get(formatContentDigest(descriptor.digest));
      if (sizeBytes === undefined) throw Fault.at(REGISTRY_FAULTS['manifest-blob-unknown'], `${pointer}/digest`, 'unknown', 'The repository has no such blob.');
      if (sizeBytes !== descriptor.sizeBytes) throw Fault.at(REGISTRY_FAULTS['manifest-invalid'], `${pointer}/size`, 'size', 'The blob is of another size.');
    }
    const parts = references.filter(({ role }) => role === 'manifest').map(({ descriptor }) => formatContentDigest(descriptor.digest));
    if (parts.length + about.length > 0) await this.manifests.hold(tx, repositoryId, [...parts, ...about]);
  }

  private async record(tx: Tx, actor: Principal, { projectId, repositoryId, digest }: Place, sizeBytes: number, { mediaType, subject }: Manifest, tags: readonly string[]): Promise<void> {
    await this.audit.append(tx, {
      kind: REGISTRY_EVENTS['registry.manifest.push'],
      outcome: 'success',
      actor,
      projectId,
      targets: [
        { type: 'manifest', uid: digest },
        { type: 'repository', uid: repositoryId },
      ],
      facts: { digest, mediaType, sizeBytes, tags, ...(subject === null ? {} : { subject: formatContentDigest(subject.digest) }) },
    });
  }
}

/** What a push may change the standing of: what it is about, by its own word or by the tag that it is given. */
function subjectsOf(manifest: Manifest, tags: readonly string[]): readonly string[] {
  const subjects = [manifest.subject === null ? null : formatContentDigest(manifest.subject.digest), ...tags.map(subjectOfTag)];
  return [...new Set(subjects.filter((subject) => subject !== null))];
}

/** The digest that the manifest goes by: the one that was asked for, if its bytes have it. */
function digestOf({ reference, bytes }: ReceivedManifest): ContentDigest {
  if ('tag' in reference) return contentDigestOf(bytes);
  const digest = contentDigestOf(bytes, reference.digest.algorithm);
  if (!isSameDigest(digest, reference.digest)) throw new Fault(REGISTRY_FAULTS['digest-invalid']);
  return digest;
}

function manifestOf({ bytes, contentType }: ReceivedManifest): Manifest {
  if (bytes.length > MANIFEST_BYTES_MAX) throw new Fault(REGISTRY_FAULTS['manifest-too-large']);
  try {
    return readManifest(bytes, contentType);
  } catch (cause) {
    if (cause instanceof ContentError) throw Fault.at(REGISTRY_FAULTS['manifest-invalid'], cause.pointer, 'manifest', cause.message);
    throw cause;
  }
}
