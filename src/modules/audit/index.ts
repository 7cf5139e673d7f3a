export { AuditLog } from './audit-log.js';
export { AuditModule } from './audit.module.js';
export { AUDIT_EVENTS } from './domain/audit.events.js';
export { AUDIT_FAULTS } from './domain/audit.faults.js';
export { AUDIT_METRICS } from './domain/audit.metrics.js';
export { AUDIT_PERMISSIONS } from './domain/audit.permissions.js';
export { LedgerReader } from './ledger-reader.js';
export { LedgerVerifier } from './verification/ledger-verifier.js';
