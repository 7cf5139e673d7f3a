import { RELEASE } from '#pure/release/release.js';
import { VerifiedFiles } from '../../src/boot/loader/verified-files.js';
import { announceRelease } from '../../src/boot/loader/running-release.js';

/**
 * `--import` of this says what the loader says of a release that it has verified: one of epoch 1, and of the version that the
 * code has. For what comes after the loader; what the loader itself refuses is tried with releases that are built.
 */
announceRelease({ digest: `sha256:${'0'.repeat(63)}1`, files: new VerifiedFiles(process.cwd(), { version: RELEASE.version, epoch: 1, node: process.versions.node, files: new Map() }) });
