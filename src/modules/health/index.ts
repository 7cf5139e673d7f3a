export { HEALTH_EVENTS } from './domain/health.events.js';
export { HEALTH_METRICS } from './domain/health.metrics.js';
export { HEALTH_PERMISSIONS } from './domain/health.permissions.js';
export { HealthBoard } from './health-board.js';
export { HealthModule } from './health.module.js';
export { type HealthProbe, HealthProbes, ProbeFailure } from './health-probe.js';
export { RuntimeStanding, type Standing, type StandingRelease } from './runtime-standing.js';
