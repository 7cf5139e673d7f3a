import type { Place } from './place.js';

const SUFFIXES: Readonly<Record<string, number>> = { '': 1, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };
const QUANTITY = /^(\d+(?:\.\d+)?)(m|k|[MGT]|[KMGT]i)?$/;

/** A resource.Quantity as a number of bytes, CPUs or whatever it counts; NaN for what is none, of which no comparison holds. */
export function quantityOf({ value }: Place): number {
  const match = QUANTITY.exec(typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '');
  return match === null ? NaN : Number(match[1]) * SUFFIXES[match[2] ?? '']!;
}
