import { networkIn } from '../network/cidr.js';
import { type Condition, isVariable, type Operator, type Span, type Test, type Value } from './condition.js';
import { cast, isCircumstance } from './facts.js';
import { type Node, nodeOf } from './node.js';
import { isCondition } from './read-condition.js';
import { isWithin, networksOf, type ReadSpan, spanOf } from './operators.js';

type TestNode = Extract<Node, { kind: 'test' }>;

/**
 * Whether everything of which `granted` is true is something of which `held` is, whoever asks for either. Undefined is
 * no condition: everything. Sound and not complete: what is not seen to be contained counts as not contained, since
 * nobody can grant what they do not have. What cannot be read neither contains anything nor is contained.
 *
 * Both are read as of one request, so `${env.now}` is the same in both; but who holds and who is given are two
 * subjects: what `held` says of the subject is never seen to be contained, not even in itself.
 */
export function narrows(granted: Condition | undefined, held: Condition | undefined): boolean {
  if (held === undefined) return true;
  return isCondition(granted) && isCondition(held) && implies(nodeOf(granted), nodeOf(held));
}

function implies(granted: Node, held: Node): boolean {
  if (held.kind === 'all') return held.parts.every((part) => implies(granted, part));
  if (held.kind === 'any' && held.parts.some((part) => implies(granted, part))) return true;
  if (granted.kind === 'all') return granted.parts.some((part) => implies(part, held));
  // Also where no single branch of `held` has it all: each branch of `granted` may be in another.
  if (granted.kind === 'any') return granted.parts.every((part) => implies(part, held));
  return granted.kind === 'test' && held.kind === 'test' && testImplies(granted, held);
}

function testImplies(granted: TestNode, held: TestNode): boolean {
  if (granted.attribute !== held.attribute || ofSubject(held)) return false;
  // A comparison that is true is one with something that is there.
  if (held.operator === '$exists') return granted.operator === '$exists' ? granted.operand === held.operand : held.operand === true;
  const values = valuesOf(granted);
  // A text that reads like an instant may be just a text, which no instant is after: only of env is the type known here.
  if (values !== null) return values.every((value) => (typeof value !== 'string' || EQUALITIES.has(held.operator) || isCircumstance(held.attribute)) && satisfies(value, held));
  return CONTAINED[held.operator]?.some((each) => each(granted, held)) ?? false;
}

const EQUALITIES: ReadonlySet<Operator> = new Set(['$eq', '$ne', '$in', '$nin']);

const ofSubject = ({ attribute, operand }: TestNode): boolean => attribute.startsWith('subject.') || [operand].flat().some((value) => typeof value === 'string' && value.startsWith('${subject.'));

/** All that the attribute can be where the test is true; null where that is no list. */
function valuesOf({ operator, operand }: TestNode): readonly Value[] | null {
  if (operator === '$eq') return [operand as Value];
  return operator === '$in' ? (operand as readonly Value[]) : null;
}

/** Whether the test is true of an attribute with this value, of whatever type it is. */
function satisfies(value: Value, { operator, operand }: TestNode): boolean {
  return SATISFIED[operator]?.(value, operand) ?? false;
}

const bound =
  (compare: (one: number, other: number) => boolean) =>
  (value: Value, operand: unknown): boolean => {
    const [one, other] = [numberOf(value), numberOf(operand as Value)];
    return one !== null && other !== null && one.type === other.type && compare(one.at, other.at);
  };

const SATISFIED: Readonly<Partial<Record<Operator, (value: Value, operand: unknown) => boolean>>> = {
  $eq: (value, operand) => value === operand,
  $in: (value, operand) => (operand as readonly Value[]).includes(value),
  $ne: (value, operand) => surelyDiffer(value, operand as Value),
  $nin: (value, operand) => (operand as readonly Value[]).every((each) => surelyDiffer(value, each)),
  $lt: bound((value, limit) => value < limit),
  $lte: bound((value, limit) => value <= limit),
  $gt: bound((value, limit) => value > limit),
  $gte: bound((value, limit) => value >= limit),
  $cidr: (value, operand) => typeof value === 'string' && networksOf(operand as string | string[]).some((each) => networkContains(each, value)),
  $within: (value, operand) => {
    const millis = numberOf(value);
    return millis?.type === 'instant' && isWithin(spanOf(operand as Span)!, millis.at);
  },
};

