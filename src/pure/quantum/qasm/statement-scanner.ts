import type { Register } from '../circuit/circuit.js';
import type { Applicable } from './gate-definition.js';
import { parameterCount, qubitCount } from './gate-definition.js';
import { afterBlanks, isDigit, isLetter } from './lexer.js';

/** Of the places for names; programs use a dozen of them, and one that finds no place costs time only. */
const PLACES = 256;
/** So many digits are an integer that a double holds. */
const DIGITS_MAX = 9;

const [PLUS, MINUS, TIMES, OVER, POINT, COMMA, SEMICOLON] = [0x2b, 0x2d, 0x2a, 0x2f, 0x2e, 0x2c, 0x3b];
const [OPEN, CLOSE, OPEN_INDEX, CLOSE_INDEX, ARROW_HEAD, ZERO] = [0x28, 0x29, 0x5b, 0x5d, 0x3e, 0x30];

const NONE: readonly number[] = Object.freeze([]);

/** What names mean, found by their characters without cutting them out of the text. A name may push out another. */
class KnownNames<Meaning> {
  private readonly names: string[] = Array.from({ length: PLACES }, () => '');
  private readonly meanings: (Meaning | null)[] = Array.from({ length: PLACES }, () => null);

  learn(name: string, meaning: Meaning): void {
    let hash = 0;
    for (let i = 0; i < name.length; i++) hash = nextHash(hash, name.charCodeAt(i));
    this.names[hash & (PLACES - 1)] = name;
    this.meanings[hash & (PLACES - 1)] = meaning;
  }

  /** Of the name from `start` to `end`. */
  find(units: Uint16Array, start: number, end: number, hash: number): Meaning | null {
    const name = this.names[hash & (PLACES - 1)] as string;
    if (name.length !== end - start) return null;
    for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) !== units[start + i]) return null;
    return this.meanings[hash & (PLACES - 1)] as Meaning | null;
  }
}

function nextHash(hash: number, unit: number): number {
  return (Math.imul(hash, 31) + unit) | 0;
}

const isWordUnit = (unit: number): boolean => isLetter(unit) || isDigit(unit);

/**
 * Reads the statements that long programs consist of, straight from their characters: a gate whose angles are products
 * of numbers, or a measurement, on single elements of registers. It knows the names that the parser has met before, and
 * it judges nothing: whatever is not entirely what it expects is left to the parser, which reads it again from the start
 * of the statement and knows what to say. So it can be removed without any program meaning something else.
 */
export class StatementScanner {
  private readonly gates = new KnownNames<Applicable>();
  private readonly registers = { qreg: new KnownNames<Register>(), creg: new KnownNames<Register>() };
  /** Of the element that was read last: most often that of the next one. */
  private readonly latest: { qreg: Register | null; creg: Register | null } = { qreg: null, creg: null };
  /** Lists of one qubit each, for all gates on it. */
  private readonly alone: (readonly number[])[] = [];
  /** Behind what has been read. */
  position = 0;
  /** Of the statement that was read: a gate with its angles and qubits, or null and a qubit with its bit. */
  gate: Applicable | null = null;
  parameters: readonly number[] = NONE;
  qubits: readonly number[] = NONE;
  bit = 0;

  /** Where that begins. */
  start = 0;
  /** The characters, and a 0 behind the last: strings have many forms, and to ask which one at each character took half of the time. */
  private readonly units: Uint16Array;

  constructor(private readonly source: string) {
    this.units = new Uint16Array(source.length + 1);
    Buffer.from(this.units.buffer).write(source, 'utf16le');
  }

  /** Names keep their meaning to the end of a program, once they have been used. */
  learnGate(name: string, gate: Applicable): void {
    this.gates.learn(name, gate);
  }

  learnRegister(kind: 'qreg' | 'creg', register: Register): void {
    this.registers[kind].learn(register.name, register);
  }

  /** Whether a whole statement was read from there on, blanks before it left out. */
  reads(from: number): boolean {
    this.position = from;
    this.unitAfterBlanks();
    const start = this.position;
    this.start = start;
    this.parameters = NONE;
    this.gate = this.known(this.gates);
    if (this.gate === null) return this.source.startsWith('measure', start) && this.position === start + 7 && this.readsMeasurement();
    return this.readsAngles(parameterCount(this.gate)) && this.readsOperands(qubitCount(this.gate));
  }

  private readsMeasurement(): boolean {
    const qubit = this.element('qreg');
    if (qubit < 0 || !this.takes(MINUS) || this.units[this.position++] !== ARROW_HEAD) return false;
    this.bit = this.element('creg');
    this.qubits = this.aloneAt(qubit);
    return this.bit >= 0 && this.takes(SEMICOLON);
  }

  private readsAngles(count: number): boolean {
    if (count === 0) return true;
    if (!this.takes(OPEN)) return false;
    const angles: number[] = [];
    for (let i = 0; i < count; i++) {
      const angle = this.product();
      if (!Number.isFinite(angle) || !this.takes(i < count - 1 ? COMMA : CLOSE)) return false;
      angles.push(angle);
    }
    this.parameters = angles;
    return true;
  }

