import type { GateStep } from './gate-record.js';
import { step } from './gate-record.js';
import { gateNamed } from './gate-table.js';

/** The Clifford gates that a stabilizer tableau does in one step; all others are made of them. */
export const TABLEAU_GATES = ['x', 'y', 'z', 'h', 's', 'sdg', 'cx', 'cz', 'swap'] as const;
export type TableauGate = (typeof TABLEAU_GATES)[number];

export interface CliffordStep extends GateStep {
  readonly name: TableauGate;
}

const isTableauGate = (name: string): name is TableauGate => (TABLEAU_GATES as readonly string[]).includes(name);

/** An angle counts as a multiple of π/2 within so many radians: what sums and products of a few doubles may be off by. */
const ANGLE_TOLERANCE = 1e-12;

/** How many quarter turns (0 to 3) an angle is, or null. */
function quarterTurns(angle: number): number | null {
  const turns = Math.round(angle / (Math.PI / 2));
  if (Math.abs(angle - turns * (Math.PI / 2)) > ANGLE_TOLERANCE * Math.max(1, Math.abs(angle))) return null;
  return ((turns % 4) + 4) % 4;
}

const clifford = (name: TableauGate): CliffordStep => ({ ...step(name, [0]), name });

/** diag(1, i^k) */
const PHASE_TURNS: readonly (readonly CliffordStep[])[] = [[], [clifford('s')], [clifford('z')], [clifford('sdg')]];
/** ry(k·π/2) up to a phase: a quarter turn is X after a Hadamard, written in order of time. */
const Y_TURNS: readonly (readonly CliffordStep[])[] = [
  [], [clifford('z'), clifford('h')], [clifford('y')], [clifford('h'), clifford('z')],
];

/** u(θ, φ, λ) is rz(φ)·ry(θ)·rz(λ) up to a phase. Where θ is no turn or half a one, only φ ± λ matters. */
function eulerSteps([theta = 0, phi = 0, lambda = 0]: readonly number[]): readonly CliffordStep[] | null {
  const around = quarterTurns(theta);
  if (around === null) return null;
  const [first, last] = around === 0 ? [phi + lambda, 0] : around === 2 ? [lambda - phi, 0] : [lambda, phi];
  const [before, after] = [quarterTurns(first), quarterTurns(last)];
  if (before === null || after === null) return null;
  return [...(PHASE_TURNS[before] ?? []), ...(Y_TURNS[around] ?? []), ...(PHASE_TURNS[after] ?? [])];
}

function onQubits(steps: readonly CliffordStep[], qubits: readonly number[]): readonly CliffordStep[] {
  return steps.map((inner) => ({ ...inner, qubits: inner.qubits.map((position) => qubits[position] as number) }));
}

/**
 * The gate as Clifford gates on the positions of its arguments, exact up to a global phase; null if it is none, or is
 * one only because the angles of its parts cancel: cu(0, π/4, -π/4, 0).
 */
export function cliffordSteps(name: string, parameters: readonly number[]): readonly CliffordStep[] | null {
  const gate = gateNamed(name);
  if (isTableauGate(name)) return [{ ...step(name, Array.from({ length: gate.qubits }, (_, qubit) => qubit)), name }];
  if (name === 'u') return eulerSteps(parameters);
  if (gate.decomposition === null) return null;
  const whole: CliffordStep[] = [];
  for (const inner of gate.decomposition(parameters).steps) {
    const steps = cliffordSteps(inner.name, inner.parameters);
    if (steps === null) return null;
    whole.push(...onQubits(steps, inner.qubits));
  }
  return whole;
}
