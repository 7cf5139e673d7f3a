import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type FileRecord, formatManifest, type ReleaseManifest, sha256Of } from '../../../boot/loader/release-manifest.js';
import { MANIFEST_FILE, RELEASE_ALGORITHMS, signatureFile, signManifest } from '../../../boot/loader/release-signatures.js';
import type { ReleaseKeys } from './release-keys.js';
import { ReleaseRefusal } from './release-refusal.js';

export interface ReleaseOrder {
  readonly checkout: string;
  /** Where it is made; a release that lies there is replaced. */
  readonly directory: string;
  readonly files: readonly string[];
  readonly identity: Pick<ReleaseManifest, 'version' | 'epoch' | 'node'>;
  readonly keys: ReleaseKeys;
}

/** For everybody to read and nobody to write; what was a program stays one. */
const FILE_MODE = 0o444;
const PROGRAM_MODE = 0o555;
const IS_PROGRAM = 0o111;

/**
 * Copies what ships, lists what is then there, and signs the list. Made beside its place and renamed, so that a release that
 * was broken off is not one. Returns the digest of the manifest: the same files give the same, whenever and wherever they are built.
 */
export function writeRelease({ checkout, directory, files, identity, keys }: ReleaseOrder): string {
  if (existsSync(directory) && readdirSync(directory).length > 0 && !existsSync(join(directory, MANIFEST_FILE))) throw new ReleaseRefusal(`${directory} is not empty, and not a release`);
  const staging = `${directory}.${process.pid}`;
  rmSync(staging, { recursive: true, force: true });
  try {
    const records = new Map(files.map((path) => [path, copied(join(checkout, path), join(staging, path))]));
    const manifest = Buffer.from(formatManifest({ ...identity, files: records }), 'utf8');
    writeFileSync(join(staging, MANIFEST_FILE), manifest, { mode: FILE_MODE });
    for (const algorithm of RELEASE_ALGORITHMS) writeFileSync(join(staging, signatureFile(algorithm)), signManifest(manifest, keys[algorithm]), { mode: FILE_MODE });
    rmSync(directory, { recursive: true, force: true });
    renameSync(staging, directory);
    return `sha256:${sha256Of(manifest)}`;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** The record is of the copy, read again: what is signed is what ships. */
function copied(from: string, to: string): FileRecord {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, (statSync(from).mode & IS_PROGRAM) === 0 ? FILE_MODE : PROGRAM_MODE);
  const bytes = readFileSync(to);
  return { sha256: sha256Of(bytes), sizeBytes: bytes.length };
}
