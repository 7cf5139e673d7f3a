import type { Keyring } from '#modules/crypto/index.js';
import { type BlobHeader, type BlobSuite, formatHeader } from '../../domain/blob-container.js';

type Sealer = ReturnType<Keyring['sealer']>;
type DataKey = NonNullable<ReturnType<Sealer['openDataKey']>>;

/** Chunks to records and back, under the key of one blob. */
export interface ChunkRecords {
  readonly header: BlobHeader;
  /** Its parts, to be written one behind the other; they share no memory with the chunk, nor with each other. */
  write(chunk: Uint8Array, index: number): readonly Buffer[];
  /** Shares no memory with the record. Null for what `write` did not make of this key and index. */
  read(record: Buffer, index: number): Buffer | null;
}

interface Suite {
  readonly write: (key: DataKey, chunk: Uint8Array, place: string) => readonly Buffer[];
  readonly read: (key: DataKey, record: Buffer, place: string) => Buffer | null;
}

const SUITES: Readonly<Record<BlobSuite, Suite>> = {
  sealed: { write: (key, chunk, place) => key.sealInParts(chunk, place), read: (key, record, place) => key.open(record, place) },
  clear: { write: (key, chunk, place) => key.markInParts(chunk, place), read: (key, record, place) => key.readMarked(record, place) },
};

/** Keys of containers, each wrapped under the installation's key for blobs. */
export class ContainerKeys {
  constructor(
    private readonly sealer: Sealer,
    private readonly suite: BlobSuite,
  ) {}

  /** A new key, for one upload. */
  make(uploadId: string): ChunkRecords {
    const { key, wrapped } = this.sealer.makeDataKey(ofUpload(uploadId));
    return recordsUnder(key, { suite: this.suite, uploadKey: wrapped, blobKey: null, sizeBytes: 0 });
  }

  /** Null for a header of another upload. */
  ofUpload(header: BlobHeader, uploadId: string): ChunkRecords | null {
    const key = this.sealer.openDataKey(header.uploadKey, ofUpload(uploadId));
    return key === null ? null : recordsUnder(key, header);
  }

  /** Null for a header that does not say that this is the blob. */
  ofBlob(header: BlobHeader, digest: string): ChunkRecords | null {
    const key = header.blobKey === null ? null : this.sealer.openDataKey(header.blobKey, ofBlob(digest, header));
    return key === null ? null : recordsUnder(key, header);
  }

  /** The header that the upload's file has once it is a blob. */
  finishedHeader({ suite, uploadKey }: BlobHeader, uploadId: string, digest: string, sizeBytes: number): Buffer {
    const blobKey = this.sealer.rewrapDataKey(uploadKey, ofUpload(uploadId), ofBlob(digest, { suite, sizeBytes }));
    if (blobKey === null) throw new Error('the key of an upload no longer opens');
    return formatHeader({ suite, uploadKey, blobKey, sizeBytes });
  }
}

const ofUpload = (uploadId: string): string => `upload:${uploadId}`;
/** Length and suite too: neither end nor form of the file can be changed. */
const ofBlob = (digest: string, { suite, sizeBytes }: Pick<BlobHeader, 'suite' | 'sizeBytes'>): string => `blob:${digest}:${sizeBytes}:${suite}`;

function recordsUnder(key: DataKey, header: BlobHeader): ChunkRecords {
  const { write, read } = SUITES[header.suite];
  return { header, write: (chunk, index) => write(key, chunk, String(index)), read: (record, index) => read(key, record, String(index)) };
}
