import type { ApiBodyOptions, ApiResponseOptions } from '@nestjs/swagger';

const OF_ONE = { type: 'object', additionalProperties: { type: 'number' }, example: { '0': 0.5, '3': 0.5 } } as const;

/** Outcomes and their probabilities. */
export const PROBABILITIES: ApiResponseOptions = {
  schema: { oneOf: [OF_ONE, { type: 'object', additionalProperties: OF_ONE, example: { '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a11': { '0': 0.5, '3': 0.5 } } }], example: { '0': 0.5, '3': 0.5 } },
  description: 'By outcome, as a whole number in decimal: bit j is qubit j. Exact up to 16 qubits, or 2^16 outcomes of all circuits, beyond that the shares of the shots. What cannot occur is left out. Of a job of several circuits: of each by its id, in their order.',
};

const CIRCUIT = [{ gate: 'h', target: 0 }, { gate: 'cnot', control: 0, target: 1 }];

/** The engine reads the body by itself, to say what is wrong by place: this is what it takes. */
export const V03_JOB: ApiBodyOptions = {
  schema: { type: 'object', required: ['input'], additionalProperties: true, example: { target: 'simulator', shots: 100, name: 'Bell pair', metadata: { experiment: 'bell' }, input: { format: 'ionq.circuit.v0', gateset: 'qis', qubits: 2, circuit: CIRCUIT } } },
};
export const V04_JOB: ApiBodyOptions = {
  schema: { type: 'object', required: ['input'], additionalProperties: true, example: { type: 'ionq.circuit.v1', backend: 'simulator', shots: 100, name: 'Bell pair', metadata: { experiment: 'bell' }, noise: { model: 'ideal', seed: 7 }, input: { gateset: 'qis', qubits: 2, circuit: CIRCUIT } } },
};

/** A gate has four members, and strict JSON 65,536 in all: 16,000 gates of a hundred characters. */
export const JOB_BYTES_MAX = 2 * 1024 * 1024;
