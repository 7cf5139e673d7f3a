import type { Circuit } from '../circuit/circuit.js';
import { everyOperation } from '../circuit/circuit.js';
import type { NoiseModel } from './noise-model.js';
import { NOISE_LIMITS } from './noise-model.js';
import { PlannedNoise } from './planned-noise.js';

/** Why a plan of the circuit would have too many channels, or null: counted before any of them is made. */
export function noiseRefusal({ operations }: Circuit, noise: NoiseModel): string | null {
  if (noise.channels.length === 0) return null;
  const planned = new PlannedNoise(noise);
  let steps = 0;
  for (const operation of everyOperation(operations)) {
    if (operation.kind === 'gate') steps += planned.countAfter(operation.name, operation.qubits);
    else if (operation.kind === 'unitary') steps += planned.countAfter(null, operation.qubits);
    if (steps > NOISE_LIMITS.steps) return `The rules put more than ${NOISE_LIMITS.steps} channels after the gates of the program.`;
  }
  return null;
}
