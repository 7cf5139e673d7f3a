import type { ContentDigest } from '#pure/oci/content-digest.js';

/** A file that is there whole; it is not replaced under whoever holds it. */
export interface StoredFile {
  readonly lengthBytes: number;
  /** As many bytes as asked for, or as there are. */
  read(position: number, lengthBytes: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** A file that is perhaps to be removed. */
export interface FileInDoubt extends StoredFile {
  readonly modifiedAtMillis: number;
}

export interface ListedFile {
  readonly digest: ContentDigest;
  readonly lengthBytes: number;
  readonly modifiedAtMillis: number;
}

/** Where containers of blobs are kept: files by digest, opaque here. Who verifies them is the store above. */
export abstract class BlobFiles {
  /**
   * Takes over the file at `path`, which is synced. When it resolves, the file is durable under its digest, and what was
   * there before is gone. After a crash there is the old one, the new one, or, at most, both names of the new one.
   */
  abstract keep(digest: ContentDigest, path: string): Promise<void>;

  /** Null when there is none. */
  abstract open(digest: ContentDigest): Promise<StoredFile | null>;

  /** Null when there is none. */
  abstract length(digest: ContentDigest): Promise<number | null>;

  /**
   * Removes the file if it is still the one that is meant: a push may replace it at any time, and what it has put there is
   * left, also when that happens while `isDoomed` looks, which may be asked twice. Works where nothing can be written any
   * more. False when it was left; true when there is none (any more).
   */
  abstract remove(digest: ContentDigest, isDoomed: (file: FileInDoubt) => Promise<boolean>): Promise<boolean>;

  /** Puts back what a crash during `remove` has left aside for longer than this; whoever asks for it by its digest does so at once. Returns how many files. */
  abstract restore(ageMillis: number, nowMillis: number): Promise<number>;

  /** Everything whose `<algorithm>:<hex>` comes after `after` ('' is all), in that order, at most `limit`. */
  abstract list(after: string, limit: number): Promise<readonly ListedFile[]>;
}
