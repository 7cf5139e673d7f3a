import { gateNamed } from '../../gates/gate-table.js';
import type { Meaning, StandardGate } from './scope.js';

function standard(name: string, phase: StandardGate['phase'] = null): StandardGate {
  return { kind: 'standard', record: gateNamed(name), phase };
}

/**
 * `U` of the language. Its matrix has a phase of theta/2 that the table's `u` has not (specification 3.1, "Built-in
 * gates"); without a control nobody can see it, and `ctrl @ U` differs by it from version 2.0.
 */
export const BUILT_IN_U: StandardGate = standard('u', ([theta = 0]) => theta / 2);

/** Names in stdgates.inc of what the table calls otherwise. */
const RENAMED: Readonly<Record<string, string>> = { phase: 'p', cphase: 'cp', CX: 'cx' };

const SAME_NAMES = [
  'p', 'x', 'y', 'z', 'h', 's', 'sdg', 't', 'tdg', 'sx', 'rx', 'ry', 'rz', 'cx', 'cy', 'cz', 'cp', 'crx', 'cry', 'crz', 'ch', 'swap', 'ccx', 'cswap', 'cu', 'id', 'u1',
];

/** stdgates.inc of the specification. Its `u2` and `u3` are rotations of determinant 1, as those of qelib1.inc are not. */
const LIBRARY: readonly (readonly [name: string, gate: StandardGate])[] = [
  ...SAME_NAMES.map((name) => [name, standard(name)] as const),
  ...Object.entries(RENAMED).map(([name, known]) => [name, standard(known)] as const),
  ['u2', standard('u2', ([phi = 0, lambda = 0]) => -(phi + lambda) / 2)],
  ['u3', standard('u3', ([, phi = 0, lambda = 0]) => -(phi + lambda) / 2)],
];

export const STANDARD_GATES: ReadonlyMap<string, Meaning> = new Map(LIBRARY.map(([name, gate]) => [name, { kind: 'gate', gate }]));
