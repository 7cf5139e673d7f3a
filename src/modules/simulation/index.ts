export { Cancellation } from './cancellation.js';
export type { Job } from './domain/job.js';
export { SIMULATION_EVENTS } from './domain/simulation.events.js';
export { SIMULATION_FAULTS } from './domain/simulation.faults.js';
export { SIMULATION_PERMISSIONS } from './domain/simulation.permissions.js';
export { JobEndings } from './job-endings.js';
export { JobReader } from './job-reader.js';
export { SimulationModule } from './simulation.module.js';
export { Submission, type SimulationRequest } from './submission.js';
