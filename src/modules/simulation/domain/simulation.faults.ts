import { faultKinds } from '#pure/fault/fault.js';

/** What the simulation module refuses. */
export const SIMULATION_FAULTS = faultKinds({
  'invalid-program': { status: 422, title: 'The program is not one that can be run.' },
  'invalid-simulation': { status: 422, title: 'The simulation asks for something that is out of range or not supported.' },
  'program-too-large': { status: 413, title: 'The program is longer than one may be.' },
  'simulation-too-large': { status: 422, title: 'The simulation needs more memory than one may have here.' },
  'simulation-queue-full': { status: 429, title: 'The project has as many simulations waiting as it may.' },
  'simulation-budget-exceeded': { status: 429, title: 'The simulation would cost more than is left of your budget.' },
  'simulation-finished': { status: 409, title: 'The simulation has finished: there is nothing left to cancel.' },
  'simulation-not-succeeded': { status: 409, title: 'The simulation ended without a result: there is nothing to push.' },
  'receipt-not-ready': { status: 409, title: 'The simulation has no receipt yet.' },
  'several-circuits': { status: 409, title: 'The simulation is of several programs: there is no one circuit that it is about.' },
  'result-too-large-here': { status: 422, title: 'The result is larger than this door converts: fetch it from /v1/simulations.' },
  'result-not-ready': { status: 409, title: 'The simulation has no result yet.' },
  'result-absent': { status: 404, title: 'The simulation ended without a result.' },
});
