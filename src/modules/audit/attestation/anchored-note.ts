import { type Checkpoint, parseCheckpoint } from '#pure/transparency-log/checkpoint.js';
import { parseNote } from '#pure/transparency-log/note.js';
import type { VerifierKey } from '#pure/transparency-log/verifier-key.js';
import { signersOf } from '../checkpoint-note.js';

/**
 * What a note says that came from outside, if one of these keys signed it; else null. Whoever can write to an anchor
 * must not be able to stop the log with a note of their own making.
 */
export function vouchedCheckpoint(note: string, keys: readonly VerifierKey[]): Checkpoint | null {
  if (signersOf(note, keys).length === 0) return null;
  return parseCheckpoint(parseNote(Buffer.from(note, 'utf8')).text);
}

/** The largest of what can be vouched for. */
export function largestVouched(notes: Iterable<string>, keys: readonly VerifierKey[]): Checkpoint | null {
  let largest: Checkpoint | null = null;
  for (const note of notes) {
    const checkpoint = vouchedCheckpoint(note, keys);
    if (checkpoint !== null && checkpoint.size > (largest?.size ?? -1)) largest = checkpoint;
  }
  return largest;
}
