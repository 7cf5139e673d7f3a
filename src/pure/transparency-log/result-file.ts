import { isJsonObject, type JsonObject } from '../canonical-json/json-value.js';
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
 * The blanks that a text may have between two tokens. The digest is over the value, so another spelling of the same
 * value (`1E3`, `\u0030`, a tab for a blank) would pass unseen; by admitting only what well-known writers put out, a
 * changed byte is a changed value, or is refused. The order of members is left to the writer: to change it takes more
 * than a byte, and languages disagree on it (ECMAScript puts "10" before "01").
 */
type Layout = (previous: string, next: string, depth: number) => string;

const LAYOUTS: readonly Layout[] = [
  /** As the server sends it. */
  () => '',
  /** Python's `json.dump` untold. */
  (previous) => (previous === ',' || previous === ':' ? ' ' : ''),
  /** `jq .`, `json.dump(indent=2)`, most editors. */
  (previous, next, depth) => {
    if (previous === ':') return ' ';
    const isInside = previous === ',' || ('[{'.includes(previous) !== ']}'.includes(next));
    return isInside ? `\n${'  '.repeat(depth)}` : '';
  },
];

const TOKEN = /"(?:[^"\\]|\\.)*"|[-+.0-9eE]+|true|false|null|[[\]{}:,]/g;

/** Results of a million different outcomes are possible; the file is the user's own. */
const LIMITS = { membersMax: Number.MAX_SAFE_INTEGER, largeIntegers: 'canonical' } as const;

/** Reads a result file; a sentence about what is wrong with it otherwise. */
export function readResultFile(bytes: Uint8Array): ResultFile | string {
  const parsed = parseStrictJson(bytes, LIMITS);
  if (!parsed.ok) return `it is not strict JSON: at byte ${parsed.error.offset}, expected ${parsed.error.detail}`;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').replace(/\n$/, '');
  if (!isCommonSpelling(text)) {
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

/** Of a text that is strict JSON: whether its tokens are spelled as ECMAScript does, and its blanks follow one layout. */
function isCommonSpelling(text: string): boolean {
  let layouts = LAYOUTS;
  let end = 0;
  let previous: string | null = null;
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (']}'.includes(token)) depth -= 1;
    const gap = text.slice(end, index);
    const [before, level] = [previous, depth];
    layouts = layouts.filter((layout) => gap === (before === null ? '' : layout(before, token, level)));
    if (layouts.length === 0 || !isPlainToken(token)) return false;
    if ('[{'.includes(token)) depth += 1;
    [previous, end] = [token, index + token.length];
  }
  return end === text.length;
}

function isPlainToken(token: string): boolean {
  return '[]{}:,'.includes(token) || JSON.stringify(JSON.parse(token)) === token;
}
