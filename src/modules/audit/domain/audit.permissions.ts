import { permissions } from '#pure/capability/permission.js';
import type { AttributeSchema } from '#pure/policy/condition.js';

/** What conditions may ask of a webhook, and of an alert. */
export const WEBHOOK_ATTRIBUTES = { createdBy: 'text', state: 'text', createdAt: 'instant' } as const satisfies AttributeSchema;
export const ALERT_ATTRIBUTES = { rule: 'text', severity: 'text', status: 'text' } as const satisfies AttributeSchema;

export const AUDIT_PERMISSIONS = permissions({
  'audit:read': { scope: 'read:audit', whileArchived: true, description: 'Search, export and read entries of the ledger, their receipts and proofs' },
  'audit:personal': { scope: 'read:audit', whileArchived: true, description: 'See the names and addresses that entries hold encrypted' },
  'audit:verify': { scope: 'read:audit', whileArchived: true, description: 'Have the whole ledger verified' },
  'audit:erase': { scope: 'manage:policy', description: 'Destroy the keys of a person\'s data' },
  'alerts:read': { scope: 'read:audit', description: 'See alerts and detection rules, and with audit:read try rules over the past' },
  'alerts:update': { scope: 'manage:policy', description: 'Acknowledge, resolve, reopen and suppress alerts' },
  'webhooks:read': { scope: 'manage:policy', whileArchived: true, description: 'See webhooks and their deliveries' },
  'webhooks:create': { scope: 'manage:policy', description: 'Make webhooks' },
  'webhooks:update': { scope: 'manage:policy', description: 'Change, test and enable webhooks, and rotate their secrets' },
  'webhooks:delete': { scope: 'manage:policy', whileArchived: true, description: 'Remove webhooks' },
}, {
  webhooks: { attributes: WEBHOOK_ATTRIBUTES },
  alerts: { attributes: ALERT_ATTRIBUTES },
});
