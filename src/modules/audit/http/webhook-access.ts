import { Injectable } from '@nestjs/common';
import { PolicyDecision, Projects } from '#modules/rbac/index.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Attributes, Fact } from '#pure/policy/facts.js';
import { type RowFilter, shows } from '#pure/policy/row-filter.js';
import type { Principal } from '#pure/principal/principal.js';
import { Webhooks } from '../alerting/webhooks.js';
import { AUDIT_PERMISSIONS, type WEBHOOK_ATTRIBUTES } from '../domain/audit.permissions.js';
import type { Webhook } from '../domain/webhook.js';

const { 'audit:read': READ_AUDIT, 'webhooks:read': READ } = AUDIT_PERMISSIONS;

const attributesOf = ({ createdBy, state, createdAt }: Webhook): Record<keyof typeof WEBHOOK_ATTRIBUTES, Fact> => ({ createdBy, state, createdAt });

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
    await this.requireHandingOn(principal, AUDIT_PERMISSIONS['webhooks:create'], projectId, { createdBy: principal.id });
    return projectId;
  }

  visibleTo(principal: Principal): Promise<RowFilter> {
    return this.policy.filter(principal, READ);
  }

  /** The webhook; not-found for one that the principal may not see, as for one that there is none of. */
  async visible(principal: Principal, id: string): Promise<Webhook> {
    const [filter, webhook] = [await this.visibleTo(principal), await this.webhooks.find(principal, id)];
    if (webhook === null) throw new Fault(REQUEST_FAULTS['not-found']);
    if (!shows(filter, webhook.projectId, attributesOf(webhook))) throw new Fault(REQUEST_FAULTS['not-found'], { concealed: true });
    return webhook;
  }

  async require(principal: Principal, permission: Permission, id: string): Promise<void> {
    const webhook = await this.visible(principal, id);
    await this.policy.require(principal, permission, webhook.projectId, attributesOf(webhook));
  }

  /** For what changes who hears what. */
  async requireRedirecting(principal: Principal, id: string): Promise<void> {
    const webhook = await this.visible(principal, id);
    await this.requireHandingOn(principal, AUDIT_PERMISSIONS['webhooks:update'], webhook.projectId, attributesOf(webhook));
  }

  private async requireHandingOn(principal: Principal, permission: Permission, projectId: string | null, attributes: Attributes): Promise<void> {
    await this.policy.require(principal, permission, projectId, attributes);
    await this.policy.require(principal, READ_AUDIT, projectId);
  }
}
