/** Every reason for refusing a program: stable codes (clients switch on them) with the sentence for the catalogue. */
export const QASM_ERROR_CODES = {
  'syntax-error': 'The text does not follow the OpenQASM 2 grammar.',
  'unsupported-version': 'The program states another version than OpenQASM 2.0.',
  'unknown-include': 'Only "qelib1.inc" can be included; it is built in.',
  'redefinition': 'The name is already taken.',
  'unknown-register': 'No register of that name has been declared.',
  'unknown-gate': 'No gate of that name has been defined.',
  'unknown-parameter': 'The expression uses a name that is not a parameter of this gate.',
  'unknown-qubit': 'The gate body uses a name that is not one of its qubits.',
  'wrong-kind': 'The name stands for something else than is needed here.',
  'wrong-parameter-count': 'The gate takes another number of angles.',
  'wrong-qubit-count': 'The gate takes another number of qubits.',
  'index-out-of-range': 'The register has no element of that index.',
  'register-size-mismatch': 'Whole registers in one statement must be equally long.',
  'duplicate-qubit': 'One operation uses a qubit twice.',
  'opaque-gate': 'An opaque gate has no definition, so it cannot be simulated.',
  'parameter-not-finite': 'The expression has no finite value.',
  'empty-register': 'A register needs at least one element.',
  'nesting-too-deep': 'Parentheses or gate definitions are nested too deeply.',
  'program-too-large': 'The source text is longer than allowed.',
  'too-many-qubits': 'The program declares more qubits than allowed.',
  'too-many-bits': 'The program declares more classical bits than allowed.',
  'too-many-operations': 'The program, with its gate definitions expanded, has more operations than allowed.',
} as const;

/** Those that only a program in OpenQASM 3 can earn. */
export const OPENQASM3_ERROR_CODES = {
  'not-supported': 'The program uses a feature of the language that cannot be simulated here.',
  'unknown-name': 'Nothing of that name has been declared.',
  'type-mismatch': 'The value is of a type that cannot stand here.',
  'not-constant': 'The value must be known before the run.',
  'division-by-zero': 'A division by zero.',
  'value-out-of-range': 'The value is not one that can stand here.',
  'not-assignable': 'Only variables can be assigned to.',
  'misplaced-statement': 'The statement cannot stand in this place.',
  'loop-too-long': 'A loop does not end within the rounds that are allowed.',
  'recursive-call': 'A subroutine calls itself.',
  'wrong-argument-count': 'The function takes another number of arguments.',
  'missing-input': 'The program declares an input that has been given no value.',
  'unknown-input': 'A value has been given for an input that the program does not declare.',
  'invalid-input': 'The value given for an input is not of its type.',
} as const;

export type QasmErrorCode = keyof typeof QASM_ERROR_CODES | keyof typeof OPENQASM3_ERROR_CODES;

/** Why a program was refused, and where: lines and columns count from 1, columns in characters (code points). */
export interface QasmError {
  readonly code: QasmErrorCode;
  readonly line: number;
  readonly column: number;
  /** A sentence for people. Quotes at most one name or character of the program. */
  readonly message: string;
  /** What would have been accepted at this place, where that can be said shortly. */
  readonly expected?: string;
  /** The name of the input that a wrong value was given for, or none. */
  readonly input?: string;
}

/** How the parser leaves its recursion. Never crosses the face: `parseOpenQasm2` returns a QasmError instead. */
export class QasmRefusal extends Error {
  override readonly name = 'QasmRefusal';

  constructor(
    readonly code: QasmErrorCode,
    /** UTF-16 offset into the source. */
    readonly offset: number,
    message: string,
    readonly expected?: string,
    readonly input?: string,
  ) {
    super(message);
  }
}

const QUOTED_LENGTH_MAX = 40;

/**
 * A piece of the program as it may stand in a message: a megabyte of identifier is not echoed, and control characters
 * and lone surrogates are replaced, which databases and terminals would stumble over.
 */
export function quoted(text: string): string {
  const shown = text.slice(0, QUOTED_LENGTH_MAX).toWellFormed().replaceAll(/\p{Cc}/gu, '\ufffd');
  return text.length <= QUOTED_LENGTH_MAX ? `"${shown}"` : `"${shown}…"`;
}

/** Line and column of an offset. CR LF, LF and CR end lines; a leading byte order mark has no column. */
export function positionOf(source: string, offset: number): { line: number; column: number } {
  let line = 1;
  let lineStart = source.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let i = 0; i < offset; i++) {
    const unit = source.charCodeAt(i);
    if (unit === 0x0a || (unit === 0x0d && source.charCodeAt(i + 1) !== 0x0a)) {
      line++;
      lineStart = i + 1;
    }
  }
  let column = 1;
  for (let i = lineStart; i < offset; i++) {
    const unit = source.charCodeAt(i);
    const isSecondHalf = unit >= 0xdc00 && unit <= 0xdfff && i > lineStart && (source.charCodeAt(i - 1) & 0xfc00) === 0xd800;
    if (!isSecondHalf) column++;
  }
  return { line, column };
}
