import { encodeBase64 } from '../encoding/base64.js';
import { parseDecimal } from '../encoding/decimal.js';
import { LogFormatError } from './log-format-error.js';
import { type Note, type NoteSignature, parseNote } from './note.js';
import { verifyNote } from './note-signature.js';
import type { VerifierKey } from './verifier-key.js';

/** What is said to a witness and what its answers mean: `add-checkpoint` of c2sp.org/tlog-witness. */

/** The media type of a 409 that says which size the witness is at. */
export const TREE_SIZE_MEDIA_TYPE = 'text/x.tlog.size';

/** Clocks differ. What is signed further ahead was not signed by a clock that means anything. */
const FUTURE_SECONDS_MAX = 300;

/** The body of a request. The proof is empty from size 0, since every tree continues the empty one. */
export function formatAddCheckpoint(oldSize: number, proof: readonly Buffer[], note: string): string {
  return `old ${oldSize}\n${proof.map((hash) => `${encodeBase64(hash)}\n`).join('')}\n${note}`;
}

/** The size in the body of a 409; null when it is none. */
export function parseTreeSize(body: string): number | null {
  return body.endsWith('\n') ? parseDecimal(body.slice(0, -1)) : null;
}

export interface ReadCosignature {
  readonly key: VerifierKey;
  readonly signature: NoteSignature;
  readonly timestampSeconds: number;
}

/**
 * The cosignatures in the body of a 200 that are by these keys, over this note's text, and of a time that can be. Lines
 * of other keys are passed over, as the specification demands. Throws LogFormatError for a body that is no list of
 * signature lines, for a line that bears one of the keys and is false, and for a time that is 0 or in the future: who
 * answers so is not believed in the rest of the answer either.
 */
export function readCosignatures(text: string, body: Uint8Array, keys: readonly VerifierKey[], nowSeconds: number): readonly ReadCosignature[] {
  const note: Note = parseNote(Buffer.concat([Buffer.from(`${text}\n`, 'utf8'), body]));
  // A blank line in the body would make its first lines a part of the text.
  if (note.text !== text) throw refusal('the answer of a witness has only signature lines');
  const verdict = verifyNote(note, keys);
  if (!verdict.ok) throw refusal('a cosignature is not by the key whose name it bears, or not over this checkpoint');
  return verdict.verified.map(({ key, timestampSeconds }) => {
    const signature = note.signatures.find(({ keyName, keyId }) => keyName === key.name && keyId === key.keyId)!;
    if (timestampSeconds === null || timestampSeconds === 0) throw refusal('a cosignature says when it was made');
    if (timestampSeconds > nowSeconds + FUTURE_SECONDS_MAX) throw refusal('a cosignature is of a time that has not come');
    return { key, signature, timestampSeconds };
  });
}

function refusal(message: string): LogFormatError {
  return new LogFormatError('signature-malformed', message);
}
