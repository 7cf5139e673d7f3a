import type { Token } from '../lexer.js';
import { QasmRefusal, quoted } from '../qasm-error.js';
import type { DigitsType, Type, Value } from './values.js';
import { describeType, known, angleDigits } from './values.js';

/** Values for the `input` declarations of a program, by name, as they came in JSON. */
export type ProgramInputs = Readonly<Record<string, unknown>>;

interface InputForm {
  /** What may be given, for people. */
  readonly expected: (type: DigitsType) => string;
  readonly read: (value: unknown, type: DigitsType) => bigint | null;
}

const wholeNumber: InputForm['read'] = (value) => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : null;
  return typeof value === 'string' && /^-?\d{1,1300}$/.test(value) ? BigInt(value) : null;
};

const FORMS: Readonly<Record<DigitsType['name'], InputForm>> = {
  bool: { expected: () => 'true or false', read: (value) => (typeof value === 'boolean' ? (value ? 1n : 0n) : null) },
  bit: {
    expected: ({ isRegister, size }) => (isRegister ? `a text of ${size} digits 0 and 1, the highest first` : '0 or 1'),
    read: (value, { isRegister, size }) => {
      if (!isRegister) return value === 0 || value === 1 ? BigInt(value) : null;
      return typeof value === 'string' && value.length === size && /^[01]+$/.test(value) ? BigInt(`0b${value}`) : null;
    },
  },
  int: {
    expected: ({ size }) => `a whole number from -2^${size - 1} to 2^${size - 1}-1, as a decimal text beyond 2^53`,
    read: (value, type) => within(wholeNumber(value, type), -(1n << BigInt(type.size - 1)), 1n << BigInt(type.size - 1)),
  },
  uint: {
    expected: ({ size }) => `a whole number from 0 to 2^${size}-1, as a decimal text beyond 2^53`,
    read: (value, type) => within(wholeNumber(value, type), 0n, 1n << BigInt(type.size)),
  },
  angle: { expected: () => 'a finite number of radians', read: (value, { size }) => (isReal(value) ? angleDigits(size, value) : null) },
};

function within(value: bigint | null, low: bigint, high: bigint): bigint | null {
  return value !== null && value >= low && value < high ? value : null;
}

function isReal(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Hands out the values, and knows which of them nobody asked for. */
export class Inputs {
  private readonly unused: Set<string>;

  constructor(private readonly values: ProgramInputs) {
    this.unused = new Set(Object.keys(values));
  }

  take(name: Token, type: Type): Value {
    if (!Object.hasOwn(this.values, name.text)) {
      throw new QasmRefusal('missing-input', name.offset, `The input ${quoted(name.text)} has been given no value.`, describeType(type), name.text);
    }
    this.unused.delete(name.text);
    const value = this.values[name.text];
    if (type.name === 'float') {
      if (isReal(value)) return { kind: 'float', value };
      throw invalid(name, type, 'a finite number');
    }
    if (type.name === 'complex') throw new QasmRefusal('not-supported', name.offset, 'Inputs that are complex numbers are not supported.');
    const form = FORMS[type.name];
    const digits = form.read(value, type);
    if (digits === null) throw invalid(name, type, form.expected(type));
    return known(type, digits);
  }

  /** After the whole program: a value that nothing takes is a slip of its name. */
  assertAllTaken(): void {
    for (const name of this.unused) {
      throw new QasmRefusal('unknown-input', 0, `The program declares no input ${quoted(name)}.`, undefined, name);
    }
  }
}

function invalid(name: Token, type: Type, expected: string): QasmRefusal {
  return new QasmRefusal('invalid-input', name.offset, `The input ${quoted(name.text)} is of type ${describeType(type)}.`, expected, name.text);
}
