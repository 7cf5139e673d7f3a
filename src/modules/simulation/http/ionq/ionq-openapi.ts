import type { ApiBodyOptions } from '@nestjs/swagger';

/** Outcomes and their probabilities. */
export const PROBABILITIES = {
  schema: { type: 'object', additionalProperties: { type: 'number' }, example: { '0': 0.5, '3': 0.5 } },
  description: 'By outcome, as a whole number in decimal: bit j is qubit j. Exact up to 16 qubits, beyond that the shares of the shots. What cannot occur is left out.',
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
