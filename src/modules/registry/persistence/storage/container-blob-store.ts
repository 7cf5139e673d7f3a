import type { Hash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import type { Clock } from '#platform/system/clock.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { freeMemory } from '#platform/system/free-memory.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { type ContentDigest, contentDigestOf, type DigestAlgorithm, formatContentDigest, isSameDigest } from '#pure/oci/content-digest.js';
import type { ByteRange } from '#pure/oci/upload-range.js';
import { BlobStore, DamagedBlob, type ListedBlob, type OpenBlob, type Piece, type Rejection } from '../../blobs/blob-store.js';
import { CHUNK_BYTES, chunkBytes, containerBytes, HEADER_BYTES, parseHeader, RECORD_OVERHEAD_BYTES, recordPosition } from '../../domain/blob-container.js';
import type { BlobFiles, StoredFile } from './blob-files.js';
import type { ChunkRecords, ContainerKeys } from './chunk-records.js';
import { isAbsent, isFull, unlessAbsent } from './durable-files.js';
import { gather, SMALL_BLOB_BYTES_MAX, writeSmallBlob } from './small-blob.js';
import { SpoolDirectories } from './spool-directories.js';
import { SpooledUpload } from './spooled-upload.js';

/** Of a name that no two processes have. */
const OWNER_BYTES = 8;

/** Hashes of uploads that are between two pieces. What falls out is made again of the file. */
const REMEMBERED_HASHES = 512;

/** Between the bytes of a push and its row lies one transaction; what has had no row for a day gets none. */
const ORPHAN_AGE_MILLIS = 24 * 60 * 60 * 1000;
/** Taking a file aside and looking at it takes milliseconds. */
const RESTORE_AGE_MILLIS = 60_000;

interface Remembered {
  readonly algorithm: DigestAlgorithm;
  readonly receivedBytes: number;
  readonly hash: Hash;
}

interface Kept {
  readonly sizeBytes: number;
}

type SmallPiece = Piece & { readonly declaredBytes: number };

interface Dependencies {
  readonly files: BlobFiles;
  readonly keys: ContainerKeys;
  /** Directory of uploads, seen by all processes, on the same file system as `files` where those are files. */
  readonly spool: string;
  readonly clock: Clock;
}

/** Uploads are spooled as containers on the local disk, and become blobs by being named. */
export class ContainerBlobStore extends BlobStore {
  private readonly spool: SpoolDirectories;
  private readonly hashes = new Map<string, Remembered>();
  /** The last piece of each upload that somebody works on. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(private readonly parts: Dependencies) {
    super();
    this.spool = new SpoolDirectories(parts.spool, new SystemRandomness().bytes(OWNER_BYTES).toString('hex'));
  }

  override received(uploadId: string): Promise<number> {
    return this.inTurn(uploadId, () => this.spool.received(uploadId));
  }

  override append(piece: Piece): Promise<number | Rejection> {
    return this.inTurnWithRoom(piece.uploadId, () =>
      this.withSpooled(piece, 'sha256', async (upload, goBack) => {
        const outcome = await takeIn(upload, piece);
        if (outcome === 'too-large') await goBack();
        else this.remember(upload, 'sha256', await upload.save());
        if (await upload.isSpooled()) return outcome ?? upload.receivedBytes;
        // Another process has taken the upload, and goes on from what it found.
        await upload.dropRest();
        return 'out-of-order';
      }),
    );
  }

  override finish(piece: Piece, digest: ContentDigest): Promise<Kept | Rejection> {
    return this.inTurnWithRoom(piece.uploadId, async () => (isSmall(piece) ? this.finishSmall(piece, digest) : this.finishSpooled(piece, digest)));
  }

  /** A small blob that comes in one piece, as most do, is written in one. What turns out to be anything else is spooled. */
  private async finishSmall(piece: SmallPiece, digest: ContentDigest): Promise<Kept | Rejection> {
    const gathered = await gather(piece);
    if (gathered.kind === 'broken-off') return 'broken-off';
    if (gathered.kind === 'longer') return this.finishSpooled({ ...piece, bytes: gathered.bytes }, digest);
    const { bytes } = gathered;
    if (bytes.length > piece.bytesMax) return 'too-large';
    const isMeant = isSameDigest(contentDigestOf(bytes, digest.algorithm), digest);
    const path = isMeant ? await writeSmallBlob(this.spool.own, this.parts.keys, { uploadId: piece.uploadId, digest, bytes }) : null;
    if (path === null) return this.finishSpooled({ ...piece, bytes: only(bytes) }, digest);
    try {
      await this.give(path, digest);
    } catch (cause) {
      // Another process has taken the upload since, and goes on from what it found.
      if ((await unlessAbsent(unlink(path).then(() => true))) === null && isAbsent(cause)) return 'out-of-order';
      throw cause;
    }
    return { sizeBytes: bytes.length };
  }

  private finishSpooled(piece: Piece, digest: ContentDigest): Promise<Kept | Rejection> {
    return this.withSpooled(piece, digest.algorithm, async (upload, goBack) => {
      const outcome = await takeIn(upload, piece);
      const rejection = outcome ?? (upload.digest() === digest.hex ? null : 'digest-mismatch');
      if (rejection === null) return this.keep(upload, digest);
      await goBack();
      return rejection;
    });
  }

  override discard(uploadId: string): Promise<void> {
    this.hashes.delete(uploadId);
    return this.inTurn(uploadId, () => this.spool.discard(uploadId));
  }

  override async open(digest: ContentDigest): Promise<OpenBlob | null> {
    const file = await this.parts.files.open(digest);
    if (file === null) return null;
    const header = parseHeader(await file.read(0, HEADER_BYTES));
    const chunks = header === null ? null : this.parts.keys.ofBlob(header, formatContentDigest(digest));
    if (chunks === null || containerBytes(chunks.header.sizeBytes) !== file.lengthBytes) {
      await file.close();
      return null;
    }
    const { sizeBytes } = chunks.header;
    return { sizeBytes, read: (range) => readChunks(file, chunks, digest, range ?? { first: 0, last: sizeBytes - 1 }), close: () => file.close() };
  }

  override async isThere(digest: ContentDigest, sizeBytes: number): Promise<boolean> {
    return (await this.parts.files.length(digest)) === containerBytes(sizeBytes);
  }

  /** Which upload a container was made by stands in its header, under a key. One that says nothing is as good as none. */
  override remove(digest: ContentDigest, uploadId: string | null): Promise<boolean> {
    return this.parts.files.remove(digest, async (file) => {
      if (uploadId === null) return file.modifiedAtMillis < this.parts.clock.nowMillis() - ORPHAN_AGE_MILLIS;
      const header = parseHeader(await file.read(0, HEADER_BYTES));
      return header === null || this.parts.keys.ofUpload(header, uploadId) !== null;
    });
  }

  override async list(after: string, limit: number): Promise<readonly ListedBlob[]> {
    const files = await this.parts.files.list(after, limit);
    return files.map(({ digest, lengthBytes, modifiedAtMillis }) => ({ digest, storedBytes: lengthBytes, modifiedAtMillis }));
  }

  override async sweep(ageMillis: number): Promise<number> {
    const nowMillis = this.parts.clock.nowMillis();
    await this.parts.files.restore(RESTORE_AGE_MILLIS, nowMillis);
    return this.spool.sweep(nowMillis - ageMillis);
  }

  /** A crash at each of the points leaves a file that no row names, under the upload's name or the blob's. */
  private async keep(upload: SpooledUpload, digest: ContentDigest): Promise<Kept | Rejection> {
    const sizeBytes = upload.receivedBytes;
    const path = await upload.seal(upload.headerFor(this.parts.keys, formatContentDigest(digest)));
    try {
      await this.give(path, digest);
    } catch (cause) {
      // Another process has taken the upload since: the file is not ours to name.
      if (isAbsent(cause) && !(await upload.isSpooled())) return 'out-of-order';
      throw cause;
    }
    await upload.dropRest();
    return { sizeBytes };
  }

  /** The blob's name, to a file that is synced and whole. */
  private async give(path: string, digest: ContentDigest): Promise<void> {
    crashPoint('registry.store.after-sync');
    await this.parts.files.keep(digest, path);
  }

  /** The one place where a full disk becomes a refusal. */
  private inTurnWithRoom<T>(uploadId: string, work: () => Promise<T | Rejection>): Promise<T | Rejection> {
    return this.inTurn(uploadId, async () => {
      try {
        return await work();
      } catch (cause) {
        if (isFull(cause)) return 'no-space';
        throw cause;
      }
    });
  }

  /** `goBack` takes the upload back to before the piece, which gives its room back too. */
  private async withSpooled<T>(piece: Piece, algorithm: DigestAlgorithm, work: (upload: SpooledUpload, goBack: () => Promise<void>) => Promise<T>): Promise<T | Rejection> {
    if (await this.spool.take(piece.uploadId)) this.hashes.delete(piece.uploadId);
    const upload = await SpooledUpload.open(this.spool.own, piece.uploadId, this.parts.keys);
    try {
      const hash = await upload.hashWith(algorithm, this.recall(upload, algorithm));
      if (piece.first !== null && piece.first !== upload.receivedBytes) {
        this.remember(upload, algorithm, hash);
        return 'out-of-order';
      }
      const mark = upload.mark();
      const goBack = async (): Promise<void> => this.remember(upload, algorithm, await upload.goBack(mark));
      try {
        return await work(upload, goBack);
      } catch (cause) {
        if (isFull(cause)) await goBack();
        throw cause;
      }
    } finally {
      await upload.close();
    }
  }

  /** One after the other for each upload, in the order of their coming. */
  private inTurn<T>(uploadId: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.turns.get(uploadId) ?? Promise.resolve()).then(work, work);
    const settled = turn.catch(() => {}).then(() => {
      if (this.turns.get(uploadId) === settled) this.turns.delete(uploadId);
    });
    this.turns.set(uploadId, settled);
    return turn;
  }

  /** Taken out: a hash goes on in one place. */
  private recall(upload: SpooledUpload, algorithm: DigestAlgorithm): Hash | null {
    const known = this.hashes.get(upload.id);
    this.hashes.delete(upload.id);
    return known !== undefined && known.algorithm === algorithm && known.receivedBytes === upload.receivedBytes ? known.hash : null;
  }

  private remember({ id, receivedBytes }: SpooledUpload, algorithm: DigestAlgorithm, hash: Hash | null): void {
    if (hash === null) return;
    this.hashes.set(id, { algorithm, receivedBytes, hash });
    if (this.hashes.size > REMEMBERED_HASHES) this.hashes.delete(this.hashes.keys().next().value!);
  }
}