  /** Gates of one and two qubits have arrays of their own size: nearly all of a large program is these. */
  private readsOperands(count: number): boolean {
    const first = this.element('qreg');
    if (first < 0 || !this.takes(count > 1 ? COMMA : SEMICOLON)) return false;
    if (count === 1) {
      this.qubits = this.aloneAt(first);
      return true;
    }
    const second = this.element('qreg');
    if (second < 0 || second === first || !this.takes(count > 2 ? COMMA : SEMICOLON)) return false;
    const qubits = [first, second];
    for (let i = 2; i < count; i++) {
      const qubit = this.element('qreg');
      if (qubit < 0 || qubits.includes(qubit) || !this.takes(i < count - 1 ? COMMA : SEMICOLON)) return false;
      qubits.push(qubit);
    }
    this.qubits = qubits;
    return true;
  }

  private aloneAt(qubit: number): readonly number[] {
    return (this.alone[qubit] ??= [qubit]);
  }

  private unitAfterBlanks(): number {
    const { units } = this;
    let at = this.position;
    while (units[at] === 0x20 || ((units[at] as number) >= 0x09 && (units[at] as number) <= 0x0d)) at++;
    // A comment, or a division.
    this.position = units[at] === OVER ? afterBlanks(this.source, at) : at;
    return units[this.position] as number;
  }

  private takes(unit: number): boolean {
    if (this.unitAfterBlanks() !== unit) return false;
    this.position++;
    return true;
  }

  /** What the word from here on means, or null. */
  private known<Meaning>(names: KnownNames<Meaning>): Meaning | null {
    const { units, position } = this;
    let end = position;
    let hash = 0;
    for (let unit = units[end] as number; isWordUnit(unit); unit = units[++end] as number) hash = nextHash(hash, unit);
    this.position = end;
    return names.find(units, position, end, hash);
  }

  /** Number of the element of a register in the circuit; -1: something else stands here. */
  private element(kind: 'qreg' | 'creg'): number {
    this.unitAfterBlanks();
    const element = this.elementOfLatest(kind);
    if (element >= 0) return element;
    const register = this.known(this.registers[kind]);
    if (register === null || !this.takes(OPEN_INDEX)) return -1;
    this.latest[kind] = register;
    const index = this.integer();
    return index < 0 || index >= register.size || !this.takes(CLOSE_INDEX) ? -1 : register.offset + index;
  }

  /** The same of the register of the element before, written without blanks; -1, and nothing read: something else stands here. */
  private elementOfLatest(kind: 'qreg' | 'creg'): number {
    const { units } = this;
    const register = this.latest[kind];
    if (register === null) return -1;
    const { name, size, offset } = register;
    let at = this.position;
    for (let i = 0; i < name.length; i++) if (units[at++] !== name.charCodeAt(i)) return -1;
    if (units[at++] !== OPEN_INDEX) return -1;
    const start = at;
    let index = 0;
    for (let unit = units[at] as number; isDigit(unit); unit = units[++at] as number) index = 10 * index + unit - ZERO;
    if (at === start || (at > start + 1 && units[start] === ZERO) || index >= size || units[at] !== CLOSE_INDEX) return -1;
    this.position = at + 1;
    return offset + index;
  }

  private integer(): number {
    const { units } = this;
    let unit = this.unitAfterBlanks();
    const start = this.position;
    let value = 0;
    for (; isDigit(unit); unit = units[++this.position] as number) value = 10 * value + unit - ZERO;
    const digits = this.position - start;
    return digits === 0 || digits > DIGITS_MAX || (digits > 1 && units[start] === ZERO) ? -1 : value;
  }

  /** A sign, then numbers and pi, multiplied and divided from left to right; NaN: something else. */
  private product(): number {
    const isNegative = this.unitAfterBlanks() === MINUS;
    if (isNegative) this.position++;
    let value = this.factor();
    // The sign binds tighter than what follows.
    if (isNegative) value = -value;
    for (let unit = this.unitAfterBlanks(); unit === TIMES || unit === OVER; unit = this.unitAfterBlanks()) {
      this.position++;
      const factor = this.factor();
      value = unit === TIMES ? value * factor : value / factor;
    }
    return value;
  }

  /** As the lexer reads numbers; NaN for those that it refuses, and for other things than numbers and pi. */
  private factor(): number {
    const { source, units } = this;
    const first = this.unitAfterBlanks();
    const start = this.position;
    if (isLetter(first)) {
      this.position += 2;
      return source.startsWith('pi', start) && !isWordUnit(units[this.position] ?? 0) ? Math.PI : NaN;
    }
    let end = this.afterDigits(start);
    const integerDigits = end - start;
    const hasPoint = units[end] === POINT;
    if (hasPoint) end = this.afterDigits(end + 1);
    const digits = end - start - (hasPoint ? 1 : 0);
    // 0x45 and 0x65: E and e.
    const hasExponent = ((units[end] as number) & ~0x20) === 0x45;
    if (hasExponent) {
      const sign = units[end + 1];
      const from = sign === PLUS || sign === MINUS ? end + 2 : end + 1;
      end = this.afterDigits(from);
      if (end === from) return NaN;
    }
    const follower = units[end] as number;
    this.position = end;
    if (digits === 0 || isLetter(follower) || follower === POINT) return NaN;
    if (!hasPoint && !hasExponent && integerDigits > 1 && first === ZERO) return NaN;
    return Number(source.slice(start, end));
  }

  private afterDigits(start: number): number {
    let end = start;
    while (isDigit(this.units[end] as number)) end++;
    return end;
  }
}
