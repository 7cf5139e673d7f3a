import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RELEASE } from '#pure/release/release.js';
import { announceRelease } from '../../src/boot/loader/running-release.js';
import { VerifiedFiles } from '../../src/boot/loader/verified-files.js';

/**
 * `--import` of this, with a directory after `?`, says what the loader says of a release that it has verified: one of epoch 1,
 * of the version that the code has, and of the files that lie in the directory now. For what comes after the loader; what the
 * loader itself refuses is tried with releases that are built.
 */
const directory = decodeURIComponent(new URL(import.meta.url).search.slice(1));

const files = new Map(
  readdirSync(directory).sort().map((name) => {
    const bytes = readFileSync(join(directory, name));
    return [name, { sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length }] as const;
  }),
);
announceRelease({ digest: `sha256:${'0'.repeat(63)}1`, files: new VerifiedFiles(directory, { version: RELEASE.version, epoch: 1, node: process.versions.node, files }) });
