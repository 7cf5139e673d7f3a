import { Injectable } from '@nestjs/common';
import { PolicyDecision, Projects } from '#modules/rbac/index.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import type { Principal } from '#pure/principal/principal.js';
import { isKeyName } from '../domain/key-name.js';

/** Where a request of the Vault dialect acts, after it was permitted to. */
export interface KeyPlace {
  readonly projectId: string;
  readonly name: string;
}

/** The one way from a request to a project: no door of keys decides by itself. */
@Injectable()
export class KeyAccess {
  constructor(
    private readonly projects: Projects,
    private readonly policy: PolicyDecision,
  ) {}

  /**
   * `namespace` is the header `X-Vault-Namespace`: a project's slug or id, `default` without one. `attributes` is what
   * rules with `where` look at besides the key's name. Throws 404 for a project that the principal has nothing to do
   * with, 403 for what it may not do there, whether there is such a key or not.
   */
  async permit(principal: Principal, permission: Permission, namespace: string | null, name: string, attributes: Readonly<Record<string, string>> = {}): Promise<KeyPlace> {
    if (!isKeyName(name)) throw Fault.at(REQUEST_FAULTS['invalid-request'], 'path:name', 'wrong-format', 'letters, digits, and inside it dots and hyphens; at most 128');
    const projectId = await this.projectOf(principal, namespace);
    await this.policy.require(principal, permission, projectId, { ...attributes, name });
    return { projectId, name };
  }

  /** What more may be shown to who was permitted something else. */
  async permits(principal: Principal, permission: Permission, { projectId, name }: KeyPlace): Promise<boolean> {
    try {
      await this.policy.require(principal, permission, projectId, { name });
      return true;
    } catch (error) {
      if (error instanceof Fault && error.kind.status < 500) return false;
      throw error;
    }
  }

  /** As `permit`, for a list: of which keys there the principal may see the names. */
  async listIn(principal: Principal, permission: Permission, namespace: string | null): Promise<{ readonly projectId: string; readonly filter: RowFilter }> {
    const projectId = await this.projectOf(principal, namespace);
    await this.policy.requireSomethingIn(principal, permission, projectId);
    return { projectId, filter: await this.policy.filter(principal, permission) };
  }

  /** As `permit`, for what is done in a project with no key in particular: imports of a wrapping key. */
  async permitAnywhereIn(principal: Principal, permission: Permission, namespace: string | null): Promise<string> {
    const projectId = await this.projectOf(principal, namespace);
    await this.policy.require(principal, permission, projectId);
    return projectId;
  }

  private async projectOf(principal: Principal, namespace: string | null): Promise<string> {
    const reference = namespace ?? principal.projectId ?? undefined;
    return (await this.projects.resolve(principal, reference)).id;
  }
}
