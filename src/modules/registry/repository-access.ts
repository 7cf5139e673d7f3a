import { Injectable } from '@nestjs/common';
import { PolicyDecision, Projects } from '#modules/rbac/index.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault, type FaultKind } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { RepositoryAction } from '#pure/oci/access-scope.js';
import { projectReferenceOf } from '#pure/oci/repository-name.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_FAULTS } from './domain/registry.faults.js';
import { REGISTRY_PERMISSIONS } from './domain/registry.permissions.js';

/** What each action of the protocol is in the words of the policy. */
export const PERMISSION_OF_ACTION: Readonly<Record<RepositoryAction, Permission>> = {
  pull: REGISTRY_PERMISSIONS['registry:pull'],
  push: REGISTRY_PERMISSIONS['registry:push'],
  delete: REGISTRY_PERMISSIONS['registry:delete'],
};

/** From a repository's name to its project, and whether the principal may do something there. */
@Injectable()
export class RepositoryAccess {
  constructor(
    private readonly projects: Projects,
    private readonly policy: PolicyDecision,
  ) {}

  /**
   * The id of the project, or the fault. A project that does not exist and one that may not be seen are both answered
   * with `unseen`, which the caller also gives for a repository or blob that is not there: nothing tells them apart.
   */
  async require(principal: Principal, action: RepositoryAction, name: string, unseen: FaultKind = REGISTRY_FAULTS['name-unknown']): Promise<string> {
    try {
      const project = await this.projects.resolve(principal, projectReferenceOf(name));
      await this.policy.require(principal, PERMISSION_OF_ACTION[action], project.id);
      return project.id;
    } catch (cause) {
      if (cause instanceof Fault && cause.kind === REQUEST_FAULTS['not-found']) {
        throw new Fault(unseen, cause.context.concealed === true ? { concealed: true } : {});
      }
      throw cause;
    }
  }

  /** Whether `require` would give an id. */
  async permits(principal: Principal, action: RepositoryAction, name: string): Promise<boolean> {
    return this.require(principal, action, name).then(
      () => true,
      (cause: unknown) => {
        if (cause instanceof Fault && cause.kind.status < 500) return false;
        throw cause;
      },
    );
  }
}
