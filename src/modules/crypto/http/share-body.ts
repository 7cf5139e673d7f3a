import { flag, parseVaultBody, readFields, text } from '#platform/http/vault-fields.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { shareIn } from '../seals/share-text.js';

export const UNSEAL_FIELDS = {
  key: text({ example: 'b2Zmc2V0IDEyMyBpcyBub3QgYSByZWFsIHNoYXJlIDE=', description: 'One share, in base64 or hex.' }),
  reset: flag({ example: false, description: 'Forget the shares that were given so far.' }, false),
  migrate: flag({ example: false, description: 'Passed over: a seal is changed by `npm run init-seal`.' }, false),
};

/** The share is the caller's to wipe; only who resets may give none. */
export type UnsealRequest = { readonly share: Buffer; readonly reset: false } | { readonly share: Buffer | null; readonly reset: true };

const NAME = Buffer.from('"key"');
const [QUOTE, COLON, FILLER] = [0x22, 0x3a, 0x78];
const WHITE: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * The share is taken out of the bytes before they are parsed, and overwritten where it stood: it never becomes a string.
 * Throws `malformed-json` or `invalid-request`.
 */
export function readUnsealRequest(bytes: Buffer): UnsealRequest {
  const place = valueOf(bytes);
  const text = place === null ? null : Buffer.from(bytes.subarray(place.from, place.to));
  if (place !== null) bytes.fill(FILLER, place.from, place.to);
  try {
    const { key, reset } = readFields(UNSEAL_FIELDS, parseVaultBody(bytes));
    if (key === undefined || key === '') {
      if (reset) return { share: null, reset };
      throw Fault.at(REQUEST_FAULTS['invalid-request'], '/key', 'required', "'key' must be specified in request body as JSON, or 'reset' set to true");
    }
    // Found by its bytes and not by the parser: what the parser calls `key` must be what stood there.
    const share = text === null || key !== 'x'.repeat(text.length) ? null : shareIn(text);
    if (share === null) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/key', 'wrong-format', "'key' must be a valid hex or base64 string");
    return { share, reset };
  } finally {
    text?.fill(0);
  }
}

/** Between the quotes of the last string that follows the name; a share has no character that JSON escapes. */
function valueOf(bytes: Buffer): { readonly from: number; readonly to: number } | null {
  let at = bytes.lastIndexOf(NAME);
  if (at < 0) return null;
  at = pastWhite(bytes, at + NAME.length);
  if (bytes[at] !== COLON) return null;
  at = pastWhite(bytes, at + 1);
  if (bytes[at] !== QUOTE) return null;
  const to = bytes.indexOf(QUOTE, at + 1);
  return to < 0 ? null : { from: at + 1, to };
}

function pastWhite(bytes: Buffer, from: number): number {
  let at = from;
  while (WHITE.has(bytes[at])) at += 1;
  return at;
}
