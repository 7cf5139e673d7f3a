/** ASCII text of secrets by the version that it belongs to. */
export type SecretTexts = { readonly version: number; readonly text: Buffer }[];

const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;

/**
 * An object with these members and `keys`, in which each version's text is a string of JSON: put together from Buffers,
 * since a string cannot be wiped. The texts hold letters, digits and what base 64 and PEM need, of which only the ends
 * of lines are written otherwise in JSON.
 */
export function jsonOfSecrets(head: Readonly<Record<string, string>>, texts: SecretTexts): Buffer {
  const opened = Buffer.from(JSON.stringify({ ...head, keys: {} }).slice(0, -2));
  const members = texts.map(({ version, text }, index) => ({ name: Buffer.from(`${index === 0 ? '' : ','}"${version}":"`), text }));
  const lengthBytes = members.reduce((length, { name, text }) => length + name.length + escapedLength(text) + 1, opened.length) + 2;
  const json = Buffer.allocUnsafeSlow(lengthBytes);
  let at = opened.copy(json);
  for (const { name, text } of members) {
    at += name.copy(json, at);
    at = writeEscaped(text, json, at);
    at += json.write('"', at);
  }
  json.write('}}', at);
  return json;
}

function escapedLength(text: Buffer): number {
  let length = text.length;
  for (const byte of text) if (byte === NEWLINE) length += 1;
  return length;
}

function writeEscaped(text: Buffer, target: Buffer, offset: number): number {
  let at = offset;
  for (const byte of text) {
    if (byte === NEWLINE) {
      target[at] = BACKSLASH;
      target[at + 1] = LETTER_N;
      at += 2;
    } else {
      target[at] = byte;
      at += 1;
    }
  }
  return at;
}
