import { permissions } from '#pure/capability/permission.js';

/** What the simulation module lets roles grant. In the domain because the engine decides again, in the job's project. */
export const SIMULATION_PERMISSIONS = permissions({
  'simulation:run': { scope: 'run:simulation', description: 'Submit circuits for simulation.' },
  'simulation:read': { scope: 'read:data', whileArchived: true, description: 'See simulations, their results and their receipts.' },
  'simulation:cancel': { scope: 'run:simulation', whileArchived: true, description: 'Cancel simulations.' },
});
