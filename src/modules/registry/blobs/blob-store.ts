import type { ContentDigest } from '#pure/oci/content-digest.js';
import type { ByteRange } from '#pure/oci/upload-range.js';

/** Why bytes were not taken, or not kept. Whatever stood of the upload before stands. */
export type Rejection = 'digest-mismatch' | 'too-large' | 'broken-off' | 'out-of-order' | 'no-space';

export interface Piece {
  readonly uploadId: string;
  /** Where it belongs; null: behind what is there. */
  readonly first: number | null;
  /** Read once, from start to end or to the rejection. Each is as it is until the next is asked for, and not for longer. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** How many come, where the sender says so. Nothing is taken for granted by it. */
  readonly declaredBytes?: number | null;
  /** Of the whole upload, this piece and those before. */
  readonly bytesMax: number;
}

/** A blob that is being read. The caller closes it. */
export interface OpenBlob {
  readonly sizeBytes: number;
  /** Bytes that were checked, the memory of each chunk its reader's own; throws `DamagedBlob` before the first one that is not what it was. */
  read(range: ByteRange | null): AsyncGenerator<Buffer>;
  close(): Promise<void>;
}

/** What is stored is not what was kept: a disk that fails, or somebody who changed it. */
export class DamagedBlob extends Error {
  override readonly name = 'DamagedBlob';

  constructor(readonly digest: ContentDigest) {
    super('what is stored of a blob is not what was kept');
  }
}

export interface ListedBlob {
  readonly digest: ContentDigest;
  /** What its bytes take up, which is more than they are. */
  readonly storedBytes: number;
  readonly modifiedAtMillis: number;
}

/**
 * Bytes by their digest, without names, projects or rights: who may see a blob is decided before, from rows. Nothing
 * here is visible to anybody until a row says so, so a crash leaves at most bytes that no row names. Pieces of one upload
 * come one at a time: of two at once the second waits. Everything rejects when the storage fails.
 */
export abstract class BlobStore {
  /** Bytes of the upload that are here and survive a crash; 0 before the first. */
  abstract received(uploadId: string): Promise<number>;

  /** Adds to the upload. When it resolves to a number, as many bytes are durable. What breaks off keeps what came until then. */
  abstract append(piece: Piece): Promise<number | Rejection>;

  /**
   * Adds the last piece and keeps the whole as a blob, if it has this digest. When it resolves to a size, file and
   * directory entry survive a power loss, and the upload is gone. A digest that was there already gets equal bytes,
   * which heals a file that was damaged. A rejection takes the upload back to where it was before this piece: clients send
   * the same request again.
   */
  abstract finish(piece: Piece, digest: ContentDigest): Promise<{ readonly sizeBytes: number } | Rejection>;

  /** Forgets an upload; nothing happens when there is none. */
  abstract discard(uploadId: string): Promise<void>;

  /** Null when there are no such bytes, and when what is there does not say that it is this blob. */
  abstract open(digest: ContentDigest): Promise<OpenBlob | null>;

  /** Whether a file of the right length is there: what can be told without reading it. */
  abstract isThere(digest: ContentDigest, sizeBytes: number): Promise<boolean>;

  /**
   * Removes the bytes that this upload has brought (null: bytes older than a day, which no upload has brought for long),
   * and leaves those of another, whose push is under way. False when it has left some.
   */
  abstract remove(digest: ContentDigest, uploadId: string | null): Promise<boolean>;

  /** Everything that is kept whose `<algorithm>:<hex>` comes after `after`, in that order, at most `limit`. */
  abstract list(after: string, limit: number): Promise<readonly ListedBlob[]>;

  /** Removes what broken-off uploads left behind for longer than `ageMillis`. Returns how many files. */
  abstract sweep(ageMillis: number): Promise<number>;
}
