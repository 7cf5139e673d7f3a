import type { Matrix } from './matrix.js';

/** One application of a table gate inside another gate: `qubits` are positions in the outer gate's argument list. */
export interface GateStep {
  readonly name: string;
  readonly parameters: readonly number[];
  readonly qubits: readonly number[];
}

/** Steps in order of time; the gate is exp(i·phase) times their product. */
export interface Decomposition {
  readonly phase: number;
  readonly steps: readonly GateStep[];
}

/**
 * Where a gate's name comes from, which decides what a program may do with the name:
 * `paper`: the qelib1.inc of the OpenQASM 2 paper (arXiv:1707.03429), in every copy of the file: not to be redefined.
 * `qelib1`: added to qelib1.inc later. Programs written against the older file define some of these themselves, or
 *   name a register so; such a declaration takes precedence while the name is unused.
 * `extension`: not in qelib1.inc, but used as if it were by programs in circulation; treated as `qelib1`.
 */
export type GateOrigin = 'paper' | 'qelib1' | 'extension';

/** All that the engine knows about one gate. The loop test proves every part of a record against the others. */
export interface GateRecord {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  readonly origin: GateOrigin;
  /** Names of the angles, in order; radians. */
  readonly parameters: readonly string[];
  readonly qubits: number;
  matrix(parameters: readonly number[]): Matrix;
  /** Into gates that stand nearer to `u` and `cx`; null for these two, on which everything rests. */
  readonly decomposition: ((parameters: readonly number[]) => Decomposition) | null;
  /** Steps that undo the gate exactly, global phase included; null: the decomposition backwards, phase left aside. */
  readonly inverse: ((parameters: readonly number[]) => readonly GateStep[]) | null;
}

/** A step, written as in a program: `step('cx', [0, 1])`, `step('p', [1], lambda / 2)`. */
export function step(name: string, qubits: readonly number[], ...parameters: readonly number[]): GateStep {
  return { name, parameters, qubits };
}

interface GateDeclaration {
  readonly summary: string;
  readonly origin: GateOrigin;
  readonly parameters?: readonly string[];
  readonly qubits: number;
  /** A constant matrix for gates without parameters: computed once. */
  readonly matrix: Matrix | ((...parameters: readonly number[]) => Matrix);
  readonly steps?: (...parameters: readonly number[]) => readonly GateStep[];
  readonly phase?: (...parameters: readonly number[]) => number;
  /** `self`, the name of a gate with the same arguments, or steps. */
  readonly inverse?: 'self' | { readonly gate: string } | ((...parameters: readonly number[]) => readonly GateStep[]);
}

function inverseOf(name: string, declaration: GateDeclaration): GateRecord['inverse'] {
  const { inverse } = declaration;
  if (inverse === undefined) return null;
  if (typeof inverse === 'function') return (parameters) => inverse(...parameters);
  const qubits = Array.from({ length: declaration.qubits }, (_, qubit) => qubit);
  const partner = inverse === 'self' ? name : inverse.gate;
  return (parameters) => [step(partner, qubits, ...parameters)];
}

/** Declares gates: the key is the name. */
export function gates(table: Readonly<Record<string, GateDeclaration>>): readonly GateRecord[] {
  return Object.entries(table).map(([name, declaration]) => {
    const { matrix, steps, phase } = declaration;
    return Object.freeze({
      name,
      summary: declaration.summary,
      origin: declaration.origin,
      parameters: declaration.parameters ?? [],
      qubits: declaration.qubits,
      matrix: typeof matrix === 'function' ? (parameters: readonly number[]) => matrix(...parameters) : () => matrix,
      decomposition: steps === undefined ? null
        : (parameters: readonly number[]) => ({ phase: phase?.(...parameters) ?? 0, steps: steps(...parameters) }),
      inverse: inverseOf(name, declaration),
    });
  });
}
