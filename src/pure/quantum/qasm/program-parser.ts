import type { Circuit, Condition, Register } from '../circuit/circuit.js';
import { CircuitBuilder } from './circuit-builder.js';
import { GateBodyParser, assertCounts, parseArguments } from './gate-body-parser.js';
import type { Token } from './lexer.js';
import { Lexer } from './lexer.js';
import { QasmRefusal, quoted } from './qasm-error.js';
import type { QasmLimits } from './qasm-limits.js';
import { StatementScanner } from './statement-scanner.js';
import { SymbolTable } from './symbol-table.js';
import { TokenReader, describeToken } from './token-reader.js';

/** A register, whole or one element of it, as an operand. */
interface Operand {
  readonly token: Token;
  readonly register: Register;
  /** null: the whole register. */
  readonly index: number | null;
}

const NO_NAMES: ReadonlyMap<string, number> = new Map();
const NO_CONDITION = null;

/** The qubit or bit that an operand names in the `broadcastIndex`-th repetition of its statement. */
function elementOf(operand: Operand, broadcastIndex: number): number {
  return operand.register.offset + (operand.index ?? broadcastIndex);
}

/**
 * Statements of a program (paper, appendix A), each checked and expanded where it stands: a program is refused at its
 * first fault, and nothing after it is read.
 */
export class ProgramParser {
  private readonly lexer: Lexer;
  private readonly tokens: TokenReader;
  private readonly scanner: StatementScanner;
  private readonly symbols = new SymbolTable();
  private readonly builder: CircuitBuilder;
  private readonly definitions: GateBodyParser;

  constructor(source: string, private readonly limits: QasmLimits) {
    this.lexer = new Lexer(source);
    this.tokens = new TokenReader(this.lexer);
    this.scanner = new StatementScanner(source);
    this.builder = new CircuitBuilder(limits);
    this.definitions = new GateBodyParser(this.tokens, this.symbols, limits);
  }

  /** The header may be missing: programs in circulation leave it out, and nothing else is meant by that. */
  parse(): Circuit {
    const first = this.tokens.peek();
    if (first.kind === 'keyword' && first.text === 'OPENQASM') this.parseHeader();
    while (this.tokens.peek().kind !== 'end') {
      this.parseStatement();
      this.scanStatements();
    }
    return this.builder.finish();
  }

  /** Those that the scanner can read, for which there is room: the parser refuses the others in words. */
  private scanStatements(): void {
    const { scanner, builder } = this;
    while (scanner.reads(this.lexer.offset)) {
      const { gate, parameters, qubits, start } = scanner;
      if (!builder.takesRoom(gate, qubits.length)) return;
      if (gate === null) builder.push({ kind: 'measure', qubit: qubits[0] as number, bit: scanner.bit, condition: NO_CONDITION });
      else builder.apply(gate, parameters, qubits, NO_CONDITION, start);
      this.lexer.goOn(scanner.position);
    }
  }

  private parseHeader(): void {
    this.tokens.next();
    const version = this.tokens.peek();
    if (version.kind !== 'integer' && version.kind !== 'real') throw this.tokens.unexpected('the version "2.0"');
    // Compared as text: 2.00 or 20.e-1 is not how anybody writes the version of a program that is meant to be read.
    if (version.text !== '2.0' && version.text !== '2') {
      throw new QasmRefusal('unsupported-version', version.offset, `This is read as OpenQASM 2.0, and the program says ${describeToken(version)}.`, '"2.0"');
    }
    this.tokens.next();
    this.tokens.needSymbol(';');
  }

  private parseStatement(): void {
    const token = this.tokens.peek();
    if (token.kind === 'name') return this.parseOperation(NO_CONDITION);
    if (this.tokens.takeSymbol(';')) return;
    if (token.kind !== 'keyword') throw this.tokens.unexpected('a statement');
    switch (token.text) {
      case 'include': return this.parseInclude();
      case 'qreg': return this.parseRegister('qreg');
      case 'creg': return this.parseRegister('creg');
      case 'gate': return this.parseGate();
      case 'opaque': return this.parseOpaque();
      case 'barrier': return this.parseBarrier();
      case 'if': return this.parseIf();
      case 'OPENQASM':
        throw new QasmRefusal('syntax-error', token.offset, 'OPENQASM can only be the first statement.', 'a statement');
      default: return this.parseOperation(NO_CONDITION);
    }
  }