/** An end without bytes is none: it belongs to what was sent before it. */
function isSmall(piece: Piece): piece is SmallPiece {
  const { declaredBytes, first } = piece;
  return declaredBytes != null && declaredBytes > 0 && declaredBytes <= SMALL_BLOB_BYTES_MAX && (first ?? 0) === 0;
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Null when the piece came to its end. The limit is checked before bytes are written: a liar costs no more disk than an honest one. */
async function takeIn(upload: SpooledUpload, { bytes, bytesMax }: Piece): Promise<'too-large' | 'broken-off' | null> {
  const pieces = bytes[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await pieces.next();
    } catch {
      return 'broken-off'; // The sender's failure, not the storage's.
    }
    if (next.done === true) return null;
    if (upload.receivedBytes + next.value.byteLength > bytesMax) {
      await pieces.return?.();
      return 'too-large';
    }
    try {
      await upload.add(next.value);
    } catch (cause) {
      await pieces.return?.();
      throw cause;
    }
  }
}

/** Reads one record ahead: while a chunk is sent the disk fetches the next. */
async function* readChunks(file: StoredFile, chunks: ChunkRecords, digest: ContentDigest, { first, last }: ByteRange): AsyncGenerator<Buffer> {
  const { sizeBytes } = chunks.header;
  const fetch = (index: number): Promise<Buffer> | null =>
    index * CHUNK_BYTES > last ? null : file.read(recordPosition(index), chunkBytes(index, sizeBytes) + RECORD_OVERHEAD_BYTES);
  let index = Math.floor(first / CHUNK_BYTES);
  let coming = fetch(index);
  try {
    while (coming !== null) {
      const record: Buffer = await coming;
      coming = fetch(index + 1);
      coming?.catch(() => {}); // Told when it is its turn.
      const chunk = chunks.read(record, index);
      freeMemory(record);
      if (chunk === null) throw new DamagedBlob(digest);
      const start = index * CHUNK_BYTES;
      yield partOf(chunk, Math.max(0, first - start), last - start + 1);
      index += 1;
    }
  } finally {
    await coming?.catch(() => {}); // The file is closed by who opened it, and not under a read.
  }
}

/** As memory of its own: a byte that is asked for does not keep a MiB. */
function partOf(chunk: Buffer, from: number, end: number): Buffer {
  if (from === 0 && end >= chunk.length) return chunk;
  const part = Buffer.from(chunk.subarray(from, end));
  freeMemory(chunk);
  return part;
}
