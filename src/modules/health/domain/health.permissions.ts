import { permissions } from '#pure/capability/permission.js';

export const HEALTH_PERMISSIONS = permissions({
  'version:read': { scope: 'read:data', description: 'See which version of the server and of the simulation engine is running.', everyone: true },
  'attestation:read': { scope: 'read:data', description: 'Have the server say, signed, which release it runs and what keeps it from more than it needs.', everyone: true },
  'metrics:read': { scope: 'read:audit', description: 'Read the metrics of the process that answers.' },
});
