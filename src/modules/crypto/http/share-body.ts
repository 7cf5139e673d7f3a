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

/** Longer than the words of such a body, and shorter than what is left of a share that was cut on its way. */
const TAKEN_BYTES_MIN = 8;
const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const WHITE: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d]);
/** What stands in the place of the first that was taken out, and of the next. */
const FILLERS = 'abcdefghijklmnopqrstuvwxyz';

/**
 * Whatever may be a share is taken out of the bytes before they are parsed, and overwritten where it stood: it never
 * becomes a string, whatever the name is that it is given by and however often. Throws `malformed-json` (for a name that
 * stands there twice too) or `invalid-request`.
 */
export function readUnsealRequest(bytes: Buffer): UnsealRequest {
  const taken = takeStrings(bytes);
  try {
    const { key, reset } = readFields(UNSEAL_FIELDS, parseVaultBody(bytes));
    if (key === undefined || key === '') {
      if (reset) return { share: null, reset };
      throw Fault.at(REQUEST_FAULTS['invalid-request'], '/key', 'required', "'key' must be specified in request body as JSON, or 'reset' set to true");
    }
    const text = takenAs(key, taken);
    const share = text === null ? null : shareIn(text);
    if (share === null) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/key', 'wrong-format', "'key' must be a valid hex or base64 string");
    return { share, reset };
  } finally {
    for (const text of taken) text.fill(0);
  }
}

/** Copies of the strings that are no names, as they are spelled: of a share nothing is spelled with an escape. One that does not end ends with the body. */
function takeStrings(bytes: Buffer): readonly Buffer[] {
  const taken: Buffer[] = [];
  for (let from = bytes.indexOf(QUOTE) + 1; from > 0; ) {
    const to = endOfString(bytes, from);
    if (to - from >= TAKEN_BYTES_MIN && !isName(bytes, to)) {
      const filler = FILLERS.charCodeAt(taken.length % FILLERS.length);
      taken.push(Buffer.from(bytes.subarray(from, to)));
      bytes.fill(filler, from, to);
    }
    from = bytes.indexOf(QUOTE, to + 1) + 1;
  }
  return taken;
}

function endOfString(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at, bytes.length);
}

function isName(bytes: Buffer, end: number): boolean {
  let at = end + 1;
  while (WHITE.has(bytes[at])) at += 1;
  return bytes[at] === COLON;
}

/** What stood where the parser found this; null for what it found as it was sent, and where it could be one of two. */
function takenAs(value: string, taken: readonly Buffer[]): Buffer | null {
  const text = taken.length > FILLERS.length ? undefined : taken[FILLERS.indexOf(value.charAt(0))];
  return text !== undefined && value === value.charAt(0).repeat(text.length) ? text : null;
}
