import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision, Projects } from '#modules/rbac/index.js';
import { type ExpectedVersion, requireVersion } from '#platform/database/expected-version.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import type { RegistryPolicy, VersionedPolicy } from '../domain/registry-policy.js';
import { flawOf, type RetentionRule } from '../domain/retention-rule.js';
import { PolicyRepository } from '../persistence/policy.repository.js';

/** What a project demands of its images. */
@Injectable()
export class ProjectPolicies {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policies: PolicyRepository,
    private readonly projects: Projects,
    private readonly policy: PolicyDecision,
    private readonly audit: AuditLog,
  ) {}

  /** Of a project that has said nothing, the default. */
  async get(principal: Principal, project: string): Promise<VersionedPolicy> {
    const projectId = await this.permitted(principal, 'registry:pull', project);
    return this.uow.read(principal, (reading) => this.policies.of(reading, projectId));
  }

  /** The whole of it. From the commit on, what was verified under the former one counts as quarantined until it is evaluated again. Faults: invalid-request, precondition-failed. */
  async set(principal: Principal, project: string, expected: ExpectedVersion, wanted: RegistryPolicy): Promise<VersionedPolicy> {
    const projectId = await this.permitted(principal, 'registry:govern', project);
    for (const [index, rule] of wanted.retention.entries()) requireWhole(rule, index);
    return this.uow.run(principal, async (tx) => {
      requireVersion(await this.policies.lock(tx, projectId), expected);
      const changed = await this.policies.change(tx, projectId, wanted);
      const { mode, demands, immutableTags, retention } = changed;
      await this.audit.append(tx, {
        kind: REGISTRY_EVENTS['registry.policy.update'],
        outcome: 'success',
        actor: principal,
        projectId,
        targets: [{ type: 'project', uid: projectId }],
        facts: {
          version: changed.version,
          mode,
          demands: Object.entries(demands).filter(([, value]) => value !== false && value !== null).map(([name, value]) => (value === true ? name : `${name}=${String(value)}`)),
          immutableTags,
          retention: toldOf(retention),
        },
      });
      return changed;
    });
  }

  /** The id of the project, which may be given by its slug. */
  private async permitted(principal: Principal, permission: 'registry:pull' | 'registry:govern', project: string): Promise<string> {
    const { id } = await this.projects.resolve(principal, project);
    await this.policy.require(principal, REGISTRY_PERMISSIONS[permission], id);
    return id;
  }
}

/** Fault: invalid-request. */
function requireWhole(rule: RetentionRule, index: number): void {
  const flaw = flawOf(rule);
  if (flaw !== null) throw Fault.at(REQUEST_FAULTS['invalid-request'], `/retention/${index}${flaw.field === '' ? '' : `/${flaw.field}`}`, 'retention-rule', flaw.detail);
}

/** In an entry, which has 16 KiB for everything. */
const TOLD_LENGTH_MAX = 4_000;

/** The rules while there is room for them, else what tells them from any others. */
function toldOf(rules: readonly RetentionRule[]): readonly string[] {
  const told = rules.map((rule) => JSON.stringify(rule));
  if (told.reduce((sum, { length }) => sum + length, 0) <= TOLD_LENGTH_MAX) return told;
  return [`${told.length} rules, sha256:${createHash('sha256').update(told.join('\n')).digest('hex')}`];
}