  /** What may stand after `if (…)`: a gate, a measurement or a reset. */
  private parseOperation(condition: Condition | null): void {
    const token = this.tokens.peek();
    if (token.kind === 'keyword' && token.text === 'measure') return this.parseMeasure(condition);
    if (token.kind === 'keyword' && token.text === 'reset') return this.parseReset(condition);
    if (token.kind === 'name' || token.text === 'U' || token.text === 'CX') return this.parseApplication(condition);
    throw this.tokens.unexpected(condition === null ? 'a statement' : 'a gate, measure or reset');
  }

  /** Nothing is read from anywhere: a program cannot make the server open files. */
  private parseInclude(): void {
    this.tokens.next();
    const file = this.tokens.peek();
    if (file.kind !== 'string') throw this.tokens.unexpected('"qelib1.inc" in quotes');
    this.tokens.next();
    this.symbols.include(file);
    this.tokens.needSymbol(';');
  }

  private parseRegister(kind: 'qreg' | 'creg'): void {
    this.tokens.next();
    const name = this.tokens.needName('a name for the register');
    this.symbols.assertFree(name);
    this.tokens.needSymbol('[');
    const size = this.tokens.needInteger('the size of the register');
    if (size.text === '0') throw new QasmRefusal('empty-register', size.offset, `The register ${quoted(name.text)} has no elements.`, 'a size of 1 or more');
    this.tokens.needSymbol(']');
    this.tokens.needSymbol(';');
    // A size beyond 2^53 loses digits here, and is beyond every limit all the same.
    const register = kind === 'qreg'
      ? this.builder.addQuantumRegister(name.text, Number(size.text), size)
      : this.builder.addClassicalRegister(name.text, Number(size.text), size);
    this.symbols.declare(name, { kind, register });
    this.scanner.learnRegister(kind, register);
  }

  private parseGate(): void {
    this.tokens.next();
    const header = this.definitions.parseHeader();
    // Declared after its body is read: that is what makes recursion impossible.
    this.symbols.declare(header.name, { kind: 'gate', gate: this.definitions.parseBody(header) });
  }

  private parseOpaque(): void {
    this.tokens.next();
    const { name, parameters, qubits } = this.definitions.parseHeader();
    this.tokens.needSymbol(';');
    this.symbols.declare(name, { kind: 'gate', gate: { kind: 'opaque', name: name.text, parameters: parameters.size, qubits: qubits.size } });
  }

  private parseApplication(condition: Condition | null): void {
    const name = this.tokens.next();
    const gate = this.symbols.gate(name);
    // Outside of a definition every angle is folded to a number: there are no parameters that it could depend on.
    const parameters = parseArguments(this.tokens, NO_NAMES, this.limits.nestingMax) as readonly number[];
    const operands = this.parseOperands();
    assertCounts(gate, name, parameters.length, operands.length);
    const applications = this.broadcast(operands);
    // Before the first of them is built: see `defineGate`.
    this.builder.reserve(gate, applications, operands.length, name);
    this.scanner.learnGate(name.text, gate);
    for (let index = 0; index < applications; index++) {
      this.builder.apply(gate, parameters, this.distinctQubits(operands, index), condition, name.offset);
    }
  }

  /** A qubit into a bit, or a register into one as long. Broadcasting a bit over a register has no meaning. */
  private parseMeasure(condition: Condition | null): void {
    const keyword = this.tokens.next();
    const qubit = this.parseOperand('qreg');
    this.tokens.needSymbol('->');
    const bit = this.parseOperand('creg');
    this.tokens.needSymbol(';');
    if ((qubit.index === null) !== (bit.index === null)) {
      throw new QasmRefusal('register-size-mismatch', bit.token.offset, 'A whole register is measured into a whole register, and a qubit into a bit.', qubit.index === null ? 'a classical register' : 'a classical bit');
    }
    const count = this.broadcast([qubit, bit]);
    this.builder.reserveOperations(count, keyword);
    for (let index = 0; index < count; index++) {
      this.builder.push({ kind: 'measure', qubit: elementOf(qubit, index), bit: elementOf(bit, index), condition });
    }
  }

