import { memberBytes } from '#pure/canonical-json/member-bytes.js';
import { sha256 } from '#pure/digest/digest.js';
import { blochSvg, blochVector } from '#pure/quantum/drawing/bloch-svg.js';
import { circuitSvg } from '#pure/quantum/drawing/circuit-svg.js';
import { circuitText } from '#pure/quantum/drawing/circuit-text.js';
import { histogramSvg } from '#pure/quantum/drawing/histogram-svg.js';
import type { StateOutputs } from '#pure/quantum/outputs/read-outputs.js';
import type { ProgramInputs } from '#pure/quantum/qasm/openqasm3/inputs.js';
import { parseProgram, type ProgramLanguage } from '#pure/quantum/qasm/parse-program.js';
import type { QasmLimits } from '#pure/quantum/qasm/qasm-limits.js';

export type DrawingOrder =
  | { readonly kind: 'circuit'; readonly as: 'svg' | 'text'; readonly title: string; readonly language: ProgramLanguage; readonly source: string; readonly parameters: ProgramInputs; readonly limits: Partial<QasmLimits> }
  /** `result`: the canonical bytes of a result. `item`: which one, where it has those of several circuits. */
  | { readonly kind: 'histogram' | 'bloch'; readonly title: string; readonly result: Uint8Array; readonly item: number };

/** `result`: as above. */
export interface StateVectorOrder {
  readonly kind: 'statevector';
  readonly result: Uint8Array;
  readonly item: number;
}

/** All amplitudes of a result, as they stand in it. */
export interface RawStateVector {
  /** Real and imaginary parts in turn, little-endian doubles. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly qubits: number;
  readonly format: string;
  /** Of the bytes, in base64. */
  readonly sha256: string;
}

/** The part of the pool's task context that is used here. */
interface Context {
  readonly transfer: (...buffers: ArrayBuffer[]) => void;
}

/** The members of a result that are told in another form. */
interface ToldResult extends Pick<StateOutputs, 'densityMatrices' | 'statevector'> {
  readonly counts?: Readonly<Record<string, number>>;
}

/**
 * Alone of all that stands in the result: small matrices of many circuits would take more than a heap may have, and
 * what outgrows that by much at one go ends the process and not the thread.
 */
function memberOf<M extends keyof ToldResult>(result: Uint8Array, item: number, member: M): ToldResult[M] | undefined {
  const bytes = memberBytes(memberBytes(result, ['results', item]) ?? result, [member]);
  return bytes === null ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as ToldResult[M]);
}

/** A thread's task: null where the result has not what is asked for. A result can be 64 MB, and a program a megabyte. */
export default function render(order: DrawingOrder | StateVectorOrder, context: Context): string | RawStateVector | null {
  if (order.kind === 'circuit') return drawCircuit(order);
  const { result, item } = order;
  if (order.kind === 'statevector') {
    const statevector = memberOf(result, item, 'statevector');
    return statevector === undefined ? null : rawStateVector(statevector, context);
  }
  if (order.kind === 'histogram') {
    const counts = memberOf(result, item, 'counts');
    return counts === undefined ? null : histogramSvg(counts, { title: order.title });
  }
  const single = (memberOf(result, item, 'densityMatrices') ?? []).filter(({ qubits }) => qubits.length === 1);
  if (single.length === 0) return null;
  return blochSvg(single.map(({ qubits, matrix }) => ({ name: `qubit ${qubits[0]}`, vector: blochVector(matrix) })), { title: order.title });
}

function rawStateVector({ qubits, format, base64 }: NonNullable<StateOutputs['statevector']>, { transfer }: Context): RawStateVector {
  // A small Buffer is a view into a pool that must not leave the thread.
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  const digest = sha256(bytes).toString('base64');
  transfer(bytes.buffer);
  return { bytes, qubits, format, sha256: digest };
}

function drawCircuit({ as, title, language, source, parameters, limits }: DrawingOrder & { kind: 'circuit' }): string | null {
  const parsed = parseProgram(language, source, parameters, limits);
  // The same parser accepted it when it was submitted: under an older version of the server, then.
  if (!parsed.ok) return null;
  return as === 'svg' ? circuitSvg(parsed.circuit, { title }) : circuitText(parsed.circuit);
}
