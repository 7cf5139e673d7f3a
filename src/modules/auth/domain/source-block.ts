/** A source that is not listened to without a credential for a while. */
export interface SourceBlock {
  /** UUIDv7, of this block: the next one of the same source has another. */
  readonly id: string;
  /** Keyed digest of the source, 32 bytes. */
  readonly source: Buffer;
  /** How many times in a row, each within a day of the end of the one before. */
  readonly offences: number;
  readonly beganAt: Date;
  readonly endsAt: Date;
}

/** The first block: as long as the window of the limit itself. */
export const FIRST_SECONDS = 60;
/** Doubling ends here: an address may be somebody else's tomorrow. */
export const BLOCK_SECONDS_MAX = 3_600;
/** Whoever behaves for so long after a block begins anew. */
export const FORGIVEN_AFTER_SECONDS = 24 * 3_600;

/** Of the n-th offence in a row: 1, 2, 4, 8, 16, 32 minutes, and an hour from the seventh on. */
export function blockSeconds(offences: number): number {
  return Math.min(FIRST_SECONDS * 2 ** Math.min(offences - 1, 30), BLOCK_SECONDS_MAX);
}
