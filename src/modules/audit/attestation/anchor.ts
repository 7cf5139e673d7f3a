import type { Checkpoint } from '#pure/transparency-log/checkpoint.js';
import type { VerifierKey } from '#pure/transparency-log/verifier-key.js';

/** A published checkpoint as it is laid down outside of the database. */
export interface AnchoredCheckpoint {
  readonly size: number;
  /** Of the log key that signed it. A database that was made anew under the same origin has another key, and is another log. */
  readonly keyId: string;
  /** With the log's own signature: 250 bytes. */
  readonly note: string;
  /** With the signatures of its cosigner and of witnesses too: 3.6 kB and more. */
  readonly published: string;
}

/**
 * A place that keeps checkpoints and is not the database: whoever rolls that back, or rewrites it with the log's own
 * keys, is told by what stands here. `put` resolves when the note would survive a power cut; doing it again does no
 * harm. Neither call may take longer than ten seconds.
 */
export interface Anchor {
  /** Constant: what the ledger, the metrics and the operator call it. */
  readonly name: string;
  /** Kept by this machine alone, and cheap to read: it is read before each signature, and each machine keeps its own. */
  readonly isLocal: boolean;
  /** The largest checkpoint there that one of these keys signed; null when there is none, or it cannot be read back at all. */
  last(keys: readonly VerifierKey[]): Promise<Checkpoint | null>;
  put(checkpoint: AnchoredCheckpoint): Promise<void>;
}

/** Why an anchor did not do it, in words that may be shown: no address, no credential. */
export class AnchorFailure extends Error {
  override readonly name = 'AnchorFailure';
}
