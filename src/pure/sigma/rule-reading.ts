import { SigmaError } from './sigma-error.js';

/** Members of a parsed rule, each read with the place that an error names. */

export type Members = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

export function mapAt(value: unknown, place: string): Members {
  if (!isMap(value)) throw new SigmaError(place, 'must be a map');
  return value;
}

export function textAt(value: unknown, place: string, lengthMax: number): string {
  if (typeof value !== 'string' || value.length === 0) throw new SigmaError(place, 'must be a text');
  if (value.length > lengthMax) throw new SigmaError(place, `longer than ${lengthMax} characters`);
  return value;
}

export function textsAt(value: unknown, place: string, countMax: number): string[] {
  if (!Array.isArray(value) || value.length === 0) throw new SigmaError(place, 'must be a list of texts');
  if (value.length > countMax) throw new SigmaError(place, `more than ${countMax} items`);
  const texts = value.map((item, at) => textAt(item, `${place}[${at}]`, 256));
  if (new Set(texts).size !== texts.length) throw new SigmaError(place, 'an item stands there twice');
  return texts;
}

export function onlyKnown(map: Members, known: readonly string[], place: string): void {
  const strange = Object.keys(map).find((name) => !known.includes(name));
  if (strange !== undefined) throw new SigmaError(`${place}.${strange}`, `unknown: ${known.join(', ')}`);
}

const UNIT_MILLIS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What a correlation may look back: its matches are kept that long. */
export const TIMESPAN_MILLIS_MAX = 7 * 86_400_000;

/** Sigma's `timespan`: a number and one of s, m, h, d. */
export function timespanAt(value: unknown, place: string): number {
  const parts = typeof value === 'string' ? /^([1-9]\d{0,5})([smhd])$/.exec(value) : null;
  if (parts === null) throw new SigmaError(place, 'must be a number and one of s, m, h, d, as in 15m');
  const millis = Number(parts[1]) * UNIT_MILLIS[parts[2]!]!;
  if (millis > TIMESPAN_MILLIS_MAX) throw new SigmaError(place, 'at most 7d');
  return millis;
}
