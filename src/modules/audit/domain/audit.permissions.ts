import { permissions } from '#pure/capability/permission.js';

export const AUDIT_PERMISSIONS = permissions({
  'audit:read': { scope: 'read:audit', description: 'Read entries of the ledger, their receipts and proofs' },
});