/** Two texts may be one instant or one address: they differ only where they do as everything that the first can be. */
function surelyDiffer(one: Value, other: Value): boolean {
  if (isVariable(one) || isVariable(other) || typeof one !== typeof other) return false;
  const differAs = (type: 'instant' | 'address'): boolean => cast(type, one) === null || (cast(type, other) !== null && cast(type, one) !== cast(type, other));
  return one !== other && differAs('instant') && differAs('address');
}

/** On which scale a bound lies; null for a variable and for what has no order. */
function numberOf(value: Value): { readonly type: 'number' | 'instant'; readonly at: number } | null {
  if (typeof value === 'number') return { type: 'number', at: value };
  const millis = isVariable(value) ? null : cast('instant', value);
  return millis === null ? null : { type: 'instant', at: millis as number };
}

type Containment = (granted: TestNode, held: TestNode) => boolean;

/** `$lt: 5` in `$lte: 5`, by which operators of `granted` are at least as narrow at the same bound. */
const boundedBy =
  (isInside: (granted: number, held: number) => boolean, atOnce: readonly Operator[], beyond: readonly Operator[]): Containment =>
  (granted, held) => {
    if (atOnce.includes(granted.operator) && granted.operand === held.operand) return true;
    const [one, other] = [numberOf(granted.operand as Value), numberOf(held.operand as Value)];
    return beyond.includes(granted.operator) && one !== null && other !== null && one.type === other.type && isInside(one.at, other.at);
  };

const excluded = (test: TestNode): readonly Value[] | null => (test.operator === '$ne' ? [test.operand as Value] : test.operator === '$nin' ? (test.operand as readonly Value[]) : null);
const excludesAll: Containment = (granted, held) => excluded(held)!.every((value) => excluded(granted)?.includes(value) === true);

const BELOW: readonly Operator[] = ['$lt', '$lte'];
const ABOVE: readonly Operator[] = ['$gt', '$gte'];

const CONTAINED: Readonly<Partial<Record<Operator, readonly Containment[]>>> = {
  $ne: [excludesAll],
  $nin: [excludesAll],
  $lt: [boundedBy((granted, held) => granted < held, ['$lt'], BELOW)],
  $lte: [boundedBy((granted, held) => granted <= held, BELOW, BELOW)],
  $gt: [boundedBy((granted, held) => granted > held, ['$gt'], ABOVE)],
  $gte: [boundedBy((granted, held) => granted >= held, ABOVE, ABOVE)],
  $cidr: [(granted, held) => granted.operator === '$cidr' && networksIn(granted).every((network) => networksIn(held).some((each) => networkContains(each, network)))],
  $within: [(granted, held) => granted.operator === '$within' && spanContains(spanOf(held.operand as Span)!, spanOf(granted.operand as Span)!)],
};

const networksIn = ({ operand }: TestNode): readonly string[] => networksOf(operand as NonNullable<Test['$cidr']>);

function networkContains(outer: string, inner: string): boolean {
  const [large, small] = [networkIn(outer), networkIn(inner)];
  if (large === null || small === null || large.bytes.length !== small.bytes.length || large.bits > small.bits) return false;
  return large.bytes.every((byte, at) => {
    const free = 8 - Math.min(8, Math.max(0, large.bits - at * 8));
    return byte >> free === small.bytes[at]! >> free;
  });
}

/** Of times of the day, none over midnight but itself. */
function spanContains(outer: ReadSpan, inner: ReadSpan): boolean {
  if (outer.kind !== inner.kind) return false;
  if (outer.from === inner.from && outer.to === inner.to) return true;
  return inner.from < inner.to && outer.from < outer.to && outer.from <= inner.from && inner.to <= outer.to;
}
