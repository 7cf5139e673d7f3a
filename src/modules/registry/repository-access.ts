import { Injectable } from '@nestjs/common';
import { PolicyDecision, Projects } from '#modules/rbac/index.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault, type FaultKind } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { projectReferenceOf } from './domain/repository-name.js';

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
  async require(principal: Principal, permission: Permission, name: string, unseen: FaultKind): Promise<string> {
    try {
      const project = await this.projects.resolve(principal, projectReferenceOf(name));
      await this.policy.require(principal, permission, project.id);
      return project.id;
    } catch (cause) {
      if (cause instanceof Fault && cause.kind === REQUEST_FAULTS['not-found']) {
        throw new Fault(unseen, cause.context.concealed === true ? { concealed: true } : {});
      }
      throw cause;
    }
  }
}
