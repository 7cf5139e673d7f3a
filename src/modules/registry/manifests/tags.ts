import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { requestTrail } from '#platform/system/request-context.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { subjectOfTag } from '../domain/evidence.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { isImmutable, type RegistryPolicy } from '../domain/registry-policy.js';
import { LifecycleRepository } from '../persistence/lifecycle.repository.js';
import { PolicyRepository } from '../persistence/policy.repository.js';
import { RepositoryRepository } from '../persistence/repository.repository.js';
import { type RemovedTag, TagRepository } from '../persistence/tag.repository.js';
import { RepositoryAccess } from '../repository-access.js';
import { TagSeals } from './tag-seals.js';

/** The manifest that a tag is to point to. */
export interface TagTarget {
  readonly projectId: string;
  readonly repositoryId: string;
  readonly repository: string;
  readonly digest: string;
}

/** By itself, or with its manifest. */
type GoneKind = (typeof REGISTRY_EVENTS)['registry.tag.delete' | 'registry.tag.remove'];

/** Names that can be moved. Each move and each deletion is an entry of its own, with a number that only grows; the row is sealed with it. */
@Injectable()
export class Tags {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly repositories: RepositoryRepository,
    private readonly tags: TagRepository,
    private readonly policies: PolicyRepository,
    private readonly lifecycle: LifecycleRepository,
    private readonly seals: TagSeals,
    private readonly access: RepositoryAccess,
    private readonly audit: AuditLog,
  ) {}

  /** Names behind `after`, sorted. Fault: name-unknown. */
  async list(principal: Principal, name: string, after: string, limit: number): Promise<readonly string[]> {
    const projectId = await this.access.require(principal, 'pull', name);
    return this.uow.read(principal, async (reading) => {
      const repositoryId = await this.repositories.find(reading, name, projectId);
      if (repositoryId === null) throw new Fault(REGISTRY_FAULTS['name-unknown']);
      return this.tags.names(reading, repositoryId, after, limit);
    });
  }

  /** Points the tag there, in the caller's transaction. Nothing happens when it does already. Fault: tag-immutable. */
  async point(tx: Tx, principal: Principal, target: TagTarget, name: string, policy: Pick<RegistryPolicy, 'immutableTags'>): Promise<void> {
    const { projectId, repositoryId, repository, digest } = target;
    const { former, nextVersion } = await this.tags.hold(tx, repositoryId, name);
    if (former?.digest === digest && this.seals.isWhole(former)) return;
    if (former !== null && former.digest !== digest) requireMovable(policy, name);
    const tag = { repositoryId, name, digest, version: nextVersion };
    const sealed = { ...tag, seal: this.seals.of(tag) };
    if (former !== null) await this.tags.move(tx, sealed, principal.id, former.digest);
    // Made by somebody else since: it stands now, and is moved as any that does.
    else if (!(await this.tags.insert(tx, sealed, principal.id))) return this.point(tx, principal, target, name, policy);
    crashPoint('registry.tag.after-row');
    await this.audit.append(tx, {
      kind: REGISTRY_EVENTS['registry.tag.move'],
      outcome: 'success',
      actor: principal,
      projectId,
      targets: [
        { type: 'tag', uid: `${repositoryId}:${name}` },
        { type: 'manifest', uid: digest },
      ],
      facts: { tag: name, repositoryId, repository, digest, version: tag.version, ...(former === null ? {} : { formerDigest: former.digest }) },
    });
  }

  /** The manifest stays. Faults: manifest-unknown, tag-immutable. */
  async delete(principal: Principal, repository: string, name: string): Promise<void> {
    const projectId = await this.access.require(principal, 'delete', repository, REGISTRY_FAULTS['manifest-unknown']);
    await this.uow.run(principal, async (tx) => {
      const repositoryId = await this.repositories.find(tx, repository, projectId);
      const former = repositoryId === null ? null : (await this.tags.hold(tx, repositoryId, name)).former;
      if (former === null) throw new Fault(REGISTRY_FAULTS['manifest-unknown']);
      requireMovable(await this.policies.of(tx, projectId), name);
      const removed = await this.tags.remove(tx, former.repositoryId, [name]);
      const subject = subjectOfTag(name);
      if (subject !== null) await this.lifecycle.markDue(tx, former.repositoryId, [subject]);
      await this.recordGone(tx, principal, REGISTRY_EVENTS['registry.tag.delete'], { projectId, repositoryId: former.repositoryId, repository, digest: former.digest }, removed);
    });
  }

  /** An entry for each, in the transaction that deletes them: what the checkpoint of all tags is made of. */
  async recordGone(tx: Tx, actor: Principal, kind: GoneKind, { projectId, repositoryId, repository, digest }: TagTarget, tags: readonly RemovedTag[]): Promise<void> {
    const events = tags.map(({ name, version }) => ({
      event: {
        kind,
        outcome: 'success' as const,
        actor,
        projectId,
        targets: [{ type: 'tag', uid: `${repositoryId}:${name}` }],
        facts: { tag: name, repositoryId, repository, digest, version },
      },
      trail: requestTrail(),
    }));
    if (events.length > 0) await this.audit.appendAll(tx, events);
  }
}

/** Of a tag that stands. Fault: tag-immutable. */
export function requireMovable(policy: Pick<RegistryPolicy, 'immutableTags'>, tag: string): void {
  if (isImmutable(policy, tag)) throw new Fault(REGISTRY_FAULTS['tag-immutable'], { detail: `The tag ${tag} is neither moved nor deleted: the policy of the project says so.` });
}
