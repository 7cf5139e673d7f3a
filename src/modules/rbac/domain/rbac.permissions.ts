import { permissions } from '#pure/capability/permission.js';
import type { AttributeSchema } from '#pure/policy/condition.js';

/** What conditions may ask of a project, and of a binding. */
export const PROJECT_ATTRIBUTES = { slug: 'text', createdAt: 'instant' } as const satisfies AttributeSchema;
export const BINDING_ATTRIBUTES = { role: 'text', subjectId: 'text', createdBy: 'text', expiresAt: 'instant' } as const satisfies AttributeSchema;

/** In `domain/` and not beside the controllers, because the engine decides by them inside its own transactions. */
export const RBAC_PERMISSIONS = permissions({
  'projects:read': { scope: 'read:data', whileArchived: true, description: 'See projects' },
  'projects:create': { scope: 'manage:policy', description: 'Make projects' },
  'projects:update': { scope: 'manage:policy', description: 'Rename projects' },
  'projects:archive': { scope: 'manage:policy', whileArchived: true, description: 'Archive projects, and take them into use again' },
  'roles:read': { scope: 'manage:policy', description: 'See what roles allow' },
  'roles:create': { scope: 'manage:policy', description: 'Make roles of rules that one has' },
  'roles:update': { scope: 'manage:policy', description: 'Change roles by rules that one has' },
  'roles:delete': { scope: 'manage:policy', description: 'Remove roles that nobody has' },
  'roles:escalate': { scope: 'manage:policy', assurance: 'aal2', description: 'Put rules into roles that one does not have, with an approval' },
  'roles:bind': { scope: 'manage:policy', assurance: 'aal2', description: 'Give roles that one does not have, with an approval' },
  'separations:read': { scope: 'manage:policy', description: 'See which roles must not be held together' },
  'separations:create': { scope: 'manage:policy', description: 'Forbid that two roles are held together' },
  'separations:delete': { scope: 'manage:policy', description: 'Let two roles be held together again' },
  'policy:read': { scope: 'manage:policy', description: 'Ask who may do what, and why' },
  'policy:ask': { scope: 'read:data', whileArchived: true, everyone: true, description: 'Ask what one may do oneself' },
  'permissions:read': { scope: 'manage:policy', description: 'See the catalogue of permissions' },
  'role-bindings:read': { scope: 'manage:policy', whileArchived: true, description: 'See who has which role' },
  'role-bindings:create': { scope: 'manage:policy', description: 'Give roles that one holds to others' },
  'role-bindings:delete': { scope: 'manage:policy', whileArchived: true, description: 'Take roles from others' },
  'projects:approvals': { scope: 'manage:policy', description: 'Say whether deeds in a project take a second person' },
  'break-glass:read': { scope: 'manage:policy', description: 'See accounts for emergencies, and what they were opened for' },
  'break-glass:enroll': { scope: 'manage:policy', description: 'Seal accounts for emergencies, and make them ordinary again' },
  'break-glass:open': { scope: 'manage:policy', everyone: true, description: 'Break the glass, with an account that is sealed, by a login at aal2' },
  'break-glass:review': { scope: 'manage:policy', description: 'Say what an emergency turned out to be' },
  'approvals:follow': { scope: 'read:data', whileArchived: true, everyone: true, description: "See one's own requests for approval" },
  'approvals:withdraw': { scope: 'write:data', whileArchived: true, everyone: true, description: "Withdraw one's own requests for approval" },
  'approvals:read': { scope: 'manage:policy', whileArchived: true, description: 'See what waits for an approval' },
  // At aal2, which the engine asks for: demanded here, it would be demanded of whoever gives somebody the role.
  'approvals:decide': { scope: 'manage:policy', whileArchived: true, description: 'Approve and reject what others ask for, by a login at aal2' },
}, {
  projects: { attributes: PROJECT_ATTRIBUTES },
  'role-bindings': { attributes: BINDING_ATTRIBUTES },
});
