import type { Circuit } from '../circuit/circuit.js';
import { ProgramParser } from './program-parser.js';
import type { QasmError } from './qasm-error.js';
import { QasmRefusal, positionOf } from './qasm-error.js';
import type { QasmLimits } from './qasm-limits.js';
import { DEFAULT_QASM_LIMITS, exceedsUtf8Bytes } from './qasm-limits.js';

export type QasmParse =
  | { readonly ok: true; readonly circuit: Circuit }
  | { readonly ok: false; readonly error: QasmError };

/** The parser's own stack is spent by nesting, so a caller's limit is honoured only up to here. */
const NESTING_CEILING = 1000;

/**
 * Reads an OpenQASM 2.0 program (arXiv:1707.03429) into a circuit, or says what is wrong with it and where.
 *
 * Total: any string gives one of the two, in time and memory bounded by `limits`; it never throws.
 * Decisions where the paper leaves room or programs in circulation differ from it:
 *  - the header `OPENQASM 2.0;` may be missing, but the gates of qelib1.inc need their include;
 *  - empty statements, reals without a point (`1e-5`), single quotes and a byte order mark are accepted;
 *  - trailing commas, names with a capital, and registers of no elements are refused;
 *  - gates that later versions added to qelib1.inc may be redefined by the program (`SymbolTable`);
 *  - `if` compares with any integer; one that the register cannot hold is never equal to it;
 *  - a barrier may name a qubit twice.
 */
export function parseOpenQasm2(source: string, limits: Partial<QasmLimits> = {}): QasmParse {
  const effective = { ...DEFAULT_QASM_LIMITS, ...limits };
  effective.nestingMax = Math.min(effective.nestingMax, NESTING_CEILING);
  if (exceedsUtf8Bytes(source, effective.sourceBytesMax)) {
    const message = `The program is longer than the ${effective.sourceBytesMax} bytes that are allowed.`;
    return { ok: false, error: { code: 'program-too-large', line: 1, column: 1, message } };
  }
  try {
    return { ok: true, circuit: new ProgramParser(source, effective).parse() };
  } catch (refusal) {
    // Anything else is a defect of the parser and must be seen as one.
    if (!(refusal instanceof QasmRefusal)) throw refusal;
    const { code, offset, message, expected } = refusal;
    return { ok: false, error: { code, ...positionOf(source, offset), message, ...(expected === undefined ? {} : { expected }) } };
  }
}
