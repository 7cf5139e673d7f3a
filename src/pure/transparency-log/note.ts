import { decodeBase64, encodeBase64 } from '../encoding/base64.js';
import { LogFormatError } from './log-format-error.js';

/**
 * Signed notes, c2sp.org/signed-note@v1.0.0: a text, a blank line, and signature lines. This file knows their form
 * only; which signatures count is for who holds keys (`note-signature.ts`).
 *
 * A note has exactly one spelling: `formatNote(parseNote(x))` is `x`, byte for byte, or `parseNote` refuses `x`.
 */

export interface NoteSignature {
  readonly keyName: string;
  /** 32 bits as 8 lowercase hex digits. Names a key, and is no hash to rely on: anybody can make a key with the same id. */
  readonly keyId: string;
  /** What follows the key id: of timestamped types, the time and then the signature. */
  readonly signature: Buffer;
}

export interface Note {
  /** Ends in a newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** The specification demands that 16 are taken; 32 witnesses with two keys each are beyond any need of ours. */
const SIGNATURES_MAX = 64;
const KEY_ID_BYTES = 4;
const SIGNATURE_LINE = /^\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)$/u;
// Newline is the one control character that a note may have.
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

const fatalUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Parses a whole note. Throws LogFormatError. */
export function parseNote(bytes: Uint8Array): Note {
  let whole: string;
  try {
    whole = fatalUtf8.decode(bytes);
  } catch {
    throw refusal('a note is UTF-8');
  }
  if (CONTROL.test(whole)) throw refusal('a note has no control characters but newlines');
  // The last blank line is the separator: the text may have blank lines of its own.
  const separator = whole.lastIndexOf('\n\n');
  if (separator < 0 || !whole.endsWith('\n')) throw refusal('a note is a text, a blank line and signature lines, each ended by a newline');
  const lines = whole.slice(separator + 2, -1).split('\n');
  if (lines.length > SIGNATURES_MAX) throw refusal(`a note has at most ${SIGNATURES_MAX} signatures`);
  return { text: whole.slice(0, separator + 1), signatures: lines.map(parseSignatureLine) };
}

/** The note's text form. Throws LogFormatError when it would not be parsed again. */
export function formatNote(note: Note): string {
  const whole = `${note.text}\n${note.signatures.map(formatSignatureLine).join('')}`;
  parseNote(Buffer.from(whole, 'utf8'));
  return whole;
}

/** One signature line with its newline: a note and a line after it are a note. */
export function formatSignatureLine({ keyName, keyId, signature }: NoteSignature): string {
  return `\u2014 ${keyName} ${encodeBase64(Buffer.concat([Buffer.from(keyId, 'hex'), signature]))}\n`;
}

/** Whether a key may be called so: not empty, no Unicode spaces, no plus sign (which separates the parts of a vkey). */
export function isKeyName(name: string): boolean {
  return name.length > 0 && name.isWellFormed() && !/[\p{White_Space}+\u0000-\u001f]/u.test(name);
}

function parseSignatureLine(line: string): NoteSignature {
  const [, keyName, encoded] = SIGNATURE_LINE.exec(line) ?? [];
  if (keyName === undefined || encoded === undefined || !isKeyName(keyName)) {
    throw refusal('a signature line is an em dash, a key name and a signature, with single spaces between');
  }
  const bytes = decodeBase64(encoded);
  if (bytes === null || bytes.length <= KEY_ID_BYTES) throw refusal('a signature is canonical base64 of a key id and at least one byte');
  return { keyName, keyId: bytes.toString('hex', 0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) };
}

function refusal(message: string): LogFormatError {
  return new LogFormatError('note-malformed', message);
}
