import { createHash, type Hash } from 'node:crypto';
import { chmod, type FileHandle, open, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { crashPoint } from '#platform/system/crash-points.js';
import { freeMemory } from '#platform/system/free-memory.js';
import type { DigestAlgorithm } from '#pure/oci/content-digest.js';
import { CHUNK_BYTES, formatHeader, HEADER_BYTES, parseHeader, RECORD_OVERHEAD_BYTES, recordPosition, wholeRecords } from '../../domain/blob-container.js';
import type { ChunkRecords, ContainerKeys } from './chunk-records.js';
import { readAt, syncDirectory, unlessAbsent, writeParts, writeWhole } from './durable-files.js';

/** Records that are on their way to the disk while the next chunk arrives and is hashed. */
const WRITES_AHEAD = 2;

/** Where an upload stands, to come back to. */
interface Mark {
  readonly records: number;
  readonly rest: Buffer;
  readonly hash: Hash | null;
}

/**
 * The file of an upload: a blob's container that is not named yet. It holds whole records only; what is left over, less
 * than a chunk, lies beside it in a file that is replaced at once (`<id>.<records>.rest`), so that a record is never
 * written twice under one index and a crash never takes back what was acknowledged.
 */
export class SpooledUpload {
  private readonly buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  private restBytes = 0;
  /** The file that has them, as of the last piece. */
  private savedRest: string | null = null;
  private writing: Promise<void>[] = [];
  /** Of all bytes so far; null when it has to be made of what is in the file. */
  private hash: Hash | null = null;

  private constructor(
    private readonly directory: string,
    readonly id: string,
    private readonly file: FileHandle,
    private readonly chunks: ChunkRecords,
    private records: number,
  ) {}

  /** Opens what is there, or begins. What a crash cut is taken off. */
  static async open(directory: string, id: string, keys: ContainerKeys): Promise<SpooledUpload> {
    const path = join(directory, id);
    const there = await unlessAbsent(openAgain(path));
    if (there === null) return SpooledUpload.begin(directory, id, keys);
    try {
      const header = parseHeader(await readAt(there, 0, HEADER_BYTES));
      const chunks = header === null ? null : keys.ofUpload(header, id);
      if (chunks === null) {
        // A crash before the header was whole: nothing has been acknowledged of it.
        await there.close();
        return await SpooledUpload.begin(directory, id, keys);
      }
      const records = wholeRecords((await there.stat()).size);
      await there.truncate(recordPosition(records));
      const upload = new SpooledUpload(directory, id, there, chunks, records);
      await upload.readRest();
      return upload;
    } catch (cause) {
      await there.close().catch(() => {});
      throw cause;
    }
  }

  private static async begin(directory: string, id: string, keys: ContainerKeys): Promise<SpooledUpload> {
    const chunks = keys.make(id);
    const file = await open(join(directory, id), 'w+', 0o600);
    try {
      await writeWhole(file, formatHeader(chunks.header), 0);
      return new SpooledUpload(directory, id, file, chunks, 0);
    } catch (cause) {
      await file.close();
      throw cause;
    }
  }

  /** Bytes of an upload that is not open. */
  static async received(directory: string, id: string): Promise<number> {
    const file = await unlessAbsent(stat(join(directory, id)));
    if (file === null) return 0;
    const records = wholeRecords(file.size);
    const rest = await unlessAbsent(stat(join(directory, restName(id, records))));
    return records * CHUNK_BYTES + (rest === null ? 0 : Math.max(0, rest.size - RECORD_OVERHEAD_BYTES));
  }

  get receivedBytes(): number {
    return this.records * CHUNK_BYTES + this.restBytes;
  }

  /**
   * A hash of everything so far, of that algorithm: remembered from the piece before, or made of the file. Records that
   * were on their way together may have a gap between them after a crash: the upload ends before the first that does not
   * open, which lies behind all that was acknowledged.
   */
  async hashWith(algorithm: DigestAlgorithm, remembered: Hash | null): Promise<Hash> {
    this.hash = remembered ?? createHash(algorithm);
    if (remembered !== null) return this.hash;
    for (let index = 0; index < this.records; index++) {
      const chunk = await this.readRecord(index);
      if (chunk === null) await this.endBefore(index);
      else {
        this.hash.update(chunk);
        freeMemory(chunk);
      }
    }
    return this.hash.update(this.buffer.subarray(0, this.restBytes));
  }

  mark(): Mark {
    return { records: this.records, rest: Buffer.from(this.buffer.subarray(0, this.restBytes)), hash: this.hash?.copy() ?? null };
  }

  /**
   * Back to where it was: whatever was written since, or could not be, is cut off. What lies beside the file was not touched,
   * nor is the file once it has become a blob.
   */
  async goBack(mark: Mark): Promise<Hash | null> {
    await Promise.allSettled(this.writing.splice(0));
    if (await this.isSpooled()) await this.file.truncate(recordPosition(mark.records));
    this.records = mark.records;
    mark.rest.copy(this.buffer);
    this.restBytes = mark.rest.length;
    return mark.hash;
  }

  /** It has become no blob, and no other process has taken the upload. */
  async isSpooled(): Promise<boolean> {
    const [ours, spooled] = [await this.file.stat(), await unlessAbsent(stat(join(this.directory, this.id)))];
    return ours.ino === spooled?.ino;
  }

  /** Takes bytes over: they may be changed when it resolves. */
  async add(bytes: Uint8Array): Promise<void> {
    this.hash?.update(bytes);
    for (let offset = 0; offset < bytes.byteLength; ) {
      const taken = bytes.subarray(offset, offset + CHUNK_BYTES - this.restBytes);
      this.buffer.set(taken, this.restBytes);
      this.restBytes += taken.byteLength;
      offset += taken.byteLength;
      if (this.restBytes < CHUNK_BYTES) continue;
      await this.writeRecord();
      crashPoint('registry.append.after-record');
    }
  }

  /** Makes durable what was added. Returns the hash so far, for the next piece. */
  async save(): Promise<Hash | null> {
    await this.written();
    crashPoint('registry.append.before-sync');
    await this.file.datasync();
    await this.saveRest();
    await syncDirectory(this.directory);
    crashPoint('registry.append.after-sync');
    return this.hash;
  }

  /** Digest of everything, in hex. */
  digest(): string {
    if (this.hash === null) throw new Error('nothing was hashed');
    return this.hash.copy().digest('hex');
  }

  /** Makes the file a blob's: returns its path, under which it is synced and whole. The caller names it. */
  async seal(header: Buffer): Promise<string> {
    if (this.restBytes > 0) await this.writeRecord();
    await this.written();
    await writeWhole(this.file, header, 0);
    const path = join(this.directory, this.id);
    // By its path: a handle's mode cannot be set under Node's permission model. Where another process has taken the upload
    // nothing is there, and whoever names the file finds that out.
    await unlessAbsent(chmod(path, 0o400));
    await this.file.sync();
    return path;
  }

  headerFor(keys: ContainerKeys, digest: string): Buffer {
    return keys.finishedHeader(this.chunks.header, this.id, digest, this.receivedBytes);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.writing);
    await this.file.close();
    freeMemory(this.buffer);
  }

  private async writeRecord(): Promise<void> {
    const index = this.records;
    const record = this.chunks.write(this.buffer.subarray(0, this.restBytes), index);
    this.records = index + 1;
    this.restBytes = 0;
    if (this.writing.length === WRITES_AHEAD) await this.writing.shift();
    const write = writeParts(this.file, record, recordPosition(index)).finally(() => record.forEach(freeMemory));
    write.catch(() => {}); // Told by who waits for it.
    this.writing.push(write);
  }

  private async written(): Promise<void> {
    while (this.writing.length > 0) await this.writing.shift();
  }

  private async readRecord(index: number): Promise<Buffer | null> {
    const record = await readAt(this.file, recordPosition(index), CHUNK_BYTES + RECORD_OVERHEAD_BYTES);
    try {
      return this.chunks.read(record, index);
    } finally {
      freeMemory(record);
    }
  }

  private async endBefore(index: number): Promise<void> {
    await this.file.truncate(recordPosition(index));
    this.records = index;
    this.restBytes = 0;
    await this.readRest();
  }

  private async readRest(): Promise<void> {
    const name = restName(this.id, this.records);
    const file = await unlessAbsent(open(join(this.directory, name), 'r'));
    if (file === null) return;
    try {
      const rest = this.chunks.read(await readAt(file, 0, CHUNK_BYTES + RECORD_OVERHEAD_BYTES), this.records);
      rest?.copy(this.buffer);
      this.restBytes = rest?.length ?? 0;
      this.savedRest = name;
    } finally {
      await file.close();
    }
  }

  /** Under another name first: what was acknowledged before is there until this is. */
  private async saveRest(): Promise<void> {
    const name = this.restBytes > 0 ? restName(this.id, this.records) : null;
    if (name !== null) {
      const path = join(this.directory, name);
      await this.writeRest(`${path}.new`);
      await rename(`${path}.new`, path);
      crashPoint('registry.append.after-rest');
    }
    if (this.savedRest !== null && this.savedRest !== name) await unlessAbsent(unlink(join(this.directory, this.savedRest)));
    this.savedRest = name;
  }

  private async writeRest(path: string): Promise<void> {
    const file = await open(path, 'w', 0o600);
    const rest = this.chunks.write(this.buffer.subarray(0, this.restBytes), this.records);
    try {
      await writeParts(file, rest, 0);
      await file.datasync();
    } catch (cause) {
      // On a disk that is full a sweep in a day is too late.
      await unlink(path).catch(() => {});
      throw cause;
    } finally {
      rest.forEach(freeMemory);
      await file.close();
    }
  }

  /** What lies beside the file, once that is a blob's. */
  async dropRest(): Promise<void> {
    if (this.savedRest !== null) await unlessAbsent(unlink(join(this.directory, this.savedRest)));
  }
}

/** A crash between seal and name leaves a file that its owner may not write. */
async function openAgain(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EACCES')) throw cause;
    await chmod(path, 0o600);
    return open(path, 'r+');
  }
}

export function isRestOf(name: string, id: string): boolean {
  return name.startsWith(`${id}.`) && name.endsWith('.rest');
}

function restName(id: string, records: number): string {
  return `${id}.${records}.rest`;
}

/** Forgets the files of an upload that is not open. What a crash left of earlier rests is swept. */
export async function discardUpload(directory: string, id: string): Promise<void> {
  const file = await unlessAbsent(stat(join(directory, id)));
  if (file === null) return;
  await unlessAbsent(unlink(join(directory, restName(id, wholeRecords(file.size)))));
  await unlessAbsent(unlink(join(directory, id)));
}
