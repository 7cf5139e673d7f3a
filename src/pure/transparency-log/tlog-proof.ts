import { decodeBase64, encodeBase64 } from '../encoding/base64.js';
import { parseDecimal } from '../encoding/decimal.js';
import { HASH_BYTES } from '../merkle/hashing.js';
import { LogFormatError } from './log-format-error.js';
import { formatNote, type Note, parseNote } from './note.js';

/**
 * Offline proofs, c2sp.org/tlog-proof@v1: an entry, its place, the path to the root, and the checkpoint with that
 * root. Parsing checks the form alone. As with notes, `formatTlogProof(parseTlogProof(x))` is `x`.
 */
export interface TlogProof {
  /** Ours have the entry's bytes here; null when the line is absent. Only a verified path makes them worth anything. */
  readonly extra: Buffer | null;
  readonly index: number;
  /** 32 bytes each, the leaf's sibling first. */
  readonly hashes: readonly Buffer[];
  readonly checkpoint: Note;
}

const HEADER = 'c2sp.org/tlog-proof@v1';
/** A tree of 2^53 leaves has paths of 53 hashes. */
const HASHES_MAX = 53;

/** Parses a whole proof. Throws LogFormatError, of the checkpoint's note with its code. */
export function parseTlogProof(bytes: Uint8Array): TlogProof {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The head has no blank line, so the first one ends it.
  const blank = buffer.indexOf('\n\n');
  if (blank < 0) throw refusal('its head ends in a blank line');
  // Latin-1 keeps every byte apart; what is not ASCII matches nothing below.
  const lines = buffer.toString('latin1', 0, blank).split('\n');
  if (lines.shift() !== HEADER) throw refusal(`its first line is ${HEADER}`);
  const extra = lines[0]?.startsWith('extra ') ? decodeBase64(lines.shift()!.slice('extra '.length)) : undefined;
  if (extra === null || extra?.length === 0) throw refusal('its extra line is canonical base64');
  const indexLine = lines.shift() ?? '';
  const index = indexLine.startsWith('index ') ? parseDecimal(indexLine.slice('index '.length)) : null;
  if (index === null) throw refusal('its index line is a decimal without leading zeros');
  if (lines.length > HASHES_MAX) throw refusal(`its path has at most ${HASHES_MAX} hashes`);
  const hashes = lines.map((line) => {
    const hash = decodeBase64(line);
    if (hash?.length !== HASH_BYTES) throw refusal('each hash is canonical base64 of 32 bytes');
    return hash;
  });
  return { extra: extra ?? null, index, hashes, checkpoint: parseNote(buffer.subarray(blank + 2)) };
}

/** The proof's text form, to be stored as `*.tlog-proof`. */
export function formatTlogProof(proof: TlogProof): string {
  if (proof.extra?.length === 0) throw refusal('its extra line is not empty');
  const lines = [
    HEADER,
    ...(proof.extra === null ? [] : [`extra ${encodeBase64(proof.extra)}`]),
    `index ${proof.index}`,
    ...proof.hashes.map(encodeBase64),
  ];
  return `${lines.join('\n')}\n\n${formatNote(proof.checkpoint)}`;
}

function refusal(message: string): LogFormatError {
  return new LogFormatError('proof-malformed', `a proof is malformed: ${message}`);
}
