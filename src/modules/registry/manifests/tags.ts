import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { subjectOfTag } from '../domain/evidence.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { isImmutable, type RegistryPolicy } from '../domain/registry-policy.js';
import { LifecycleRepository } from '../persistence/lifecycle.repository.js';
import { PolicyRepository } from '../persistence/policy.repository.js';
import { RepositoryRepository } from '../persistence/repository.repository.js';
import { TagRepository } from '../persistence/tag.repository.js';
import { RepositoryAccess } from '../repository-access.js';
import { TagSeals } from './tag-seals.js';

/** The manifest that a tag is to point to. */
export interface TagTarget {
  readonly projectId: string;
  readonly repositoryId: string;
  readonly digest: string;
}

/** Names that can be moved. Each move is an entry of its own, sealed into the row with a number that only grows. */
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
    const { projectId, repositoryId, digest } = target;
    const former = await this.tags.hold(tx, repositoryId, name);
    if (former?.digest === digest && this.seals.isWhole(former)) return;
    if (former !== null && former.digest !== digest) requireMovable(policy, name);
    const tag = { repositoryId, name, digest, version: (former?.version ?? 0) + 1 };
    const sealed = { ...tag, seal: this.seals.of(tag) };
    if (former !== null) await this.tags.move(tx, sealed, principal.id);
    // Made by somebody else since: it stands now, and is moved as any that does.
    else if (!(await this.tags.insert(tx, sealed, principal.id))) return this.point(tx, principal, target, name, policy);
    await this.audit.append(tx, {
      kind: REGISTRY_EVENTS['registry.tag.move'],
      outcome: 'success',
      actor: principal,
      projectId,
      targets: [
        { type: 'tag', uid: `${repositoryId}:${name}` },
        { type: 'manifest', uid: digest },
      ],
      facts: { tag: name, digest, version: tag.version, ...(former === null ? {} : { formerDigest: former.digest }) },
    });
  }

  /** The manifest stays. Faults: manifest-unknown, tag-immutable. */
  async delete(principal: Principal, repository: string, name: string): Promise<void> {
    const projectId = await this.access.require(principal, 'delete', repository, REGISTRY_FAULTS['manifest-unknown']);
    await this.uow.run(principal, async (tx) => {
      const repositoryId = await this.repositories.find(tx, repository, projectId);
      const former = repositoryId === null ? null : await this.tags.hold(tx, repositoryId, name);
      if (former === null) throw new Fault(REGISTRY_FAULTS['manifest-unknown']);
      requireMovable(await this.policies.of(tx, projectId), name);
      await this.tags.remove(tx, former.repositoryId, name);
      const subject = subjectOfTag(name);
      if (subject !== null) await this.lifecycle.markDue(tx, former.repositoryId, [subject]);
      await this.audit.append(tx, {
        kind: REGISTRY_EVENTS['registry.tag.delete'],
        outcome: 'success',
        actor: principal,
        projectId,
        targets: [{ type: 'tag', uid: `${former.repositoryId}:${name}` }],
        facts: { tag: name, digest: former.digest, version: former.version },
      });
    });
  }
}

/** Of a tag that stands. Fault: tag-immutable. */
export function requireMovable(policy: Pick<RegistryPolicy, 'immutableTags'>, tag: string): void {
  if (isImmutable(policy, tag)) throw new Fault(REGISTRY_FAULTS['tag-immutable'], { detail: `The tag ${tag} is neither moved nor deleted: the policy of the project says so.` });
}
