import type { QasmParse } from './parse-within-limits.js';
import { parseWithinLimits } from './parse-within-limits.js';
import { ProgramParser } from './program-parser.js';
import type { QasmLimits } from './qasm-limits.js';

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
  return parseWithinLimits(source, limits, (effective) => new ProgramParser(source, effective).parse());
}
