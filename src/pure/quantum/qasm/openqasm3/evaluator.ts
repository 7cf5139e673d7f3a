import { constant, operation } from '../../circuit/classical-expression.js';
import { QasmRefusal, quoted } from '../qasm-error.js';
import { CONSTANTS, callFunction, isFunction } from './functions.js';
import { binary, unary } from './operators.js';
import type { DigitsVariable, Meaning, Scope } from './scope.js';
import { describeMeaning } from './scope.js';
import type { Place, Storage } from './storage.js';
import type { Expression, Selection, StatementOf, TypeSyntax } from './syntax.js';
import type { Type, Value } from './values.js';
import { BIT, BOOL, DEFAULT_SIZE, SIZE_MAX, bitRegister, bool, convert, describeType, digits, finite, integerLiteral, integerOf, known, knownDigits, notConstant, typeOf } from './values.js';

/** What calling a subroutine as a value means; the statements know. */
export type CallSubroutine = (name: string, values: readonly Expression[], scope: Scope, offset: number) => Value;

/** Elements of something that has `length` of them, as a selection names them. */
export interface Selected {
  readonly indices: readonly number[];
  readonly isRegister: boolean;
}

/** Computes expressions: all that is known at once, the rest as an expression for the run. */
export class Evaluator {
  constructor(private readonly storage: Storage, private readonly callSubroutine: CallSubroutine) {}

  evaluate(expression: Expression, scope: Scope): Value {
    const { offset } = expression;
    switch (expression.kind) {
      case 'boolean':
        return bool(expression.value);
      case 'integer':
        return integerLiteral(expression.value);
      case 'real':
        return expression.imaginary ? { kind: 'complex', re: 0, im: finite(expression.value, offset).value } : finite(expression.value, offset);
      case 'bits':
        return known(bitRegister(expression.digits.length), BigInt(`0b${expression.digits}`));
      case 'name':
        return this.valueOfName(expression.name, scope, offset);
      case 'unary':
        return unary(expression.operator, this.evaluate(expression.operand, scope), offset);
      case 'binary':
        return binary(expression.operator, this.evaluate(expression.left, scope), this.evaluate(expression.right, scope), offset);
      case 'index':
        return this.element(expression.base, expression.index, scope, offset);
      case 'call':
        if (!isFunction(expression.name) || scope.find(expression.name)?.kind === 'subroutine') return this.callSubroutine(expression.name, expression.arguments, scope, offset);
        return callFunction(expression.name, expression.arguments.map((argument) => this.evaluate(argument, scope)), offset);
      case 'cast':
        return this.cast(this.type(expression.type, scope), this.evaluate(expression.operand, scope), offset);
      case 'measure':
        throw new QasmRefusal('misplaced-statement', offset, 'A measurement cannot stand inside of an expression: assign it to a bit first.');
    }
  }

  /** A type as it is written, its size computed. */
  type({ name, size, offset }: TypeSyntax, scope: Scope): Type {
    if (name === 'float' || name === 'complex') {
      if (size !== null) this.size(size, scope);
      return { name };
    }
    if (name === 'bool') return BOOL;
    if (size === null) return name === 'bit' ? BIT : { name, size: DEFAULT_SIZE, isRegister: false };
    const digitCount = this.size(size, scope);
    if (digitCount > SIZE_MAX) throw new QasmRefusal('value-out-of-range', offset, `A type may have ${SIZE_MAX} digits.`, `a size up to ${SIZE_MAX}`);
    return { name, size: digitCount, isRegister: name === 'bit' };
  }

  /** How many there are of something: known, and at least 1. */
  size(expression: Expression, scope: Scope): number {
    const size = integerOf(this.evaluate(expression, scope), expression.offset, 'A size');
    if (size >= 1n) return size > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(size);
    throw new QasmRefusal('empty-register', expression.offset, 'A size is at least 1.', 'a size of 1 or more');
  }

