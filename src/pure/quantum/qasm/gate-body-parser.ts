import type { Expression } from './expression.js';
import { ExpressionParser } from './expression.js';
import type { Applicable, BodyStep, GateDefinition } from './gate-definition.js';
import { defineGate, parameterCount, qubitCount } from './gate-definition.js';
import type { Token } from './lexer.js';
import { QasmRefusal, quoted } from './qasm-error.js';
import type { QasmLimits } from './qasm-limits.js';
import type { SymbolTable } from './symbol-table.js';
import type { TokenReader } from './token-reader.js';

/** The header of `gate` and `opaque`: its name and the names of its own. */
export interface GateHeader {
  readonly name: Token;
  readonly parameters: ReadonlyMap<string, number>;
  readonly qubits: ReadonlyMap<string, number>;
}

/** `( expression, … )` or nothing. Used in bodies, where `parameters` are known, and in the program, where none are. */
export function parseArguments(tokens: TokenReader, parameters: ReadonlyMap<string, number>, nestingMax: number): readonly Expression[] {
  const expressions: Expression[] = [];
  if (!tokens.takeSymbol('(')) return expressions;
  if (tokens.takeSymbol(')')) return expressions;
  const parser = new ExpressionParser(tokens, parameters, nestingMax);
  do expressions.push(parser.parse());
  while (tokens.takeSymbol(','));
  if (!tokens.atSymbol(')')) throw tokens.unexpected('an operator, "," or ")"');
  tokens.next();
  return expressions;
}

/** Counts are reported at the gate's name: the list itself may be empty, or a hundred lines long. */
export function assertCounts(gate: Applicable, name: Token, parameters: number, qubits: number): void {
  const needed = parameterCount(gate);
  if (parameters !== needed) {
    throw new QasmRefusal('wrong-parameter-count', name.offset, `The gate ${quoted(name.text)} takes ${count(needed, 'parameter')}, not ${parameters}.`, count(needed, 'parameter'));
  }
  const neededQubits = qubitCount(gate);
  if (qubits !== neededQubits) {
    throw new QasmRefusal('wrong-qubit-count', name.offset, `The gate ${quoted(name.text)} takes ${count(neededQubits, 'qubit')}, not ${qubits}.`, count(neededQubits, 'qubit'));
  }
}

function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}

/** Reads what `gate` and `opaque` declare. Names inside are the definition's own: they hide nothing and end with it. */
export class GateBodyParser {
  constructor(
    private readonly tokens: TokenReader,
    private readonly symbols: SymbolTable,
    private readonly limits: QasmLimits,
  ) {}

  /** `name(parameters) qubits`. Parameters may be `()` or missing; at least one qubit is needed. */
  parseHeader(): GateHeader {
    const name = this.tokens.needName('a name for the gate');
    this.symbols.assertFree(name);
    const parameters = new Map<string, number>();
    if (this.tokens.takeSymbol('(') && !this.tokens.takeSymbol(')')) {
      this.parseNames(parameters, 'a name for a parameter', new Map());
      if (!this.tokens.atSymbol(')')) throw this.tokens.unexpected('"," or ")"');
      this.tokens.next();
    }
    const qubits = new Map<string, number>();
    this.parseNames(qubits, 'a name for a qubit', parameters);
    return { name, parameters, qubits };
  }

  /** `{ … }`. The name is not declared until this returns, so nothing inside can refer to the gate itself. */
  parseBody(header: GateHeader): GateDefinition {
    this.tokens.needSymbol('{');
    const steps: BodyStep[] = [];
    while (!this.tokens.takeSymbol('}')) steps.push(this.parseStep(header));
    const definition = defineGate(header.name.text, header.parameters.size, header.qubits.size, steps);
    if (definition.depth > this.limits.nestingMax) {
      throw new QasmRefusal('nesting-too-deep', header.name.offset, `Gate definitions may use one another ${this.limits.nestingMax} levels deep.`);
    }
    return definition;
  }

  /** Parameters and qubits share one space of names within a definition; names outside of it are hidden, not taken. */
  private parseNames(into: Map<string, number>, what: string, taken: ReadonlyMap<string, number>): void {
    do {
      const token = this.tokens.needName(what);
      if (into.has(token.text) || taken.has(token.text)) {
        throw new QasmRefusal('redefinition', token.offset, `${quoted(token.text)} is named twice in this definition.`, 'a new name');
      }
      into.set(token.text, into.size);
    } while (this.tokens.takeSymbol(','));
  }

  /** One line of a body: only gates and barriers, on whole qubits of the header. No registers exist in here. */
  private parseStep(header: GateHeader): BodyStep {
    const token = this.tokens.peek();
    const isPrimitive = token.kind === 'keyword' && (token.text === 'U' || token.text === 'CX');
    if (token.kind === 'keyword' && token.text === 'barrier') {
      this.tokens.next();
      return { kind: 'barrier', qubits: this.parseQubits(header) };
    }
    if (token.kind !== 'name' && !isPrimitive) throw this.tokens.unexpected('a gate, barrier or "}"');
    this.tokens.next();
    // A gate of that name from outside (a library gate that this one replaces) is not meant either.
    const callee = token.text === header.name.text ? this.refuseRecursion(token) : this.symbols.gate(token);
    const parameters = parseArguments(this.tokens, header.parameters, this.limits.nestingMax);
    const qubits = this.parseQubits(header);
    assertCounts(callee, token, parameters.length, qubits.length);
    return { kind: 'call', callee, parameters, qubits };
  }

  private refuseRecursion(token: Token): never {
    throw new QasmRefusal('unknown-gate', token.offset, `The gate ${quoted(token.text)} is not defined before its own definition ends: gates cannot use themselves.`, 'a gate defined above');
  }

  private parseQubits(header: GateHeader): readonly number[] {
    const positions = new Set<number>();
    do {
      const token = this.tokens.needName('a qubit of the gate');
      const position = header.qubits.get(token.text);
      if (position === undefined) {
        throw new QasmRefusal('unknown-qubit', token.offset, `${quoted(token.text)} is not a qubit of this gate.`, 'a qubit of the gate');
      }
      if (positions.has(position)) {
        throw new QasmRefusal('duplicate-qubit', token.offset, `The qubit ${quoted(token.text)} is used twice in one operation.`, 'another qubit');
      }
      positions.add(position);
    } while (this.tokens.takeSymbol(','));
    if (!this.tokens.atSymbol(';')) throw this.tokens.unexpected('"," or ";"');
    this.tokens.next();
    return [...positions];
  }
}
