import type { Readable } from 'node:stream';
import type { Digest } from './domain/digest.js';

/** Why bytes were not kept. */
export type Rejection = 'digest-mismatch' | 'too-large' | 'broken-off';

/**
 * Bytes by their digest, without names, projects or rights: who may see a blob is decided before, from rows. Nothing
 * here is visible to anybody until a row says so, so a crash inside `put` leaves at most a file that no row names.
 */
export abstract class BlobStore {
  /**
   * Reads `bytes` to their end while hashing, and keeps them only if they have this digest and at most `limitBytes`.
   * When it resolves to a size, the bytes are durable: file and directory entry survive a power loss. Putting the same
   * digest again replaces the bytes by equal ones, which heals a file that was damaged. Rejects when the storage fails;
   * nothing stays then.
   */
  abstract put(digest: Digest, bytes: AsyncIterable<Uint8Array>, limitBytes: number): Promise<{ readonly sizeBytes: number } | Rejection>;

  /** How many bytes are there; null when there are none. */
  abstract size(digest: Digest): Promise<number | null>;

  /** Null when there are no such bytes. The caller consumes or destroys the stream. Not verified while reading. */
  abstract open(digest: Digest): Promise<{ readonly sizeBytes: number; readonly stream: Readable } | null>;

  /** Removes what broken-off puts left behind for longer than `ageMillis`. Returns how many files. */
  abstract sweep(ageMillis: number): Promise<number>;
}
