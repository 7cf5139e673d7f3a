/**
 * The JSON Canonicalization Scheme (RFC 8785): one text for each value, so that a hash of the text is a hash of the
 * value. ECMAScript's own serialisation of numbers and strings is the scheme's (§3.2.2); what remains is the order of
 * members (§3.2.3), and refusing what JSON cannot say, where `JSON.stringify` would drop it or write `null`.
 */

/** Far above any value of ours (entries nest 5 deep); it exists so that a cycle ends in an error and not in a crash. */
const DEPTH_MAX = 128;

/** The canonical text of a value. Throws TypeError, naming the place, for what has none. */
export function canonicalJson(value: unknown): string {
  return serialise(value, '', 0);
}

/** The canonical text as UTF-8 (§3.2.4). */
export function canonicalJsonBytes(value: unknown): Buffer {
  return Buffer.from(canonicalJson(value), 'utf8');
}

function serialise(value: unknown, pointer: string, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quoted(value, pointer);
    case 'number':
      if (!Number.isFinite(value)) throw refusal(pointer, 'a number that is not finite');
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= DEPTH_MAX) throw refusal(pointer, `more than ${DEPTH_MAX} levels, or a cycle`);
      return Array.isArray(value) ? array(value, pointer, depth) : object(value, pointer, depth);
    default:
      throw refusal(pointer, typeof value);
  }
}

function array(values: readonly unknown[], pointer: string, depth: number): string {
  // By index, because iteration methods skip holes.
  return `[${Array.from(values, (value, index) => serialise(value, `${pointer}/${index}`, depth + 1)).join(',')}]`;
}

function object(value: object, pointer: string, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A Date, a Map or a Buffer has no JSON form; writing its fields would hash something that nobody meant.
  if (prototype !== Object.prototype && prototype !== null) throw refusal(pointer, 'an object that is not plain');
  const members = Object.entries(value)
    // UTF-16 code units (§3.2.3), which is what < compares on strings.
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${quoted(name, pointer)}:${serialise(member, `${pointer}/${name}`, depth + 1)}`);
  return `{${members.join(',')}}`;
}

function quoted(text: string, pointer: string): string {
  // UTF-8 cannot carry a lone surrogate (§3.2.2.2), and JSON.stringify would hide it in an escape.
  if (!text.isWellFormed()) throw refusal(pointer, 'a lone surrogate');
  return JSON.stringify(text);
}

function refusal(pointer: string, what: string): TypeError {
  return new TypeError(`no canonical JSON for ${what} at "${pointer}"`);
}
