import type { Rule } from './rule.js';

/**
 * The roles that every installation has. They are code: the database keeps their names, so that bindings can refer
 * to them, and their rules come from here, so that nothing written to a table changes what `owner` means.
 *
 * Permissions are referred to by name, because the modules that declare them lie to the right of this one; a test of
 * the roof checks that each name exists. A resource with the verb `*` may belong to a module that is still to come.
 */
export interface BuiltinRole {
  readonly description: string;
  readonly rules: readonly Rule[];
  /** Bound globally and without an end, or not at all: whoever counts on this role must not find it ended overnight. */
  readonly unlimited?: true;
}

const allow = (resource: string, ...verbs: string[]): Rule => ({ effect: 'allow', resource, verbs });

const deny = (resource: string, ...verbs: string[]): Rule => ({ effect: 'deny', resource, verbs });

const VIEWING: readonly Rule[] = [
  allow('simulation', 'read'),
  allow('registry', 'pull'),
  allow('waveforms', 'verify'),
  allow('projects', 'read'),
  allow('roles', 'read'),
  allow('permissions', 'read'),
];

export const BUILTIN_ROLES = {
  'viewer': { description: 'Sees results, pulls images and verifies waveforms.', rules: VIEWING },
  'researcher': { description: 'Runs and cancels simulations, tags waveforms, and sees what a viewer sees.', rules: [...VIEWING, allow('simulation', 'run', 'cancel'), allow('waveforms', 'tag')] },
  'operator': {
    description: 'Pushes images and stops simulations of anybody.',
    rules: [allow('projects', 'read'), allow('registry', 'pull', 'pull-quarantined', 'push', 'delete'), allow('simulation', 'read', 'cancel')],
  },
  'key-manager': { description: 'Manages and uses keys.', rules: [allow('projects', 'read'), allow('keys', '*')] },
  // Reads the record and who may do what, none of the work itself; never together with a role that writes.
  'auditor': {
    description: 'Reads the ledger, principals and policy.',
    rules: [
      ...['users', 'service-accounts', 'projects', 'roles', 'permissions', 'role-bindings', 'separations', 'policy', 'approvals', 'break-glass', 'alerts', 'metrics', 'access', 'clients'].map((resource) => allow(resource, 'read')),
      allow('audit', 'read', 'personal', 'verify'),
      allow('api-keys', 'read-any'),
    ],
  },
  // Whoever binds roles must hold them: what a viewer sees is here so that this role can let somebody in at all.
  'access-admin': {
    description: 'Manages users, service accounts and bindings of roles no stronger than its own.',
    rules: [...VIEWING, allow('users', '*'), allow('service-accounts', '*'), allow('sessions', '*'), allow('api-keys', 'read-any', 'revoke-any'), allow('clients', '*'), allow('role-bindings', '*'), allow('policy', 'read')],
  },
  'security-admin': {
    description: 'Manages policy, projects, signing keys, sessions, approvals, alerts and webhooks; stops accounts.',
    rules: [
      allow('projects', 'read', 'create', 'approvals', 'update', 'archive'),
      // Not `push`: who answers for images is not who makes them.
      allow('registry', 'pull', 'pull-quarantined', 'govern', 'release', 'revoke', 'maintain'),
      // Not `*`: what goes beyond one's own rights is the owner's to give.
      allow('roles', 'read', 'create', 'update', 'delete'),
      allow('separations', '*'),
      allow('permissions', 'read'),
      allow('policy', 'read'),
      allow('role-bindings', 'read'),
      allow('users', 'read', 'disable'),
      allow('service-accounts', 'read', 'disable', 'revoke-secret'),
      allow('api-keys', 'read-any', 'revoke-any'),
      allow('clients', 'read', 'disable'),
      allow('tokens', '*'),
      allow('signing-keys', '*'),
      allow('sessions', '*'),
      allow('access', '*'),
      allow('approvals', '*'),
      allow('break-glass', 'read', 'review'),
      allow('audit', 'read', 'verify'),
      allow('alerts', '*'),
      allow('webhooks', '*'),
      allow('metrics', 'read'),
    ],
  },
  // Given by nobody and to nobody but a sealed account, for an hour. Whatever would outlive the hour is denied, and
  // whatever would hide it; whole resources where all that one does with them is that.
  'break-glass': {
    description: 'What a sealed account may do in an emergency.',
    rules: [
      allow('*', '*'),
      deny('account', 'update'),
      deny('users', 'create', 'update', 'invite', 'reset-password', 'reset-mfa'),
      deny('service-accounts', 'create', 'update', 'issue-secret'),
      deny('api-keys', '*'),
      deny('clients', '*'),
      deny('devices', '*'),
      deny('roles', 'create', 'update', 'delete', 'escalate', 'bind'),
      deny('role-bindings', 'create', 'delete'),
      deny('separations', 'create', 'delete'),
      deny('projects', 'approvals'),
      deny('registry', 'govern', 'maintain'),
      deny('approvals', 'read', 'decide'),
      deny('audit', '*'),
      deny('alerts', '*'),
      deny('webhooks', '*'),
      deny('break-glass', '*'),
    ],
  },
  'owner': { description: 'Everything. At least one person always has it.', rules: [allow('*', '*')], unlimited: true },
} as const satisfies Readonly<Record<string, BuiltinRole>>;

export type BuiltinRoleId = keyof typeof BUILTIN_ROLES;
export const OWNER = 'owner' satisfies BuiltinRoleId;
export const BREAK_GLASS = 'break-glass' satisfies BuiltinRoleId;
export const AUDITOR = 'auditor' satisfies BuiltinRoleId;

export function builtinRole(id: string): BuiltinRole | undefined {
  return Object.hasOwn(BUILTIN_ROLES, id) ? BUILTIN_ROLES[id as BuiltinRoleId] : undefined;
}
