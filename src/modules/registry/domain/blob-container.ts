/**
 * How a blob lies on disk: a header, then records of one chunk each. Every record is checked by itself before a byte of
 * it is given out, so that a range costs the chunks that it touches and nothing is read twice.
 *
 * ```
 * header  "QBLOB\x00\x01" suite(1) size(8) upload key(60) blob key(60), zeros to 256
 * record  nonce(12) chunk tag(16)          …one for every MiB, the last one shorter
 * ```
 *
 * The key is the blob's own, random, and lies in the header twice: wrapped for the upload that made it, and, from the moment
 * that the digest is known, for digest, size and suite. A chunk is bound to its place by its index, and by the key to
 * its digest: bytes of another blob, another order or another length do not open.
 */
export const CHUNK_BYTES = 1024 * 1024;
/** AES-GCM's nonce and tag (NIST SP 800-38D). */
export const RECORD_OVERHEAD_BYTES = 12 + 16;
export const HEADER_BYTES = 256;

/** `sealed`: a record is ciphertext. `clear`: it is the chunk with a GMAC in place of the tag. Both are equally long. */
export const BLOB_SUITES = ['sealed', 'clear'] as const;
export type BlobSuite = (typeof BLOB_SUITES)[number];

const MAGIC = Buffer.from('QBLOB\x00\x01', 'latin1');
/** A wrapped key: nonce, 32 bytes, tag. */
const WRAPPED_KEY_BYTES = 12 + 32 + 16;
const AT = { suite: 7, size: 8, uploadKey: 16, blobKey: 16 + WRAPPED_KEY_BYTES } as const;

export interface BlobHeader {
  readonly suite: BlobSuite;
  readonly uploadKey: Buffer;
  /** Null until the upload has ended; `sizeBytes` is 0 until then. */
  readonly blobKey: Buffer | null;
  readonly sizeBytes: number;
}

export function formatHeader({ suite, uploadKey, blobKey, sizeBytes }: BlobHeader): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header[AT.suite] = BLOB_SUITES.indexOf(suite);
  header.writeBigUInt64BE(BigInt(sizeBytes), AT.size);
  uploadKey.copy(header, AT.uploadKey);
  blobKey?.copy(header, AT.blobKey);
  return header;
}

/** Null for what is no header of ours. That the key opens is what proves one. */
export function parseHeader(bytes: Buffer): BlobHeader | null {
  if (bytes.length !== HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const suite = BLOB_SUITES[bytes[AT.suite]!];
  const sizeBytes = Number(bytes.readBigUInt64BE(AT.size));
  if (suite === undefined || !Number.isSafeInteger(sizeBytes)) return null;
  const blobKey = bytes.subarray(AT.blobKey, AT.blobKey + WRAPPED_KEY_BYTES);
  return { suite, sizeBytes, uploadKey: bytes.subarray(AT.uploadKey, AT.blobKey), blobKey: blobKey.every((byte) => byte === 0) ? null : blobKey };
}

export function chunkCount(sizeBytes: number): number {
  return Math.ceil(sizeBytes / CHUNK_BYTES);
}

/** Of the chunk's record, from the start of the file. */
export function recordPosition(index: number): number {
  return HEADER_BYTES + index * (CHUNK_BYTES + RECORD_OVERHEAD_BYTES);
}

/** Of one chunk of a blob. */
export function chunkBytes(index: number, sizeBytes: number): number {
  return Math.min(CHUNK_BYTES, sizeBytes - index * CHUNK_BYTES);
}

/** Of the whole file. */
export function containerBytes(sizeBytes: number): number {
  return HEADER_BYTES + sizeBytes + chunkCount(sizeBytes) * RECORD_OVERHEAD_BYTES;
}

/** Whole records in a file that may end anywhere, since a crash may have cut it. */
export function wholeRecords(fileBytes: number): number {
  return Math.max(0, Math.floor((fileBytes - HEADER_BYTES) / (CHUNK_BYTES + RECORD_OVERHEAD_BYTES)));
}
