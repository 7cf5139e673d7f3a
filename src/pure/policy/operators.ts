import { networkIn } from '../network/cidr.js';
import type { AttributeType, Operator, Span } from './condition.js';
import { cast } from './facts.js';

const COMPARABLE: readonly AttributeType[] = ['text', 'number', 'boolean', 'instant', 'address'];
const ORDERED: readonly AttributeType[] = ['number', 'instant'];

/** What an operator takes: one value, a list of them, yes or no, networks, a span of time. */
export type OperandKind = 'value' | 'values' | 'flag' | 'networks' | 'span';

/** The closed list. Text has no order here: SQL's depends on the column's collation, and JavaScript's on none. */
export const OPERATORS: Readonly<Record<Operator, { readonly operand: OperandKind; readonly types: readonly AttributeType[] }>> = {
  $eq: { operand: 'value', types: COMPARABLE },
  $ne: { operand: 'value', types: COMPARABLE },
  $in: { operand: 'values', types: COMPARABLE },
  $nin: { operand: 'values', types: COMPARABLE },
  $lt: { operand: 'value', types: ORDERED },
  $lte: { operand: 'value', types: ORDERED },
  $gt: { operand: 'value', types: ORDERED },
  $gte: { operand: 'value', types: ORDERED },
  $exists: { operand: 'flag', types: COMPARABLE },
  $cidr: { operand: 'networks', types: ['address'] },
  $within: { operand: 'span', types: ['instant'] },
};

export const isOperator = (name: string): name is Operator => Object.hasOwn(OPERATORS, name);

const CLOCK = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const MINUTE_MILLIS = 60_000;
const DAY_MINUTES = 1440;

/** A span as it is decided: between two instants, or between two minutes of every day. */
export type ReadSpan = { readonly kind: 'instants' | 'minutes'; readonly from: number; readonly to: number };

/** Null for what is no span: a mix of the two, an end that is not after its beginning. */
export function spanOf({ from, to }: Span): ReadSpan | null {
  if (CLOCK.test(from) && CLOCK.test(to)) return from === to ? null : { kind: 'minutes', from: minutesOf(from), to: minutesOf(to) };
  const [begin, end] = [cast('instant', from), cast('instant', to)];
  return typeof begin === 'number' && typeof end === 'number' && begin < end ? { kind: 'instants', from: begin, to: end } : null;
}

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

/** Also before 1970, where a remainder would be negative. */
export const minuteOfDay = (millis: number): number => (((Math.floor(millis / MINUTE_MILLIS) % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES);

export function isWithin(span: ReadSpan, millis: number): boolean {
  const at = span.kind === 'instants' ? millis : minuteOfDay(millis);
  return span.from < span.to ? span.from <= at && at < span.to : span.from <= at || at < span.to;
}

/** One network may stand without its list. */
export const networksOf = (operand: string | readonly string[]): readonly string[] => (typeof operand === 'string' ? [operand] : operand);

export const isNetwork = (text: string): boolean => networkIn(text) !== null;