  /** The elements that a selection names, in its order; negative numbers count from the end. */
  select(selection: Selection, length: number, scope: Scope): Selected {
    const at = (expression: Expression) => {
      const index = integerOf(this.evaluate(expression, scope), expression.offset, 'An index');
      const place = index < 0n ? index + BigInt(length) : index;
      if (place >= 0n && place < BigInt(length)) return Number(place);
      throw new QasmRefusal('index-out-of-range', expression.offset, `There are the elements 0 to ${length - 1}.`, `an index from 0 to ${length - 1}`);
    };
    switch (selection.kind) {
      case 'single':
        return { indices: [at(selection.value)], isRegister: false };
      case 'set':
        return { indices: selection.values.map(at), isRegister: true };
      case 'range': {
        const step = selection.step === null ? 1n : integerOf(this.evaluate(selection.step, scope), selection.step.offset, 'A step');
        if (step === 0n) throw new QasmRefusal('value-out-of-range', selection.offset, 'A range with a step of 0 has no end.', 'a step other than 0');
        const first = selection.start === null ? (step > 0n ? 0 : length - 1) : at(selection.start);
        const last = selection.stop === null ? (step > 0n ? length - 1 : 0) : at(selection.stop);
        const indices: number[] = [];
        const stride = Number(step);
        for (let index = first; stride > 0 ? index <= last : index >= last; index += stride) indices.push(index);
        return { indices, isRegister: true };
      }
    }
  }

  /** The values that the variable of a for loop takes, of its type, until `round` says that it is enough. */
  forEach({ type: syntax, over }: StatementOf<'for'>, scope: Scope, round: (value: Value) => boolean): void {
    const type = this.type(syntax, scope);
    if (over.kind === 'range') {
      this.forEachOfRange(over, scope, (index) => round(convert(integerLiteral(index), type, over.offset)));
    } else if (over.kind === 'set') {
      for (const value of over.values) if (!round(convert(this.evaluate(value, scope), type, value.offset))) return;
    } else {
      const { value: expression } = over;
      const whole = this.evaluate(expression, scope);
      if (whole.kind !== 'digits' || !whole.type.isRegister) throw notIndexable(typeOf(whole), expression.offset);
      for (let index = 0; index < whole.type.size; index++) {
        const at = { kind: 'integer', value: BigInt(index), offset: expression.offset } as const;
        if (!round(convert(this.singleElement(expression, this.evaluate(expression, scope), at, scope, expression.offset), type, expression.offset))) return;
      }
    }
  }

  private forEachOfRange({ start, step, stop, offset }: Extract<Selection, { kind: 'range' }>, scope: Scope, round: (index: bigint) => boolean): void {
    if (start === null || stop === null) throw new QasmRefusal('syntax-error', offset, 'The range of a loop needs a beginning and an end.', 'a beginning and an end');
    const [first, stride, last] = [start, step, stop].map((bound) => (bound === null ? 1n : integerOf(this.evaluate(bound, scope), bound.offset, 'The range of a loop'))) as [bigint, bigint, bigint];
    if (stride === 0n) throw new QasmRefusal('value-out-of-range', offset, 'A range with a step of 0 has no end.', 'a step other than 0');
    for (let index = first; stride > 0n ? index <= last : index >= last; index += stride) if (!round(index)) return;
  }

  /** Digits of a variable that an assignment, a measurement or an alias names; null for anything else. */
  places(expression: Expression, scope: Scope): DigitsVariable | null {
    if (expression.kind === 'name') {
      const meaning = scope.find(expression.name);
      return meaning?.kind === 'digits' ? meaning : null;
    }
    if (expression.kind !== 'index') return null;
    const base = this.places(expression.base, scope);
    if (base === null) return null;
    if (base.type.name === 'bool' || (base.type.name === 'bit' && !base.type.isRegister)) throw notIndexable(base.type, expression.offset);
    const { indices, isRegister } = this.select(expression.index, base.places.length, scope);
    if (indices.length === 0) throw new QasmRefusal('empty-register', expression.offset, 'This range holds no element.', 'a range that is not empty');
    const places = indices.map((index) => base.places[index] as Place);
    return { type: isRegister ? bitRegister(places.length) : BIT, places, whole: null };
  }

