import type { Circuit } from '../circuit/circuit.js';
import type { QasmError } from './qasm-error.js';
import { QasmRefusal, positionOf } from './qasm-error.js';
import type { QasmLimits } from './qasm-limits.js';
import { DEFAULT_QASM_LIMITS, exceedsUtf8Bytes } from './qasm-limits.js';

export type QasmParse =
  | { readonly ok: true; readonly circuit: Circuit }
  | { readonly ok: false; readonly error: QasmError };

/** The parser's own stack is spent by nesting, so a caller's limit is honoured only up to here. */
const NESTING_CEILING = 1000;

/** Runs a parser, whose refusals become values with a line and a column. */
export function parseWithinLimits(source: string, limits: Partial<QasmLimits>, parse: (effective: QasmLimits) => Circuit): QasmParse {
  const effective = { ...DEFAULT_QASM_LIMITS, ...limits };
  effective.nestingMax = Math.min(effective.nestingMax, NESTING_CEILING);
  if (exceedsUtf8Bytes(source, effective.sourceBytesMax)) {
    const message = `The program is longer than the ${effective.sourceBytesMax} bytes that are allowed.`;
    return { ok: false, error: { code: 'program-too-large', line: 1, column: 1, message } };
  }
  try {
    return { ok: true, circuit: parse(effective) };
  } catch (refusal) {
    // Anything else is a defect of the parser and must be seen as one.
    if (!(refusal instanceof QasmRefusal)) throw refusal;
    const { code, offset, message, expected, input } = refusal;
    return { ok: false, error: { code, ...positionOf(source, offset), message, ...(expected === undefined ? {} : { expected }), ...(input === undefined ? {} : { input }) } };
  }
}
