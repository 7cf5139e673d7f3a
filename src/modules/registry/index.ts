export { BlobPull } from './blobs/blob-pull.js';
export { ManifestPush } from './manifests/manifest-push.js';
export { REGISTRY_EVENTS } from './domain/registry.events.js';
export { REGISTRY_FAULTS } from './domain/registry.faults.js';
export { REGISTRY_METRICS } from './domain/registry.metrics.js';
export { REGISTRY_PERMISSIONS } from './domain/registry.permissions.js';
export { RegistryModule } from './registry.module.js';
