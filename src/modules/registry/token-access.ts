import { Injectable } from '@nestjs/common';
import { PolicyDecision } from '#modules/rbac/index.js';
import { type AccessScope, mergeAccessScopes, REPOSITORY_ACTIONS, type RepositoryAction } from '#pure/oci/access-scope.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_PERMISSIONS } from './domain/registry.permissions.js';
import { RepositoryAccess } from './repository-access.js';

/** What a token is given of what was asked for. */
@Injectable()
export class TokenAccess {
  constructor(
    private readonly access: RepositoryAccess,
    private readonly policy: PolicyDecision,
  ) {}

  /**
   * As much of `asked` as the principal may do now, perhaps nothing: what is missing is no error (distribution, "Token
   * Authentication Specification"), and what is there only narrows. Faults: those of a key that is for nothing here.
   */
  async grant(principal: Principal, asked: readonly AccessScope[]): Promise<readonly AccessScope[]> {
    await this.policy.require(principal, REGISTRY_PERMISSIONS['registry:ping'], null);
    const granted: AccessScope[] = [];
    for (const scope of mergeAccessScopes(asked)) {
      if (scope.type === 'registry') granted.push(scope);
      else {
        const actions = await this.permitted(principal, scope.name, scope.actions);
        if (actions.length > 0) granted.push({ ...scope, actions });
      }
    }
    return granted;
  }

  private async permitted(principal: Principal, name: string, asked: readonly RepositoryAction[]): Promise<readonly RepositoryAction[]> {
    const answers = await Promise.all(REPOSITORY_ACTIONS.map(async (action) => asked.includes(action) && (await this.access.permits(principal, action, name))));
    return REPOSITORY_ACTIONS.filter((_, at) => answers[at]);
  }
}
