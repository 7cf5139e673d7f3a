import { isJsonObject, type JsonObject, type JsonValue } from '../canonical-json/json-value.js';
import { parseStrictJson } from '../canonical-json/strict-parse.js';

/** The result in a file that a client kept. */
export interface ResultFile {
  readonly result: JsonObject;
  /** The id of the simulation when the file is the whole resource and not its result alone; else null. */
  readonly simulationId: string | null;
  /** Whether there are members beside the result: they are not recorded, so nothing is known of them. */
  readonly isWholeResource: boolean;
}

/**
 * The texts that one value may have in a file. The digest is over the value, so another spelling of it (`1E3`,
 * `\u0030`, a tab for a blank) would pass unseen; by admitting only what well-known writers put out, a changed byte
 * is always a changed value, or refused.
 */
const LAYOUTS: readonly ((value: JsonValue) => string)[] = [
  /** As the server sends it. */
  (value) => JSON.stringify(value),
  /** `jq .`, `json.dump(indent=2)`, most editors. */
  (value) => JSON.stringify(value, null, 2),
  /** Python's `json.dump` untold. A raw newline is never part of a string's text, so it marks the layout alone. */
  (value) =>
    JSON.stringify(value, null, 1)
      .replaceAll(/,\n */g, ', ')
      .replaceAll(/\n */g, ''),
];

/** Results of a million different outcomes are possible; the file is the user's own. */
const LIMITS = { membersMax: Number.MAX_SAFE_INTEGER };

/** Reads a result file; a sentence about what is wrong with it otherwise. */
export function readResultFile(bytes: Uint8Array): ResultFile | string {
  const parsed = parseStrictJson(bytes, LIMITS);
  if (!parsed.ok) return `it is not strict JSON: at byte ${parsed.error.offset}, expected ${parsed.error.detail}`;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').replace(/\n$/, '');
  if (!LAYOUTS.some((layout) => layout(parsed.value) === text)) {
    return 'its spelling is not one that the server or a common tool writes; keep the answer as it was sent';
  }
  const { value } = parsed;
  if (!isJsonObject(value)) return 'it is not an object';
  if (isJsonObject(value['result'])) {
    const { id, result } = value;
    return { result, simulationId: typeof id === 'string' ? id : null, isWholeResource: true };
  }
  if (!isJsonObject(value['counts'])) return 'it has neither counts nor a result';
  return { result: value, simulationId: null, isWholeResource: false };
}
