import { auditEvents } from '#pure/audit-event/audit-event.js';

const API_ACTIVITY = 6003;
const CREATE = 1;
const READ = 2;
const UPDATE = 3;
const DELETE = 4;

/**
 * What the simulation module records. Submission, cancellation and the list are those of a person or service; the others are
 * deeds of the `simulation-worker`, and one of them is the entry whose receipt a client keeps.
 */
export const SIMULATION_EVENTS = auditEvents({
  'simulation.submit': { classUid: API_ACTIVITY, activityId: CREATE, description: 'A circuit was submitted for simulation.' },
  'simulation.cancel': { classUid: API_ACTIVITY, activityId: UPDATE, description: 'The cancellation of a simulation was demanded; one that was still queued is cancelled by it.' },
  'simulation.artifact.push': { classUid: API_ACTIVITY, activityId: CREATE, description: 'A simulation was pushed to the registry as an artifact about its circuit.' },
  'simulation.ionq.delete': { classUid: API_ACTIVITY, activityId: DELETE, description: 'A simulation was deleted at the IonQ-compatible door: it is hidden there and its metadata are erased. The simulation, its result and its entries stay.' },
  'simulation.list.across-projects': { classUid: API_ACTIVITY, activityId: READ, description: 'Simulations of more than one project were listed.' },
  'simulation.complete': { classUid: API_ACTIVITY, activityId: UPDATE, description: 'A simulation ran to its end and its result was stored.' },
  'simulation.fail': { classUid: API_ACTIVITY, activityId: UPDATE, severityId: 2, description: 'A simulation failed.' },
  'simulation.stop': { classUid: API_ACTIVITY, activityId: UPDATE, description: 'A running simulation was stopped because its cancellation had been demanded.' },
});
