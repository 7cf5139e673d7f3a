import { permissions } from '#pure/capability/permission.js';
import type { AttributeSchema } from '#pure/policy/condition.js';

/** What conditions may ask of an account of a person, and of one of a program. */
export const USER_ATTRIBUTES = { username: 'text', status: 'text', createdBy: 'text', createdAt: 'instant' } as const satisfies AttributeSchema;
export const SERVICE_ACCOUNT_ATTRIBUTES = { name: 'text', status: 'text', ownerId: 'text', createdBy: 'text', createdAt: 'instant' } as const satisfies AttributeSchema;

/**
 * What the auth module lets roles grant. It stands in the domain because the engine itself decides: a door's
 * `@Requires` is the pipeline's early refusal, the deed asks again in its own scope.
 */
export const AUTH_PERMISSIONS = permissions({
  'users:read': { scope: 'manage:identity', description: 'See user accounts.' },
  'users:create': { scope: 'manage:identity', sessionOnly: true, description: 'Create user accounts.' },
  'users:update': { scope: 'manage:identity', description: 'Change the names of user accounts.' },
  'users:disable': { scope: 'manage:identity', description: 'Disable and enable user accounts.' },
  'users:invite': { scope: 'manage:identity', sessionOnly: true, description: 'Invite people, with roles that are no stronger than one’s own; see invitations and take them back.' },
  'users:reset-password': { scope: 'manage:identity', sessionOnly: true, description: 'Give people who are no stronger than oneself a link to set their password anew, and say where such links go.' },
  'users:reset-mfa': { scope: 'manage:identity', sessionOnly: true, description: 'Take the second factors of people who have lost them, and are no stronger than oneself.' },
  'service-accounts:read': { scope: 'manage:identity', description: 'See service accounts.' },
  'service-accounts:create': { scope: 'manage:identity', description: 'Create service accounts.' },
  'service-accounts:update': { scope: 'manage:identity', description: 'Change the names and demands of service accounts, and say who answers for those that are no stronger than oneself.' },
  'service-accounts:disable': { scope: 'manage:identity', description: 'Disable and enable service accounts.' },
  'service-accounts:issue-secret': { scope: 'manage:identity', sessionOnly: true, description: 'Give secrets, API keys and certificates to service accounts that are no stronger than oneself.' },
  'service-accounts:revoke-secret': { scope: 'manage:identity', description: 'Revoke secrets, API keys and certificates of service accounts.' },
  'sessions:read': { scope: 'manage:identity', description: 'See the sessions of others, and where they were opened from.' },
  'sessions:revoke': { scope: 'manage:identity', description: 'End sessions of others.' },
  'access:read': { scope: 'manage:identity', description: 'See which sources are blocked.' },
  'access:unblock': { scope: 'manage:identity', description: 'Let blocked sources in again.' },
  'api-keys:create': { scope: 'manage:identity', everyone: true, sessionOnly: true, description: "Make keys for one's own programs." },
  'api-keys:read': { scope: 'read:data', everyone: true, description: "See one's own keys." },
  'api-keys:revoke': { scope: 'read:data', everyone: true, description: "Revoke one's own keys." },
  'api-keys:read-any': { scope: 'manage:identity', description: "See everybody's keys, without the secrets." },
  'api-keys:revoke-any': { scope: 'manage:identity', description: "Revoke anybody's keys." },
  'account:read': { scope: 'read:data', everyone: true, description: "See one's own account." },
  'account:update': { scope: 'manage:identity', everyone: true, description: "Change one's own password, e-mail address and second factors." },
  'account:renew': { scope: 'read:data', everyone: true, description: "Renew the lease of one's own token." },
  'account:step-up': { scope: 'read:data', everyone: true, description: 'Prove oneself anew, for what needs a stronger or a fresher login.' },
  'account:logout': { scope: 'read:data', everyone: true, description: "End one's own sessions." },
  'clients:read': { scope: 'manage:identity', description: 'See the clients that people use.' },
  'clients:create': { scope: 'manage:identity', description: 'Register clients, for scopes that the own token has.' },
  'clients:update': { scope: 'manage:identity', description: 'Change the names, scopes and demands of clients.' },
  'clients:disable': { scope: 'manage:identity', description: 'Disable and enable clients.' },
  'tokens:introspect': { scope: 'manage:identity', description: 'Ask about tokens of others (RFC 7662).' },
  'devices:approve': { scope: 'read:data', everyone: true, description: 'Let a device in as oneself, for no more than the own token may do.' },
}, {
  users: { attributes: USER_ATTRIBUTES, fields: ['username', 'displayName', 'status', 'mustChangePassword', 'createdAt', 'createdBy'] },
  'service-accounts': { attributes: SERVICE_ACCOUNT_ATTRIBUTES },
});
