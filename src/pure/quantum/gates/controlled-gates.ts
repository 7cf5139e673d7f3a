import { gateNamed } from './gate-table.js';

/** A table gate that is another one under controls, which are its first qubits: `[name, base, controls]`. */
const FAMILIES: readonly (readonly [name: string, base: string, controls: number])[] = [
  ['cx', 'x', 1], ['ccx', 'x', 2], ['c3x', 'x', 3], ['c4x', 'x', 4],
  ['cy', 'y', 1], ['cz', 'z', 1], ['ch', 'h', 1], ['csx', 'sx', 1],
  ['crx', 'rx', 1], ['cry', 'ry', 1], ['crz', 'rz', 1], ['cp', 'p', 1], ['cu1', 'u1', 1], ['cu3', 'u3', 1], ['cswap', 'swap', 1],
];

const BY_NAME = new Map(FAMILIES.map(([name, base, controls]) => [name, { base, controls }]));
const BY_BASE = new Map(FAMILIES.map(([name, base, controls]) => [`${base} ${controls}`, name]));

/** What a gate is without the controls that its own name says. */
export function baseOf(name: string): { readonly base: string; readonly controls: number } {
  return BY_NAME.get(name) ?? { base: name, controls: 0 };
}

/** The table's name for a gate under so many controls, if there is one. */
export function controlledName(base: string, controls: number): string | null {
  return controls === 0 ? base : (BY_BASE.get(`${base} ${controls}`) ?? null);
}

/** Gates exp(i·angle·H): a power of them is the gate with its angle multiplied. All with one parameter. */
const LINEAR: ReadonlySet<string> = new Set(['p', 'u1', 'rx', 'ry', 'rz', 'cp', 'cu1', 'crx', 'cry', 'crz', 'rxx', 'ryy', 'rzz']);
/** Powers of Z, as the angle of the phase gate that they are. */
const PHASES: Readonly<Record<string, number>> = { z: Math.PI, s: Math.PI / 2, sdg: -Math.PI / 2, t: Math.PI / 4, tdg: -Math.PI / 4 };

export interface LinearGate {
  readonly name: string;
  readonly angle: number;
  /** Of the angle: after so much the gate is itself again, with its eigenvalues. */
  readonly period: number;
}

/** The gate as one whose powers are known, or null. */
export function linearGate(name: string, parameters: readonly number[]): LinearGate | null {
  const phase = PHASES[name];
  if (phase !== undefined) return { name: 'p', angle: phase, period: 2 * Math.PI };
  if (!LINEAR.has(name)) return null;
  // A rotation exp(-iθ/2·P) has the eigenvalues exp(±iθ/2): its angle has the period 4π.
  return { name, angle: parameters[0] as number, period: /p$|u1$/.test(name) ? 2 * Math.PI : 4 * Math.PI };
}

export function isSelfInverse(name: string): boolean {
  const record = gateNamed(name);
  if (record.parameters.length > 0) return false;
  const steps = record.inverse?.([]);
  return steps?.length === 1 && steps[0]?.name === name;
}
