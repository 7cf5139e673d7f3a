import { Injectable } from '@nestjs/common';
import { PolicyDecision, Projects } from '#modules/rbac/index.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { Webhooks } from '../alerting/webhooks.js';
import { AUDIT_PERMISSIONS } from '../domain/audit.permissions.js';
import type { Webhook } from '../domain/webhook.js';

const { 'audit:read': READ_AUDIT, 'webhooks:read': READ } = AUDIT_PERMISSIONS;

/**
 * Who may do what with a webhook, by the project that it belongs to. A webhook hands entries on: whoever makes one, or
 * says where an existing one goes and what it sends, must be permitted to read them with this very token, or a
 * webhook would be a way around the token's scope and, with somebody else's webhook, around one's own roles.
 */
@Injectable()
export class WebhookAccess {
  constructor(
    private readonly policy: PolicyDecision,
    private readonly projects: Projects,
    private readonly webhooks: Webhooks,
  ) {}

  /** The scope of a new webhook, in which the principal may make it. */
  async scopeFor(principal: Principal, project: string | undefined): Promise<string | null> {
    const projectId = project === undefined ? null : (await this.projects.resolve(principal, project)).id;
    await this.requireHandingOn(principal, AUDIT_PERMISSIONS['webhooks:create'], projectId);
    return projectId;
  }

  visibleTo(principal: Principal): Promise<'all' | readonly string[]> {
    return this.policy.projectsPermitting(principal, READ);
  }

  /** The webhook; not-found for one that the principal may not see, as for one that there is none of. */
  async visible(principal: Principal, id: string): Promise<Webhook> {
    const [among, webhook] = [await this.visibleTo(principal), await this.webhooks.find(principal, id)];
    if (webhook === null || !(among === 'all' || (webhook.projectId !== null && among.includes(webhook.projectId)))) throw new Fault(REQUEST_FAULTS['not-found']);
    return webhook;
  }

  async require(principal: Principal, permission: Permission, id: string): Promise<void> {
    const { projectId } = await this.visible(principal, id);
    await this.policy.require(principal, permission, projectId);
  }

  /** For what changes who hears what. */
  async requireRedirecting(principal: Principal, id: string): Promise<void> {
    const { projectId } = await this.visible(principal, id);
    await this.requireHandingOn(principal, AUDIT_PERMISSIONS['webhooks:update'], projectId);
  }

  private async requireHandingOn(principal: Principal, permission: Permission, projectId: string | null): Promise<void> {
    await this.policy.require(principal, permission, projectId);
    await this.policy.require(principal, READ_AUDIT, projectId);
  }
}
