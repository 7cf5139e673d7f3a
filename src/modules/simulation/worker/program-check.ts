import type { Method, RunMethod } from '#pure/quantum/methods/method-table.js';
import { parseNoise } from '#pure/quantum/noise/noise-model.js';
import { noiseRefusal } from '#pure/quantum/noise/noise-size.js';
import { leastBytes, type LeastBytes } from '#pure/quantum/outputs/least-bytes.js';
import { parseOutputs } from '#pure/quantum/outputs/output-request.js';
import type { ProgramInputs } from '#pure/quantum/qasm/openqasm3/inputs.js';
import { parseProgram, type ProgramLanguage } from '#pure/quantum/qasm/parse-program.js';
import type { QasmLimits } from '#pure/quantum/qasm/qasm-limits.js';
import type { MethodChoice } from '#pure/quantum/simulate.js';
import { assess } from '#pure/quantum/simulate.js';

export interface CheckOrder {
  readonly language: ProgramLanguage;
  readonly source: string;
  /** Values for the inputs that the program declares. */
  readonly parameters: ProgramInputs;
  readonly precision: 'single' | 'double';
  readonly method: MethodChoice;
  /** As asked for; absent: counts. */
  readonly outputs: unknown;
  /** As asked for; absent: none. */
  readonly noise: unknown;
  readonly limits: Partial<QasmLimits>;
}

/** What a submission needs to know of a program, or what is wrong with it. Survives structured clone. */
export type ProgramCheck =
  | {
    readonly ok: true;
    readonly method: RunMethod;
    readonly qubits: number;
    readonly activeQubits: number;
    /** Of the largest state vector. */
    readonly stateVectorQubits: number;
    readonly peakBytes: bigint;
    /** Of each part that is run by itself. */
    readonly work: readonly { readonly method: Method; readonly cost: number; readonly evolutionsMax: number; readonly steps: number; readonly evolutionShare: number }[];
    /** After expansion. */
    readonly operations: number;
    readonly resultBytes: LeastBytes;
    readonly refusal: string | null;
  }
  | { readonly ok: false; readonly code: string; readonly detail: string; readonly line?: number; readonly column?: number; readonly input?: string; readonly pointer?: string };

/**
 * Reads the program as the run will read it, and throws it away: the run parses again, in its own thread, because a
 * parsed circuit is a hundred times the size of its text.
 */
export function checkProgram({ language, source, parameters, precision, method: choice, outputs: asked, noise: model, limits }: CheckOrder): ProgramCheck {
  const parsed = parseProgram(language, source, parameters, limits);
  if (!parsed.ok) {
    const { code, line, column, message, expected, input } = parsed.error;
    return { ok: false, code, line, column, ...(input === undefined ? {} : { input }), detail: expected === undefined ? message : `${message} Expected: ${expected}.` };
  }
  const outputs = parseOutputs(asked, parsed.circuit.qubits);
  if (!outputs.ok) return { ok: false, code: 'invalid-output', detail: outputs.refusal.message, pointer: `/outputs${outputs.refusal.pointer}` };
  const noise = parseNoise(model, parsed.circuit.qubits);
  if (!noise.ok) return { ok: false, code: 'invalid-noise', detail: noise.refusal.message, pointer: `/noise${noise.refusal.pointer}` };
  const tooMuch = noiseRefusal(parsed.circuit, noise.value);
  if (tooMuch !== null) return { ok: false, code: 'too-much-noise', detail: tooMuch, pointer: '/noise' };
  const { refusal, estimate } = assess(parsed.circuit, precision, choice, outputs.outputs, noise.value);
  if (refusal?.code === 'no-measurement') return { ok: false, code: refusal.code, detail: refusal.message };
  if (refusal?.code === 'no-final-state') return { ok: false, code: refusal.code, detail: refusal.message, pointer: '/outputs' };
  if (refusal?.code === 'method-refused' && choice !== 'automatic' && choice !== 'statevector') return { ok: false, code: refusal.code, detail: refusal.message, pointer: '/method' };
  const { method, qubits, activeQubits, peakBytes, components } = estimate;
  const work = components.map(({ method: by, cost, evolutionsMax, steps, evolutionShare }) => ({ method: by, cost, evolutionsMax, steps, evolutionShare }));
  const stateVectorQubits = components.reduce((most, part) => (part.method === 'statevector' || part.method === 'sparse-to-dense' ? Math.max(most, part.qubits.length) : most), 0);
  // Told apart from a refusal: the bytes that it would take are the more useful answer, where memory is the limit.
  return { ok: true, method, qubits, activeQubits, stateVectorQubits, peakBytes, work, operations: parsed.circuit.operations.length, resultBytes: leastBytes(parsed.circuit, outputs.outputs), refusal: refusal?.message ?? null };
}