  private parseReset(condition: Condition | null): void {
    const keyword = this.tokens.next();
    const qubit = this.parseOperand('qreg');
    this.tokens.needSymbol(';');
    const count = this.broadcast([qubit]);
    this.builder.reserveOperations(count, keyword);
    for (let index = 0; index < count; index++) {
      this.builder.push({ kind: 'reset', qubit: elementOf(qubit, index), condition });
    }
  }

  private parseBarrier(): void {
    const keyword = this.tokens.next();
    const operands = this.parseOperands();
    const length = operands.reduce((sum, { register, index }) => sum + (index === null ? register.size : 1), 0);
    this.builder.reserveBarrier(length, keyword);
    // Naming a qubit twice in a barrier is harmless and happens in generated programs.
    const qubits = new Set<number>();
    for (const operand of operands) {
      const size = operand.index === null ? operand.register.size : 1;
      for (let index = 0; index < size; index++) qubits.add(elementOf(operand, index));
    }
    this.builder.push({ kind: 'barrier', qubits: [...qubits] });
  }

  /** The condition is one object for all that its statement expands to: see `Condition`. */
  private parseIf(): void {
    this.tokens.next();
    this.tokens.needSymbol('(');
    const name = this.tokens.needName('a classical register');
    const { offset, size } = this.symbols.register(name, 'creg');
    this.builder.reserveCondition(size, name);
    this.tokens.needSymbol('==');
    const { text } = this.tokens.needInteger('an integer');
    this.tokens.needSymbol(')');
    // A number with more digits than the register has bits cannot be held by it. Any such number means "never", and a
    // short one spares converting a megabyte of digits.
    const value = text.length > size + 1 ? 1n << BigInt(size) : BigInt(text);
    this.parseOperation(Object.freeze({ offset, size, value }));
  }

  private parseOperands(): readonly Operand[] {
    const operands: Operand[] = [];
    do operands.push(this.parseOperand('qreg'));
    while (this.tokens.takeSymbol(','));
    if (!this.tokens.atSymbol(';')) throw this.tokens.unexpected('"," or ";"');
    this.tokens.next();
    return operands;
  }

  private parseOperand(kind: 'qreg' | 'creg'): Operand {
    const token = this.tokens.peek();
    // U and CX are words of the language, but here the trouble is better told as: that is a gate.
    const isPrimitive = token.kind === 'keyword' && (token.text === 'U' || token.text === 'CX');
    if (!isPrimitive) this.tokens.needName(kind === 'qreg' ? 'a qubit or quantum register' : 'a bit or classical register');
    else this.tokens.next();
    const register = this.symbols.register(token, kind);
    if (!this.tokens.takeSymbol('[')) return { token, register, index: null };
    const index = this.tokens.needInteger('an index');
    if (Number(index.text) >= register.size) {
      throw new QasmRefusal('index-out-of-range', index.offset, `The register ${quoted(token.text)} has the elements 0 to ${register.size - 1}.`, `an index from 0 to ${register.size - 1}`);
    }
    this.tokens.needSymbol(']');
    return { token, register, index: Number(index.text) };
  }

  /** How often a statement over whole registers is done: once for each element, all registers equally long. */
  private broadcast(operands: readonly Operand[]): number {
    const whole = operands.filter(({ index }) => index === null);
    const [first] = whole;
    if (first === undefined) return 1;
    for (const operand of whole) {
      if (operand.register.size !== first.register.size) {
        throw new QasmRefusal('register-size-mismatch', operand.token.offset, `${quoted(operand.token.text)} has ${operand.register.size} elements and ${quoted(first.token.text)} has ${first.register.size}.`, `a register of ${first.register.size}`);
      }
    }
    return first.register.size;
  }

  /** `cx q[0],q;` fails in its first repetition only, so every repetition is looked at. */
  private distinctQubits(operands: readonly Operand[], broadcastIndex: number): readonly number[] {
    const qubits = new Set<number>();
    for (const operand of operands) {
      const qubit = elementOf(operand, broadcastIndex);
      if (qubits.has(qubit)) {
        const index = operand.index ?? broadcastIndex;
        throw new QasmRefusal('duplicate-qubit', operand.token.offset, `The qubit ${quoted(`${operand.register.name}[${index}]`)} is used twice in one operation.`, 'another qubit');
      }
      qubits.add(qubit);
    }
    return [...qubits];
  }
}
