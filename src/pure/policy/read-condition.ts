import type { FaultPointer } from '../fault/fault.js';
import { pointerPart } from '../fault/json-pointer.js';
import { isJsonObject } from '../canonical-json/json-value.js';
import { type AttributeSchema, type AttributeType, CIRCUMSTANCES, type Condition, DEPTH_MAX, isVariable, LIST_MAX, NODES_MAX, type Operator, type Span, TEXT_MAX, type Value, VARIABLES } from './condition.js';
import { cast } from './facts.js';
import { isNetwork, isOperator, networksOf, type OperandKind, OPERATORS, spanOf } from './operators.js';

/** So many are told at once; a body full of mistakes is not answered by a larger one. */
const COMPLAINTS_MAX = 20;

export type ReadCondition = { readonly ok: true; readonly condition: Condition } | { readonly ok: false; readonly complaints: readonly FaultPointer[] };

/**
 * Whether a value is a condition over these attributes. `pointer` is where it stands in the body (RFC 6901). With a
 * schema of null only its form is looked at: the types of what the database keeps were checked when it was written.
 */
export function readCondition(value: unknown, schema: AttributeSchema | null, pointer: string): ReadCondition {
  const complaints = new Reading(schema).read(value, pointer);
  return complaints.length === 0 ? { ok: true, condition: value as Condition } : { ok: false, complaints };
}

const readable = new WeakMap<object, boolean>();

/** Of what comes out of the database, where nothing checked it: whether it can be decided at all. */
export function isCondition(value: unknown): value is Condition {
  if (typeof value !== 'object' || value === null) return false;
  const answer = readable.get(value) ?? readCondition(value, null, '').ok;
  readable.set(value, answer);
  return answer;
}


class Reading {
  readonly #complaints: FaultPointer[] = [];
  #nodes = 0;

  constructor(private readonly schema: AttributeSchema | null) {}

  read(value: unknown, pointer: string): readonly FaultPointer[] {
    this.#condition(value, pointer, 1);
    if (this.#nodes > NODES_MAX) this.#complain(pointer, 'too-long', `at most ${NODES_MAX} tests, $and and $or`);
    return this.#complaints;
  }

  #complain(pointer: string, code: string, detail: string): void {
    if (this.#complaints.length < COMPLAINTS_MAX) this.#complaints.push({ pointer, code, detail });
  }

  #condition(value: unknown, pointer: string, depth: number): void {
    if (!isJsonObject(value)) return this.#complain(pointer, 'wrong-type', 'an object of attributes and tests');
    if (depth > DEPTH_MAX) return this.#complain(pointer, 'too-deep', `at most ${DEPTH_MAX} levels`);
    const members = Object.entries(value);
    // Without a test it would be no condition, though whoever wrote it meant one.
    if (members.length === 0) return this.#complain(pointer, 'empty', 'at least one test');
    for (const [name, member] of members) {
      if (this.#nodes > NODES_MAX) return;
      const at = `${pointer}/${pointerPart(name)}`;
      if (name === '$and' || name === '$or') this.#branches(member, at, depth);
      else this.#tests(name, member, at);
    }
  }

  #branches(value: unknown, pointer: string, depth: number): void {
    this.#nodes += 1;
    if (!Array.isArray(value) || value.length === 0) return this.#complain(pointer, 'wrong-type', 'a list of conditions');
    value.slice(0, NODES_MAX + 1).forEach((each, index) => this.#condition(each, `${pointer}/${index}`, depth + 1));
  }

  #tests(attribute: string, value: unknown, pointer: string): void {
    const type = this.#typeOf(attribute);
    if (type === null) return this.#complain(pointer, 'unknown', 'an attribute of the resource, of env or of subject, $and or $or');
    if (!isJsonObject(value) || Object.keys(value).length === 0) return this.#complain(pointer, 'wrong-type', 'an object of operators');
    for (const [operator, operand] of Object.entries(value)) {
      this.#nodes += 1;
      const at = `${pointer}/${pointerPart(operator)}`;
      if (!isOperator(operator)) this.#complain(at, 'unknown', `one of ${Object.keys(OPERATORS).join(', ')}`);
      else if (type !== 'any' && !OPERATORS[operator].types.includes(type)) this.#complain(at, 'not-applicable', `of an attribute of type ${OPERATORS[operator].types.join(' or ')}`);
      else this.#operand(operator, operand, type, at);
    }
  }

  #typeOf(attribute: string): AttributeType | 'any' | null {
    if (Object.hasOwn(CIRCUMSTANCES, attribute)) return CIRCUMSTANCES[attribute as keyof typeof CIRCUMSTANCES];
    if (this.schema === null) return /^[a-z][A-Za-z0-9]*$/.test(attribute) ? 'any' : null;
    return Object.hasOwn(this.schema, attribute) ? this.schema[attribute]! : null;
  }

  #operand(operator: Operator, operand: unknown, type: AttributeType | 'any', pointer: string): void {
    const readings: Readonly<Record<OperandKind, () => void>> = {
      value: () => this.#value(operand, type, pointer),
      values: () => this.#values(operand, type, pointer),
      flag: () => typeof operand !== 'boolean' && this.#complain(pointer, 'wrong-type', 'true or false'),
      networks: () => !areNetworks(operand) && this.#complain(pointer, 'wrong-format', `a network in CIDR notation, or a list of at most ${LIST_MAX}`),
      span: () => !isSpan(operand) && this.#complain(pointer, 'wrong-format', 'from and to: two instants, the second the later, or two times of the day as 08:00'),
    };
    readings[OPERATORS[operator].operand]();
  }

  #values(operand: unknown, type: AttributeType | 'any', pointer: string): void {
    if (!Array.isArray(operand) || operand.length === 0) return this.#complain(pointer, 'wrong-type', 'a list of values');
    if (operand.length > LIST_MAX) return this.#complain(pointer, 'too-long', `at most ${LIST_MAX} values`);
    operand.forEach((each, index) => this.#value(each, type, `${pointer}/${index}`));
  }

  #value(value: unknown, type: AttributeType | 'any', pointer: string): void {
    if (!isValue(value)) return this.#complain(pointer, 'wrong-type', 'a text, a finite number, true, false, or one variable alone');
    const fits = isVariable(value) ? type === 'any' || VARIABLES[value] === type : type === 'any' || cast(type, value) !== null;
    if (!fits) this.#complain(pointer, 'wrong-type', `a value of type ${type}`);
  }
}

/** What looks like a variable and is none is refused, or a misspelt one would be a text that nothing equals. */
function isValue(value: unknown): value is Value {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'string') return typeof value === 'boolean';
  return isVariable(value) || (!value.includes('${') && value.length <= TEXT_MAX && !value.includes('\0') && value.isWellFormed());
}

function areNetworks(operand: unknown): boolean {
  if (typeof operand !== 'string' && !Array.isArray(operand)) return false;
  const networks: readonly unknown[] = networksOf(operand as string | string[]);
  return networks.length > 0 && networks.length <= LIST_MAX && networks.every((each) => typeof each === 'string' && isNetwork(each));
}

function isSpan(operand: unknown): boolean {
  if (!isJsonObject(operand) || Object.keys(operand).sort().join() !== 'from,to') return false;
  return typeof operand.from === 'string' && typeof operand.to === 'string' && spanOf(operand as unknown as Span) !== null;
}
