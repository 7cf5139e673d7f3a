import { parseStrictJson, type StrictJsonLimits } from '#pure/canonical-json/strict-parse.js';
import { decodeBase64 } from '#pure/encoding/base64.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { malformedJson } from './malformed-json.js';

/**
 * Bodies in the Vault dialect. Its clients send members that a route does not know (their own `name`), integers as
 * strings, and JSON under any content type: what is known is read strictly, the rest is passed over.
 */
export interface VaultField<T> {
  /** Undefined where the member is absent or null. Throws `invalid-request` at `pointer`. */
  read(value: unknown, pointer: string): T;
  /** For the OpenAPI document. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export type VaultFields = Readonly<Record<string, VaultField<unknown>>>;
export type ValuesOf<F extends VaultFields> = { readonly [N in keyof F]: F[N] extends VaultField<infer T> ? T : never };

interface About {
  readonly example: unknown;
  readonly description?: string;
}

const refused = (pointer: string, code: string, detail: string): Fault => Fault.at(REQUEST_FAULTS['invalid-request'], pointer, code, detail);
const field = <T, D>(absent: D, about: About, type: object, read: (value: unknown, pointer: string) => T): VaultField<T | D> => ({
  schema: { ...type, ...about },
  read: (value, pointer) => (value === undefined || value === null ? absent : read(value, pointer)),
});

export function text(about: About): VaultField<string | undefined>;
export function text<D extends string>(about: About, absent: D): VaultField<string>;
export function text(about: About, absent?: string): VaultField<string | undefined> {
  return field(absent, about, { type: 'string' }, (value, pointer) => {
    if (typeof value === 'string') return value;
    throw refused(pointer, 'wrong-type', 'a string');
  });
}

/** `true`, and what Go's clients send for it. */
const FLAGS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([[true, true], [false, false], ['true', true], ['false', false], [1, true], [0, false], ['1', true], ['0', false]]);

export function flag(about: About): VaultField<boolean | undefined>;
export function flag(about: About, absent: boolean): VaultField<boolean>;
export function flag(about: About, absent?: boolean): VaultField<boolean | undefined> {
  return field(absent, about, { type: 'boolean' }, (value, pointer) => {
    const found = FLAGS.get(value);
    if (found !== undefined) return found;
    throw refused(pointer, 'wrong-type', 'true or false');
  });
}

/** Up to ten digits: what is longer is no number that any field takes, and would be read as another one. */
const DIGITS_MAX = 10;

/** A number of JSON that is an integer, however it is spelled (`1.0` and `1e0` are 1 to whoever reads JSON), or decimal digits in their one spelling. */
function integerOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0) ? value : null;
  if (typeof value !== 'string' || value.length === 0 || value.length > DIGITS_MAX) return null;
  const number = Number(value);
  return String(number) === value && Number.isSafeInteger(number) ? number : null;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

export function integer(range: Range, about: About): VaultField<number | undefined>;
export function integer(range: Range, about: About, absent: number): VaultField<number>;
export function integer({ min, max }: Range, about: About, absent?: number): VaultField<number | undefined> {
  return field(absent, about, { type: 'integer', minimum: min, maximum: max }, (value, pointer) => {
    const number = integerOf(value);
    if (number === null) throw refused(pointer, 'wrong-type', 'an integer');
    if (number < min || number > max) throw refused(pointer, 'out-of-range', `${min} to ${max}`);
    return number;
  });
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Digits with units, each at most once and the largest first: `30d`, and what Go's clients make of it, `720h0m0s`. */
function durationOf(text: string): number | null {
  let [total, from, larger] = [0, 0, Infinity];
  for (let at = 0; at < text.length; at += 1) {
    const unit = UNIT_SECONDS[text[at]!];
    if (unit === undefined) continue;
    const number = integerOf(text.slice(from, at));
    if (number === null || number < 0 || unit >= larger) return null;
    [total, from, larger] = [total + number * unit, at + 1, unit];
  }
  return from > 0 && from === text.length ? total : null;
}

/** Seconds: an integer, its digits, or a duration as Vault's clients write it. */
export function seconds(about: About): VaultField<number | undefined> {
  return field(undefined, about, { type: ['string', 'integer'] }, (value, pointer) => {
    const found = integerOf(value) ?? (typeof value === 'string' ? durationOf(value) : null);
    if (found !== null && found >= 0 && found <= 100 * 365 * 86_400) return found;
    throw refused(pointer, 'wrong-format', 'seconds, or numbers with d, h, m, s in this order');
  });
}

/** Standard base64 with its padding, in its one spelling (RFC 4648 §4). */
export function base64(about: About): VaultField<Buffer | undefined> {
  return field(undefined, about, { type: 'string', contentEncoding: 'base64' }, (value, pointer) => {
    const bytes = typeof value === 'string' ? decodeBase64(value) : null;
    if (bytes === null) throw refused(pointer, 'wrong-format', 'standard base64 with padding');
    return bytes;
  });
}

/** Bytes that were read lie in a pool that stays: whoever is done with them leaves nothing there. */
export function wipeFields(values: object): void {
  for (const value of Object.values(values)) if (Buffer.isBuffer(value)) value.fill(0);
}

/** Members of one object, in a batch or of a whole body: `at` is the pointer of the object itself. */
export function readFields<F extends VaultFields>(fields: F, object: Readonly<Record<string, unknown>>, at = ''): ValuesOf<F> {
  // A loop and no list of pairs: a batch has ten thousand items.
  const values: Record<string, unknown> = {};
  try {
    for (const name in fields) values[name] = fields[name]!.read(Object.hasOwn(object, name) ? object[name] : undefined, `${at}/${name}`);
    return values as ValuesOf<F>;
  } catch (error) {
    wipeFields(values);
    throw error;
  }
}

/** The body as an object; `{}` where there was none. Throws `malformed-json` or `invalid-request`. */
export function parseVaultBody(bytes: Uint8Array, limits: Partial<StrictJsonLimits> = {}): Readonly<Record<string, unknown>> {
  if (bytes.length === 0) return {};
  const parsed = parseStrictJson(bytes, limits);
  if (!parsed.ok) throw malformedJson(parsed.error);
  const { value } = parsed;
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw refused('', 'wrong-type', 'an object');
  return value as Readonly<Record<string, unknown>>;
}

/** The fields of a body that holds a credential: its bytes are zero when this returns. Throws as `readFields` and `parseVaultBody`. */
export function takeFields<F extends VaultFields>(fields: F, bytes: Buffer): ValuesOf<F> {
  try {
    return readFields(fields, parseVaultBody(bytes));
  } finally {
    bytes.fill(0);
  }
}

/** The OpenAPI schema of a body with these members. */
export function schemaOf(fields: VaultFields, required: readonly string[] = []): { type: 'object'; properties: Record<string, object>; required?: string[] } {
  const properties = Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]));
  return { type: 'object', properties, ...(required.length === 0 ? {} : { required: [...required] }) };
}
