import { createHash } from 'node:crypto';

/**
 * The manifest of a release: every file that ships, with its digest, as text that `sha256sum` users can read.
 *
 *     quantonium release manifest 1
 *     version 0.1.0
 *     epoch 1
 *     node 24.21.0
 *     files 2
 *
 *     <sha256 in hex> <bytes> <path from the root of the release>
 *
 * Paths are sorted by their UTF-16 code units, so that two builds of the same files are the same bytes. Nothing else is
 * signed with the keys of releases, and the first line would tell it apart.
 */
const TITLE = 'quantonium release manifest 1';

/** A release has some 20,000 files; more than this is not one. */
const FILES_MAX = 200_000;

export interface FileRecord {
  /** In hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface ReleaseManifest {
  readonly version: string;
  /** Grows when a release must not be gone back behind; an installation takes none below the highest that it has run. */
  readonly epoch: number;
  /** The version of Node that it was built for and is run by. */
  readonly node: string;
  /** By path. */
  readonly files: ReadonlyMap<string, FileRecord>;
}

/** The text is not a manifest. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

const HEADER = /^version (\d+\.\d+\.\d+)\nepoch (0|[1-9]\d{0,8})\nnode (\d+\.\d+\.\d+)\nfiles (0|[1-9]\d{0,6})$/;
const LINE = /^([0-9a-f]{64}) (0|[1-9]\d{0,11}) (.+)$/;
/** Relative, in one spelling, without what a terminal or another system would read as something else. */
const PATH = /^(?!\/)(?!.*\/\/)(?!(?:.*\/)?\.{1,2}(?:\/|$))[^\u0000-\u001f\u007f\\]+(?<!\/)$/u;

export function formatManifest({ version, epoch, node, files }: ReleaseManifest): string {
  const paths = [...files.keys()].sort();
  const lines = paths.map((path) => {
    const { sha256, sizeBytes } = files.get(path)!;
    return `${sha256} ${sizeBytes} ${path}\n`;
  });
  return `${TITLE}\nversion ${version}\nepoch ${epoch}\nnode ${node}\nfiles ${paths.length}\n\n${lines.join('')}`;
}

/** Strict: what `formatManifest` writes, and nothing else. Throws `ManifestError`. */
export function parseManifest(text: string): ReleaseManifest {
  const end = text.indexOf('\n\n');
  const head = text.slice(0, end);
  const header = end < 0 || !head.startsWith(`${TITLE}\n`) ? null : HEADER.exec(head.slice(TITLE.length + 1));
  if (header === null) throw new ManifestError('the header is not that of a release');
  const [, version, epoch, node, count] = header as unknown as readonly [string, string, string, string, string];
  if (Number(count) > FILES_MAX) throw new ManifestError('there are too many files');
  const files = parseLines(text.slice(end + 2));
  if (files.size !== Number(count)) throw new ManifestError(`${count} files are announced, and ${files.size} are there`);
  return { version, epoch: Number(epoch), node, files };
}

function parseLines(body: string): ReadonlyMap<string, FileRecord> {
  if (body !== '' && !body.endsWith('\n')) throw new ManifestError('the last line is cut off');
  const files = new Map<string, FileRecord>();
  let before = '';
  for (const line of body.split('\n').slice(0, -1)) {
    const [, sha256, size, path] = LINE.exec(line) ?? [];
    if (sha256 === undefined || size === undefined || path === undefined || !PATH.test(path)) throw new ManifestError(`line ${files.size + 1} is not a file`);
    if (path <= before) throw new ManifestError(`line ${files.size + 1} is out of order`);
    files.set(path, { sha256, sizeBytes: Number(size) });
    before = path;
  }
  return files;
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
