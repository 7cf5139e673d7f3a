/**
 * The JSON Canonicalization Scheme (RFC 8785): one text for each value, so that a hash of the text is a hash of the
 * value. ECMAScript's own serialisation of numbers and strings is the scheme's (§3.2.2); what remains is the order of
 * members (§3.2.3), and refusing what JSON cannot say, where `JSON.stringify` would drop it or write `null`.
 */

/** Far above any value of ours (entries nest 5 deep); it exists so that a cycle ends in an error and not in a crash. */
const DEPTH_MAX = 128;

/** The canonical text of a value. Throws TypeError, naming the place, for what has none. */
export function canonicalJson(value: unknown): string {
  return serialise(value, []);
}

/** The canonical text as UTF-8 (§3.2.4). */
export function canonicalJsonBytes(value: unknown): Buffer {
  return Buffer.from(canonicalJson(value), 'utf8');
}

/** Names and indices that lead to where the serialiser is: a text is made of them only when something is refused there. */
type Path = (string | number)[];

function serialise(value: unknown, path: Path): string {
  switch (typeof value) {
    case 'string':
      return quoted(value, path);
    case 'number':
      if (!Number.isFinite(value)) throw refusal(path, 'a number that is not finite');
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (path.length >= DEPTH_MAX) throw refusal(path, `more than ${DEPTH_MAX} levels, or a cycle`);
      return Array.isArray(value) ? array(value, path) : object(value, path);
    default:
      throw refusal(path, typeof value);
  }
}

function array(values: readonly unknown[], path: Path): string {
  let text = '[';
  // By index, because iteration methods skip holes.
  for (let index = 0; index < values.length; index += 1) {
    path.push(index);
    text += `${index === 0 ? '' : ','}${serialise(values[index], path)}`;
    path.pop();
  }
  return `${text}]`;
}

function object(value: object, path: Path): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A Date, a Map or a Buffer has no JSON form; writing its fields would hash something that nobody meant.
  if (prototype !== Object.prototype && prototype !== null) throw refusal(path, 'an object that is not plain');
  let text = '{';
  // UTF-16 code units (§3.2.3), which is what sorting strings compares.
  for (const name of Object.keys(value).sort()) {
    if (text.length > 1) text += ',';
    text += `${quoted(name, path)}:`;
    path.push(name);
    text += serialise((value as Readonly<Record<string, unknown>>)[name], path);
    path.pop();
  }
  return `${text}}`;
}

function quoted(text: string, path: Path): string {
  // UTF-8 cannot carry a lone surrogate (§3.2.2.2), and JSON.stringify would hide it in an escape.
  if (!text.isWellFormed()) throw refusal(path, 'a lone surrogate');
  return JSON.stringify(text);
}

function refusal(path: Path, what: string): TypeError {
  return new TypeError(`no canonical JSON for ${what} at "${path.map((step) => `/${step}`).join('')}"`);
}
