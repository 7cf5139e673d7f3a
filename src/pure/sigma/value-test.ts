import { cidrTest } from '../network/cidr.js';
import type { FieldValue } from './field-values.js';
import { linearRegex } from './linear-regex.js';
import { RegexError } from './regex-syntax.js';
import { SigmaError } from './sigma-error.js';
import { type Placement, wildcardTest } from './wildcard.js';

/** What stands behind the field in a key: `time|hour|gte`. */
export interface Modifiers {
  readonly comparison: Comparison;
  /** Every value of the list must be met, not one of them. */
  readonly all: boolean;
  readonly cased: boolean;
  /** `i`, after `re`. */
  readonly caseless: boolean;
  /** The field is an instant, and its hour of the day in UTC is what is compared. */
  readonly hour: boolean;
}

export type ValueTest = (value: FieldValue) => boolean;

const TEXT_CHARACTERS_MAX = 1_000;

const placed = (placement: Placement) => (value: unknown, { cased }: Modifiers, place: string): ValueTest => {
  const test = wildcardTest(scalarText(value, place), placement, cased);
  return (found) => found !== null && test(String(found));
};

const numeric = (holds: (found: number, limit: number) => boolean) => (value: unknown, _: Modifiers, place: string): ValueTest => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new SigmaError(place, 'must be a number');
  return (found) => {
    const number = numberOf(found);
    return number !== null && holds(number, value);
  };
};

/** How a value of the rule and one of the entry are compared. `exists` asks for no value: the field's matcher answers it. */
const COMPARISONS = {
  equals: placed('whole'),
  contains: placed('contains'),
  startswith: placed('startswith'),
  endswith: placed('endswith'),
  gt: numeric((found, limit) => found > limit),
  gte: numeric((found, limit) => found >= limit),
  lt: numeric((found, limit) => found < limit),
  lte: numeric((found, limit) => found <= limit),
  re: (value: unknown, { caseless }: Modifiers, place: string): ValueTest => {
    const test = regex(scalarText(value, place), caseless, place);
    return (found) => found !== null && test(String(found));
  },
  cidr: (value: unknown, _: Modifiers, place: string): ValueTest => {
    const test = cidrTest(scalarText(value, place));
    if (test === null) throw new SigmaError(place, 'must be a network, as 10.0.0.0/8');
    return (found) => typeof found === 'string' && test(found);
  },
} as const;

export type Comparison = keyof typeof COMPARISONS | 'exists';

const FLAGS = ['all', 'cased', 'i', 'hour'] as const;
const isComparison = (name: string): name is Comparison => name !== 'equals' && (name === 'exists' || Object.hasOwn(COMPARISONS, name));

export function parseModifiers(names: readonly string[], place: string): Modifiers {
  const flags = new Set<string>();
  let comparison: Comparison = 'equals';
  for (const name of names) {
    if (flags.has(name) || name === comparison) throw new SigmaError(place, 'a modifier stands there twice');
    if ((FLAGS as readonly string[]).includes(name)) flags.add(name);
    else if (!isComparison(name)) throw new SigmaError(place, 'unknown modifier');
    else if (comparison !== 'equals') throw new SigmaError(place, 'two ways of comparing');
    else comparison = name;
  }
  const modifiers = { comparison, all: flags.has('all'), cased: flags.has('cased'), caseless: flags.has('i'), hour: flags.has('hour') };
  if (modifiers.caseless && comparison !== 're') throw new SigmaError(place, 'i belongs to re');
  if (modifiers.hour && !['equals', 'gt', 'gte', 'lt', 'lte'].includes(comparison)) throw new SigmaError(place, 'hour is compared as a number');
  if (comparison === 'exists' && names.length > 1) throw new SigmaError(place, 'exists stands alone');
  return modifiers;
}

export function valueTest(value: unknown, modifiers: Modifiers, place: string): ValueTest {
  if (modifiers.comparison === 'exists') throw new SigmaError(place, 'exists takes true or false');
  const test = COMPARISONS[modifiers.comparison](value, modifiers, place);
  return modifiers.hour ? (found) => test(hourOf(found)) : test;
}

/** YAML gives numbers and booleans; Sigma compares them as texts. */
function scalarText(value: unknown, place: string): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') throw new SigmaError(place, value === null ? 'null stands alone, and without a modifier' : 'must be a text, a number, true or false');
  if (value.length > TEXT_CHARACTERS_MAX) throw new SigmaError(place, `longer than ${TEXT_CHARACTERS_MAX} characters`);
  return value;
}

function regex(source: string, isCaseless: boolean, place: string): (text: string) => boolean {
  try {
    return linearRegex(source, isCaseless);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw new SigmaError(place, `not a regular expression that is supported: ${error.message}`);
  }
}

function numberOf(value: FieldValue): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? Number(value) : null;
}

/** Of milliseconds since 1970 or an RFC 3339 text; null, which equals nothing, of anything else. */
function hourOf(value: FieldValue): FieldValue {
  if (typeof value !== 'number' && typeof value !== 'string') return null;
  const hour = new Date(value).getUTCHours();
  return Number.isNaN(hour) ? null : hour;
}
