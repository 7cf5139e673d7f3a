import { permissions } from '#pure/capability/permission.js';
import type { AttributeSchema } from '#pure/policy/condition.js';

/** What conditions may ask of a simulation. */
export const SIMULATION_ATTRIBUTES = {
  createdBy: 'text',
  name: 'text',
  status: 'text',
  priority: 'text',
  method: 'text',
  precision: 'text',
  shots: 'number',
  qubits: 'number',
  createdAt: 'instant',
} as const satisfies AttributeSchema;

/** Members of a simulation that a rule can keep back: all but its id. With the result goes whatever is in it. */
const FIELDS = [
  ...['name', 'project', 'status', 'progress', 'priority', 'deadline', 'method', 'precision', 'items', 'qubits', 'shots', 'seed', 'programDigest', 'programReferences'],
  ...['createdAt', 'startedAt', 'finishedAt', 'result', 'error', 'signature'],
];

/** What the simulation module lets roles grant. In the domain because the engine decides again, in the job's project. */
export const SIMULATION_PERMISSIONS = permissions({
  'simulation:run': { scope: 'run:simulation', description: 'Submit circuits for simulation.' },
  'simulation:read': { scope: 'read:data', whileArchived: true, description: 'See simulations, their results and their receipts.' },
  'simulation:cancel': { scope: 'run:simulation', whileArchived: true, description: 'Cancel simulations.' },
}, {
  simulation: { attributes: SIMULATION_ATTRIBUTES, fields: FIELDS },
});
