import { Injectable } from '@nestjs/common';
import { PolicyDecision, Projects } from '#modules/rbac/index.js';
import { Config } from '#platform/config/config.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault, type FaultKind } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { formatAccessScope, type RepositoryAction } from '#pure/oci/access-scope.js';
import { registryChallenge, scopeOfMount } from '#pure/oci/registry-challenge.js';
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
    private readonly config: Config,
  ) {}

  /**
   * The id of the project, or the fault. A project that does not exist and one that may not be seen are both answered
   * with `unseen`, which the caller also gives for a repository or blob that is not there: nothing tells them apart.
   */
  async require(principal: Principal, action: RepositoryAction, name: string, unseen: FaultKind = REGISTRY_FAULTS['name-unknown']): Promise<string> {
    try {
      const project = await this.projects.resolve(principal, projectReferenceOf(name));
      await this.policy.require(principal, PERMISSION_OF_ACTION[action], project.id);
      // Last, so that nobody is sent for a token that they would not get.
      this.requireInToken(principal, action, name);
      return project.id;
    } catch (cause) {
      if (cause instanceof Fault && cause.kind === REQUEST_FAULTS['not-found']) {
        throw new Fault(unseen, cause.context.concealed === true ? { concealed: true } : {});
      }
      throw cause;
    }
  }

  /** Of a list of all repositories. Fault: token-too-narrow. */
  requireCatalog({ repositoryAccess }: Principal): void {
    if (repositoryAccess !== undefined && !repositoryAccess.some(({ type }) => type === 'registry')) throw this.tooNarrow('registry:catalog:*');
  }

  private requireInToken({ repositoryAccess }: Principal, action: RepositoryAction, name: string): void {
    if (repositoryAccess === undefined) return;
    const isThere = repositoryAccess.some((scope) => scope.type === 'repository' && scope.name === name && scope.actions.includes(action));
    // Who pushes also asks what is there already.
    if (!isThere) throw this.tooNarrow(formatAccessScope({ type: 'repository', name, actions: action === 'push' ? ['pull', 'push'] : [action] }));
  }

  /** 401 and not 403: by that a client knows to ask for another token, and for which. */
  private tooNarrow(scope: string): Fault {
    return new Fault(REGISTRY_FAULTS['token-too-narrow'], { headers: { 'WWW-Authenticate': registryChallenge(this.config.http.publicUrl, scope, 'insufficient_scope') } });
  }

  /**
   * Whether what `source` shows may be mounted from it. Fault: token-too-narrow, when nothing but the token is in the way: it asks for
   * one for both repositories, as the token specification has it. Who has no right to the source is not sent for one.
   */
  async permitsMount(principal: Principal, target: string, source: string): Promise<boolean> {
    return this.require(principal, 'pull', source).then(
      () => true,
      (cause: unknown) => {
        if (!(cause instanceof Fault) || cause.kind.status >= 500) throw cause;
        if (cause.kind === REGISTRY_FAULTS['token-too-narrow']) throw this.tooNarrow(scopeOfMount(target, source));
        return false;
      },
    );
  }

  /** Names that a token opens for pulling; null: it is none, and narrows nothing. */
  pullableNames({ repositoryAccess }: Principal): readonly string[] | null {
    return repositoryAccess?.flatMap((scope) => (scope.type === 'repository' && scope.actions.includes('pull') ? [scope.name] : [])) ?? null;
  }

  /** Whether `require` would give an id. */
  permits(principal: Principal, action: RepositoryAction, name: string): Promise<boolean> {
    return isGranted(this.require(principal, action, name));
  }

  /** Whether the policy lets it be done in the project. */
  may(principal: Principal, permission: Permission, projectId: string): Promise<boolean> {
    return isGranted(this.policy.require(principal, permission, projectId));
  }
}

/** False for a refusal; what went wrong on our side is no answer. */
function isGranted(asked: Promise<unknown>): Promise<boolean> {
  return asked.then(
    () => true,
    (cause: unknown) => {
      if (cause instanceof Fault && cause.kind.status < 500) return false;
      throw cause;
    },
  );
}
