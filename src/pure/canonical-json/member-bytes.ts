const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d];

/**
 * The bytes of one value within a canonical document (RFC 8785: no white space, each name once): names and places from the
 * outside in. Null where there is none. Parsed, a list of small lists takes ten times its text; what is passed over here
 * takes nothing.
 */
export function memberBytes(document: Uint8Array, path: readonly (string | number)[]): Uint8Array | null {
  let [at, end] = [0, document.length];
  for (const step of path) {
    const found = typeof step === 'string' ? memberAt(document, at, step) : elementAt(document, at, step);
    if (found === null) return null;
    [at, end] = [found, endOf(document, found)];
  }
  return document.subarray(at, end);
}

function memberAt(document: Uint8Array, at: number, name: string): number | null {
  if (document[at] !== OPEN_OBJECT) return null;
  const wanted = Buffer.from(JSON.stringify(name));
  let from = at + 1;
  while (document[from] === QUOTE) {
    const value = endOf(document, from) + 1;
    if (wanted.equals(document.subarray(from, value - 1))) return value;
    from = afterComma(document, value);
  }
  return null;
}

function elementAt(document: Uint8Array, at: number, index: number): number | null {
  if (document[at] !== OPEN_LIST || document[at + 1] === CLOSE_LIST) return null;
  let from = at + 1;
  for (let passed = 0; passed < index; passed += 1) {
    const next = endOf(document, from);
    if (document[next] !== COMMA) return null;
    from = next + 1;
  }
  return from;
}

function afterComma(document: Uint8Array, value: number): number {
  const end = endOf(document, value);
  return document[end] === COMMA ? end + 1 : document.length;
}

/** Behind the value that begins here. */
function endOf(document: Uint8Array, from: number): number {
  let depth = 0;
  for (let at = from; at < document.length; at += 1) {
    const byte = document[at];
    if (byte === QUOTE) at = endOfText(document, at);
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1;
    else if ((byte === CLOSE_LIST || byte === CLOSE_OBJECT) && depth > 0) depth -= 1;
    // A number or a word, up to what is no part of it.
    else if (depth > 0 || (byte !== COMMA && byte !== CLOSE_LIST && byte !== CLOSE_OBJECT)) continue;
    else return at;
    if (depth === 0) return at + 1;
  }
  return document.length;
}

/** Its closing quote. */
function endOfText(document: Uint8Array, open: number): number {
  for (let at = open + 1; at < document.length; at += 1) {
    if (document[at] === BACKSLASH) at += 1;
    else if (document[at] === QUOTE) return at;
  }
  return document.length;
}
