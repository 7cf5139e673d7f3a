export type { Operations, Problem, ProblemCode, ResultDto, SimulationDto, SubmitSimulationDto } from './api.js';
export { OPERATIONS } from './api.js';
export { type Answer, type CallOptions, type ClientOptions, type OperationId, QuantoniumClient, type Request } from './client.js';
export { QuantoniumError } from './quantonium-error.js';
export { amplitudesOf, type RunOptions, runSimulation, runSimulations, type Simulation, SimulationFailed, type SimulationOrder, untilEnded } from './simulations.js';
