import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision, Projects } from '#modules/rbac/index.js';
import { type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Page, PageRequest } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import { fingerprintOf, type TrustedKey, TRUSTED_KEYS_MAX } from '../domain/trusted-key.js';
import { PolicyRepository } from '../persistence/policy.repository.js';
import { TrustedKeyRepository } from '../persistence/trusted-key.repository.js';

export type NewTrustedKey = Pick<TrustedKey, 'label' | 'kind' | 'material'>;

const WANTED: Readonly<Record<TrustedKey['kind'], string>> = {
  'public-key': 'One public key in PEM (SPKI): ECDSA on P-256, P-384 or P-521, Ed25519, or RSA of 2048 to 8192 bits.',
  'certificate-authority': 'One X.509 certificate in PEM.',
};

/** Whose signatures a project believes. Every change is another version of its policy, so all that was verified before is looked at again. */
@Injectable()
export class TrustedKeys {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly keys: TrustedKeyRepository,
    private readonly policies: PolicyRepository,
    private readonly projects: Projects,
    private readonly policy: PolicyDecision,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Faults: invalid-request, trusted-key-listed, trusted-keys-exhausted. */
  async add(principal: Principal, request: IdempotentRequest | null, project: string, { label, kind, material }: NewTrustedKey): Promise<TrustedKey> {
    const projectId = await this.permitted(principal, 'registry:govern', project);
    const fingerprint = fingerprintOf(kind, material);
    if (fingerprint === null) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/material', 'key', WANTED[kind]);
    const addedAt = this.clock.now();
    const key: TrustedKey = { id: this.randomness.uuidv7(addedAt.getTime()), projectId, label, kind, material, fingerprint, addedBy: principal.id, addedAt };
    return this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        const policy = await this.policies.lock(tx, projectId);
        if ((await this.keys.count(tx, projectId)) >= TRUSTED_KEYS_MAX) throw new Fault(REGISTRY_FAULTS['trusted-keys-exhausted']);
        if (!(await this.keys.insert(tx, key))) throw new Fault(REGISTRY_FAULTS['trusted-key-listed']);
        await this.policies.change(tx, projectId, policy);
        await this.record(tx, 'registry.trusted-key.add', principal, key);
        return { resourceId: key.id, value: key };
      },
      async (tx, id) => found(await this.keys.find(tx, projectId, id)),
    );
  }

  async list(principal: Principal, project: string, page: PageRequest): Promise<Page<TrustedKey>> {
    const projectId = await this.permitted(principal, 'registry:pull', project);
    return this.uow.read(principal, (reading) => this.keys.list(reading, projectId, page));
  }

  /** Fault: not-found. */
  async get(principal: Principal, project: string, id: string): Promise<TrustedKey> {
    const projectId = await this.permitted(principal, 'registry:pull', project);
    return found(await this.uow.read(principal, (reading) => this.keys.find(reading, projectId, id)));
  }

  /** Fault: not-found. */
  async remove(principal: Principal, project: string, id: string): Promise<void> {
    const projectId = await this.permitted(principal, 'registry:govern', project);
    await this.uow.run(principal, async (tx) => {
      const policy = await this.policies.lock(tx, projectId);
      const key = found(await this.keys.find(tx, projectId, id));
      await this.keys.remove(tx, projectId, id);
      await this.policies.change(tx, projectId, policy);
      await this.record(tx, 'registry.trusted-key.remove', principal, key);
    });
  }

  /** The id of the project, which may be given by its slug. */
  private async permitted(principal: Principal, permission: 'registry:pull' | 'registry:govern', project: string): Promise<string> {
    const { id } = await this.projects.resolve(principal, project);
    await this.policy.require(principal, REGISTRY_PERMISSIONS[permission], id);
    return id;
  }

  private async record(tx: Tx, code: 'registry.trusted-key.add' | 'registry.trusted-key.remove', actor: Principal, { id, projectId, kind, fingerprint }: TrustedKey): Promise<void> {
    await this.audit.append(tx, { kind: REGISTRY_EVENTS[code], outcome: 'success', actor, projectId, targets: [{ type: 'trusted-key', uid: id }], facts: { keyKind: kind, fingerprint } });
  }
}

function found(key: TrustedKey | null): TrustedKey {
  if (key === null) throw new Fault(REQUEST_FAULTS['not-found']);
  return key;
}
