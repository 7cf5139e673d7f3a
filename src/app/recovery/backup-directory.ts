import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crashPoint } from '#platform/system/crash-points.js';
import { formatManifest, type Manifest, parseManifest } from './manifest.js';
import { RecoveryRefusal } from './recovery-refusal.js';

/**
 * A backup is a directory: `manifest.json`, the list `SHA256SUMS` (as `sha256sum --check` reads it), `database/` with a file
 * of COPY's text for each table (gzip), `blobs/` with what the registry keeps, as it lies there. 0700 and 0600.
 */
const MANIFEST = 'manifest.json';
const LIST = 'SHA256SUMS';

export interface ListedFile {
  readonly path: string;
  /** SHA-256 in hex. */
  readonly digest: string;
}

/** Nothing outside of the backup can be named: two levels at least, of plain names. */
const LINE = /^([0-9a-f]{64}) {2}((?:database|blobs)(?:\/[A-Za-z0-9][A-Za-z0-9_.-]{0,254}){1,4})$/;
const MANIFEST_BYTES_MAX = 1024 * 1024;

export function tablePath(name: string): string {
  return `database/${name.replaceAll('"', '')}.copy.gz`;
}

/** A backup that is being written, under another name until it is complete: what a crash leaves is no backup. */
export class BackupWriter {
  private readonly list: Writable;
  private readonly listHash = createHash('sha256');
  private bytes = 0;

  private constructor(
    private readonly destination: string,
    private readonly aside: string,
  ) {
    this.list = createWriteStream(join(aside, LIST), { flags: 'wx', mode: 0o600, flush: true });
    this.list.on('error', () => undefined);
  }

  /** Throws `RecoveryRefusal` where there is something already. */
  static async begin(destination: string, suffix: string): Promise<BackupWriter> {
    if (await isThere(destination)) throw new RecoveryRefusal(`${destination} is there already: a backup is not written over anything`);
    const aside = `${destination}.${suffix}.unfinished`;
    await mkdir(dirname(destination), { recursive: true, mode: 0o700 });
    await mkdir(aside, { mode: 0o700 });
    return new BackupWriter(destination, aside);
  }

  get bytesWritten(): number {
    return this.bytes;
  }

  /** Streams; on disk when it resolves. */
  async add(path: string, through: readonly (Readable | Transform)[]): Promise<void> {
    const target = join(this.aside, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const hash = createHash('sha256');
    await pipeline([...through, this.counted(hash), createWriteStream(target, { flags: 'wx', mode: 0o600, flush: true })]);
    const line = `${hash.digest('hex')}  ${path}\n`;
    if (!LINE.test(line.trimEnd())) throw new Error(`a backup has no file of the name ${path}`);
    this.listHash.update(line);
    await new Promise<void>((resolve, reject) => this.list.write(line, (error) => (error ? reject(error) : resolve())));
  }

  /** Returns the backup's digest, which is its manifest's: SHA-256 in hex. `record` comes before there is a backup of the name. */
  async finish(manifest: Omit<Manifest, 'list'>, record: (digest: string) => Promise<void>): Promise<string> {
    await new Promise<void>((resolve, reject) => this.list.once('error', reject).end(() => resolve()));
    const text = formatManifest({ ...manifest, list: this.listHash.digest('hex') });
    await writeFile(join(this.aside, MANIFEST), text, { flag: 'wx', mode: 0o600, flush: true });
    await syncDirectory(this.aside);
    const digest = createHash('sha256').update(text).digest('hex');
    await record(digest);
    crashPoint('recovery.backup.before-naming');
    await rename(this.aside, this.destination);
    await syncDirectory(dirname(this.destination));
    return digest;
  }

  /** Nothing of it is kept. */
  async abandon(): Promise<void> {
    this.list.destroy();
    await rm(this.aside, { recursive: true, force: true });
  }

  private counted(hash: Hash): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.bytes += chunk.length;
        hash.update(chunk);
        done(null, chunk);
      },
    });
  }
}

/** A backup that is there: each file is read through its digest. */
export class BackupReader {
  private constructor(
    private readonly directory: string,
    readonly manifest: Manifest,
    /** Of the manifest, and by it of everything. */
    readonly digest: string,
  ) {}

  static async open(directory: string): Promise<BackupReader> {
    const path = join(directory, MANIFEST);
    const { size } = await lstat(path).catch(() => refuse(`${directory} has no ${MANIFEST}: it is no backup, or one that was not finished`));
    if (size > MANIFEST_BYTES_MAX) throw new RecoveryRefusal(`${MANIFEST} is too large: the backup is damaged`);
    const bytes = await readFile(path);
    return new BackupReader(directory, parseManifest(bytes.toString('utf8')), createHash('sha256').update(bytes).digest('hex'));
  }

  /** Reads every byte once, before anything is changed by any of them. Throws `RecoveryRefusal` with the file's name. */
  async verify(): Promise<void> {
    const hash = createHash('sha256');
    await pipeline(this.stream(LIST), hash).catch(() => refuse(`${LIST} is missing from the backup`));
    if (hash.digest('hex') !== this.manifest.list) throw new RecoveryRefusal(`${LIST} is not the list that the manifest names: the backup is damaged`);
    const listed = new Set<string>();
    for await (const { path, digest } of this.files()) {
      if (path.startsWith('database/')) listed.add(path);
      await pipeline(this.read({ path, digest }), new Writable({ write: (_chunk, _encoding, done) => done() }));
    }
    const lacking = this.manifest.tables.find(({ name }) => !listed.has(tablePath(name)));
    if (lacking !== undefined) throw new RecoveryRefusal(`${tablePath(lacking.name)} is missing from the backup`);
  }

  /**
   * In the order of the list, which may be longer than the memory. Each pass ends by refusing a list that is not the one
   * which the manifest names: whoever can write to the backup could exchange it, with files to match, once it was verified.
   */
  async *files(): AsyncGenerator<ListedFile> {
    const list = this.read({ path: LIST, digest: this.manifest.list });
    // Heard by the reader of lines too, until somebody reads no further.
    list.on('error', () => undefined);
    for await (const line of createInterface({ input: list, crlfDelay: Infinity })) {
      const [, digest, path] = LINE.exec(line) ?? refuse(`${LIST} has a line that is none of ours: the backup is damaged`);
      yield { digest: digest!, path: path! };
    }
  }

  /** Fails at its end, and so does whatever it is piped into, when the bytes are not those that the list names. */
  read({ path, digest }: ListedFile): Readable {
    const hash = createHash('sha256');
    const checked = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        hash.update(chunk);
        done(null, chunk);
      },
      flush: (done) => done(hash.digest('hex') === digest ? null : new RecoveryRefusal(`${path} is not the file that the backup was made with: it is damaged, or somebody changed it`)),
    });
    const source = this.stream(path);
    source.once('error', (error: NodeJS.ErrnoException) => checked.destroy(error.code === 'ENOENT' ? new RecoveryRefusal(`${path} is missing from the backup`) : error));
    checked.once('close', () => source.destroy());
    return source.pipe(checked);
  }

  private stream(path: string): Readable {
    return createReadStream(join(this.directory, path));
  }
}

function refuse(why: string): never {
  throw new RecoveryRefusal(why);
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(() => true, () => false);
}

/** A new name is durable once its directory is (fsync(2), NOTES). */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
