import { QasmRefusal } from '../qasm-error.js';
import type { QasmLimits } from '../qasm-limits.js';
import type { QasmParse } from '../parse-within-limits.js';
import { parseWithinLimits } from '../parse-within-limits.js';
import { TokenReader, describeToken } from '../token-reader.js';
import { Elaborator } from './elaborator.js';
import type { ProgramInputs } from './inputs.js';
import { Inputs } from './inputs.js';
import { Lexer } from './lexer.js';
import { StatementParser } from './statement-parser.js';

const VERSIONS: ReadonlySet<string> = new Set(['3', '3.0', '3.1']);

/**
 * Reads an OpenQASM 3 program (specification 3.1) into a circuit, or says what is wrong with it and where.
 *
 * Total: any string and any inputs give one of the two, in time and memory bounded by `limits`; it never throws.
 * Everything that no measurement decides is computed here. Where the specification leaves room:
 *  - the header may be missing; the counts show the bits that the program itself declares, or its outputs if it has any;
 *  - variables begin as 0; integers and angles without a size have 64 digits; integers wrap, also signed ones;
 *  - a division is by a known number, an index of qubits is known, and a float never depends on a measurement;
 *  - the angles of a gate may depend on 8 measured digits: the circuit then has the gate for each of their values;
 *  - annotations and pragmas are skipped; pulses, timing, arrays of classical values and external functions are refused.
 */
export function parseOpenQasm3(source: string, inputs: ProgramInputs = {}, limits: Partial<QasmLimits> = {}): QasmParse {
  return parseWithinLimits(source, limits, (effective) => {
    const tokens = new TokenReader(new Lexer(source));
    const statements = new StatementParser(tokens, effective);
    const elaborator = new Elaborator(effective, new Inputs(inputs));
    parseHeader(tokens);
    while (tokens.peek().kind !== 'end') {
      refuseSecondHeader(tokens);
      elaborator.add(statements.parse());
    }
    return elaborator.finish();
  });
}

function parseHeader(tokens: TokenReader): void {
  if (!tokens.takeKeyword('OPENQASM')) return;
  const version = tokens.peek();
  if (version.kind !== 'integer' && version.kind !== 'real') throw tokens.unexpected('the version "3.0"');
  if (!VERSIONS.has(version.text)) {
    throw new QasmRefusal('unsupported-version', version.offset, `This is read as OpenQASM 3, and the program says ${describeToken(version)}.`, '"3.0"');
  }
  tokens.next();
  tokens.needSymbol(';');
}

function refuseSecondHeader(tokens: TokenReader): void {
  if (!tokens.atKeyword('OPENQASM')) return;
  throw new QasmRefusal('syntax-error', tokens.peek().offset, 'OPENQASM can only be the first statement.', 'a statement');
}
