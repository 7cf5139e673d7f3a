import type { AppliedGate } from '#pure/quantum/methods/quantum-state.js';
import { gateNamed } from '#pure/quantum/gates/gate-table.js';
import { uniform } from '#pure/quantum/random/philox.js';

/** Random numbers of a printed seed. */
export interface TestRandom {
  /** 0 to `end` - 1. */
  below(end: number): number;
  /** -π to π */
  angle(): number;
  /** Different numbers below `end`. */
  places(end: number, count: number): number[];
}

export function seeded(seed: number): TestRandom {
  let draw = 0;
  const next = () => uniform(seed, 0, draw++);
  const below = (end: number) => Math.floor(next() * end);
  return {
    below,
    angle: () => (next() * 2 - 1) * Math.PI,
    places: (end, count) => {
      const all = Array.from({ length: end }, (_, k) => k);
      return Array.from({ length: count }, () => all.splice(below(all.length), 1)[0] as number);
    },
  };
}

/** Those that engines treat each in its own way: frames, phases, rotations, controls. */
const NAMES = ['cx', 'cx', 'u3', 'u3', 'cp', 'cz', 'swap', 'rzz', 'x', 'h', 't', 's', 'y', 'z', 'sx', 'ccx', 'cswap', 'cu3', 'rxx', 'crz', 'ch'] as const;

export function randomCircuit(random: TestRandom, qubits: number, gates: number): AppliedGate[] {
  const fitting = NAMES.map(gateNamed).filter((gate) => gate.qubits <= qubits);
  return Array.from({ length: gates }, () => {
    const { name, parameters, qubits: places } = fitting[random.below(fitting.length)]!;
    return { name, parameters: parameters.map(() => random.angle()), qubits: random.places(qubits, places) };
  });
}