  private valueOfName(name: string, scope: Scope, offset: number): Value {
    const meaning = scope.find(name);
    if (meaning === null) {
      const value = CONSTANTS.get(name);
      if (value !== undefined) return value;
      throw scope.unknown(name, offset, 'value');
    }
    return this.valueOf(meaning, name, offset);
  }

  private valueOf(meaning: Meaning, name: string, offset: number): Value {
    switch (meaning.kind) {
      case 'constant':
        return meaning.value;
      case 'digits':
        return digits(meaning.type, meaning.whole === null ? this.storage.read(meaning.places, offset) : this.storage.readWhole(meaning.whole, offset));
      case 'real':
        if (meaning.cell.value !== null) return meaning.cell.value;
        throw new QasmRefusal('not-constant', offset, `${quoted(name)} is a ${meaning.name} whose value depends on a measurement here, which only integers, bits and angles can.`);
      default:
        throw new QasmRefusal('wrong-kind', offset, `${quoted(name)} is ${describeMeaning(meaning)}, not a value.`, 'a value');
    }
  }

  private element(base: Expression, selection: Selection, scope: Scope, offset: number): Value {
    const variable = this.places(base, scope);
    if (variable === null || selection.kind === 'single') {
      const whole = this.evaluate(base, scope);
      if (selection.kind === 'single') return this.singleElement(base, whole, selection.value, scope, offset);
      if (whole.kind !== 'digits') throw notIndexable(typeOf(whole), offset);
      const bits = knownDigits(whole);
      if (bits === null) throw notConstant(offset, 'What a range is taken of');
      const { indices } = this.select(selection, whole.type.size, scope);
      const value = indices.reduce((sum, index, i) => sum | (((bits >> BigInt(index)) & 1n) << BigInt(i)), 0n);
      return known(bitRegister(indices.length), value);
    }
    const { type, places } = this.places({ kind: 'index', base, index: selection, offset }, scope) as DigitsVariable;
    return digits(type, this.storage.read(places, offset));
  }

  /** One digit; the run may have to find out which. */
  private singleElement(base: Expression, whole: Value, index: Expression, scope: Scope, offset: number): Value {
    if (whole.kind !== 'digits' || whole.type.name === 'bool' || (whole.type.name === 'bit' && !whole.type.isRegister)) throw notIndexable(typeOf(whole), offset);
    const place = this.evaluate(index, scope);
    if (knownDigits(place) === null && place.kind === 'digits' && place.type.name !== 'angle') {
      return digits(BIT, operation('and', operation('shiftRight', whole.digits, place.digits), constant(1n)));
    }
    const variable = this.places({ kind: 'index', base, index: { kind: 'single', value: index }, offset }, scope);
    if (variable !== null) return digits(BIT, this.storage.read(variable.places, offset));
    const [at] = this.select({ kind: 'single', value: index }, whole.type.size, scope).indices as readonly [number];
    return digits(BIT, operation('and', operation('shiftRight', whole.digits, constant(BigInt(at))), constant(1n)));
  }

  /** A cast says on purpose what an assignment may not do in passing: bits become numbers, and numbers bits. */
  private cast(type: Type, value: Value, offset: number): Value {
    const isBits = value.kind === 'digits' && value.type.name === 'bit';
    if (type.name === 'bit' && value.kind === 'digits' && value.type.name !== 'bit') return digits(type, value.digits);
    if (type.name === 'angle' && isBits && value.type.size !== type.size) throw new QasmRefusal('type-mismatch', offset, `A value of type ${describeType(value.type)} cannot become one of type ${describeType(type)}.`, `bit[${type.size}]`);
    return convert(value, type, offset);
  }
}

function notIndexable(type: Type, offset: number): QasmRefusal {
  return new QasmRefusal('type-mismatch', offset, `A value of type ${describeType(type)} has no elements.`, 'a register');
}


