import { permissions } from '#pure/capability/permission.js';

/** In `domain/` and not beside the controllers, because the engine decides by them inside its own transactions. */
export const RBAC_PERMISSIONS = permissions({
  'projects:read': { scope: 'read:data', description: 'See projects' },
  'projects:create': { scope: 'manage:policy', description: 'Make projects' },
  'roles:read': { scope: 'manage:policy', description: 'See what roles allow' },
  'permissions:read': { scope: 'manage:policy', description: 'See the catalogue of permissions' },
  'role-bindings:read': { scope: 'manage:policy', description: 'See who has which role' },
  'role-bindings:create': { scope: 'manage:policy', description: 'Give roles that one holds to others' },
  'role-bindings:delete': { scope: 'manage:policy', description: 'Take roles from others' },
});
