import type { Checkpoint } from './checkpoint.js';
import type { NoteVerdict } from './note-signature.js';
import type { OrderFile } from './order-file.js';
import type { RecordedEntry } from './recorded-entry.js';
import type { ResultFile } from './result-file.js';
import type { TlogProof } from './tlog-proof.js';

/** Everything that a good receipt proves, before it is put into words. */
export interface ReceiptEvidence {
  readonly proof: TlogProof;
  readonly checkpoint: Checkpoint;
  readonly signatures: NoteVerdict & { readonly ok: true };
  readonly entry: RecordedEntry;
  /** Null when no result was to be checked. */
  readonly file: ResultFile | null;
  /** Null when no order was to be checked. */
  readonly order: OrderFile | null;
}
