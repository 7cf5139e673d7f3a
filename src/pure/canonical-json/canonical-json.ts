/**
 * The JSON Canonicalization Scheme (RFC 8785): one text for each value, so that a hash of the text is a hash of the
 * value. ECMAScript's own serialisation of numbers and strings is the scheme's (§3.2.2); what remains is the order of
 * members (§3.2.3), and refusing what JSON cannot say, where `JSON.stringify` would drop it or write `null`.
 */

/** Far above any value of ours (entries nest 5 deep); it exists so that a cycle ends in an error and not in a crash. */
const DEPTH_MAX = 128;

/** Texts that stand in JSON between their quotes as they are: most are, and this is quickly seen. */
const BARE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** Another text in the place of a text. It has to leave what `BARE` lets pass as it is, and is not asked about that. */
export type Respelling = (text: string) => string;

const AS_IT_IS: Respelling = (text) => text;

/** The canonical text of a value. Throws TypeError, naming the place, for what has none. */
export function canonicalJson(value: unknown): string {
  return serialise(value, { names: [], respelling: AS_IT_IS });
}

/** The canonical text as UTF-8 (§3.2.4). */
export function canonicalJsonBytes(value: unknown): Buffer {
  return Buffer.from(canonicalJson(value), 'utf8');
}

/** The canonical bytes of the value that has every text and every name of this one respelled, without that being made. */
export function respelledJsonBytes(value: unknown, respelling: Respelling): Buffer {
  return Buffer.from(serialise(value, { names: [], respelling }), 'utf8');
}

/** Where the serialiser is, and how it writes. */
interface Place {
  /** Names and indices that lead there: a text is made of them only when something is refused. */
  readonly names: (string | number)[];
  readonly respelling: Respelling;
}

function serialise(value: unknown, place: Place): string {
  switch (typeof value) {
    case 'string':
      return quoted(BARE.test(value) ? value : place.respelling(value), place);
    case 'number':
      if (!Number.isFinite(value)) throw refusal(place, 'a number that is not finite');
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (place.names.length >= DEPTH_MAX) throw refusal(place, `more than ${DEPTH_MAX} levels, or a cycle`);
      return Array.isArray(value) ? array(value, place) : object(value, place);
    default:
      throw refusal(place, typeof value);
  }
}

function array(values: readonly unknown[], place: Place): string {
  let text = '[';
  // By index, because iteration methods skip holes.
  for (let index = 0; index < values.length; index += 1) {
    place.names.push(index);
    text += `${index === 0 ? '' : ','}${serialise(values[index], place)}`;
    place.names.pop();
  }
  return `${text}]`;
}

function object(value: object, place: Place): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A Date, a Map or a Buffer has no JSON form; writing its fields would hash something that nobody meant.
  if (prototype !== Object.prototype && prototype !== null) throw refusal(place, 'an object that is not plain');
  const members = renamed(value as Readonly<Record<string, unknown>>, place);
  let text = '{';
  for (const name of inOrder(Object.keys(members))) {
    if (text.length > 1) text += ',';
    text += `${quoted(name, place)}:`;
    place.names.push(name);
    text += serialise(members[name], place);
    place.names.pop();
  }
  return `${text}}`;
}

/** Two names may become one, whose value is then the last: as the object would have it. */
function renamed(members: Readonly<Record<string, unknown>>, { respelling }: Place): Readonly<Record<string, unknown>> {
  if (respelling === AS_IT_IS || Object.keys(members).every((name) => BARE.test(name))) return members;
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [respelling(name), member]));
}

/** By UTF-16 code units (§3.2.3), which is what comparing strings compares. Whoever writes many writes them in order. */
function inOrder(names: string[]): string[] {
  for (let at = 1; at < names.length; at += 1) if (names[at]! < names[at - 1]!) return names.sort();
  return names;
}

function quoted(text: string, place: Place): string {
  if (BARE.test(text)) return `"${text}"`;
  // UTF-8 cannot carry a lone surrogate (§3.2.2.2), and JSON.stringify would hide it in an escape.
  if (!text.isWellFormed()) throw refusal(place, 'a lone surrogate');
  return JSON.stringify(text);
}

function refusal({ names }: Place, what: string): TypeError {
  return new TypeError(`no canonical JSON for ${what} at "${names.map((step) => `/${step}`).join('')}"`);
}
