import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { forbiddenIn } from './forbidden-environment.js';
import { parseManifest, type ReleaseManifest, sha256Of } from './release-manifest.js';
import { MANIFEST_FILE, missingSignature, RELEASE_ALGORITHMS, type ReleaseAlgorithm, readTrustedKeys, signatureFile } from './release-signatures.js';
import { announceRelease } from './running-release.js';
import { VerifiedFiles } from './verified-files.js';
import { endWithWorkers, loadVerified } from './verified-load.js';
import { endByViolation } from './violation.js';

/**
 * `node --import ./dist/src/boot/loader/verify-release.js dist/src/main.js`: before a line of anything else, the release is
 * shown to be the one that was signed, and afterwards nothing else can be loaded. It imports Node's own modules and its
 * neighbours, and says so about itself too; but who could change it could leave that out. It and the Node that runs it are
 * vouched for by what lies outside: an image by its digest, or files that only root can write.
 *
 * A worker runs it again by the flags that it inherits, without the survey.
 */
const ROOT = realpathSync(join(import.meta.dirname, '../../../..'));
/** A directory with `ed25519.pem` and `ml-dsa-65.pem`. */
const TRUST_DIRECTORY = process.env['RELEASE_TRUST_DIR'] ?? '/etc/quantonium/trust';

function readOr(path: string): Buffer | null {
  try {
    return readFileSync(join(ROOT, path));
  } catch {
    return null;
  }
}

function signedManifest(): Buffer {
  const manifest = readOr(MANIFEST_FILE) ?? endByViolation({ reason: 'manifest-missing', file: MANIFEST_FILE });
  const signatures = Object.fromEntries(
    RELEASE_ALGORITHMS.map((algorithm) => [algorithm, readOr(signatureFile(algorithm)) ?? endByViolation({ reason: 'signature-missing', file: signatureFile(algorithm) })]),
  ) as Record<ReleaseAlgorithm, Buffer>;
  const missing = missingSignature(manifest, signatures, trustedKeys());
  if (missing !== null) endByViolation({ reason: 'signature-invalid', file: signatureFile(missing) });
  return manifest;
}

function trustedKeys(): ReturnType<typeof readTrustedKeys> {
  try {
    return readTrustedKeys(TRUST_DIRECTORY, ROOT);
  } catch (cause) {
    return endByViolation({ reason: 'trust-unusable', file: TRUST_DIRECTORY, detail: (cause as Error).message });
  }
}

function parsed(bytes: Buffer): ReleaseManifest {
  try {
    return parseManifest(bytes.toString('utf8'));
  } catch (cause) {
    return endByViolation({ reason: 'manifest-malformed', file: MANIFEST_FILE, detail: (cause as Error).message });
  }
}

const forbidden = forbiddenIn(process.env);
if (forbidden.length > 0) endByViolation({ reason: 'environment-forbidden', file: forbidden.join(' '), detail: 'a release is not started with these variables' });

const bytes = signedManifest();
const manifest = parsed(bytes);
if (manifest.node !== process.versions.node) endByViolation({ reason: 'node-differs', file: process.execPath, expected: manifest.node, actual: process.versions.node });

const files = new VerifiedFiles(ROOT, manifest);
if (isMainThread) {
  const violation = files.survey();
  if (violation !== null) endByViolation(violation);
  // Which file a name stands for is read in these by Node itself, past the hook below.
  for (const path of manifest.files.keys()) {
    if (!path.endsWith('/package.json') && path !== 'package.json' && !path.startsWith('dist/src/boot/loader/')) continue;
    const found = files.read(path);
    if (!Buffer.isBuffer(found)) endByViolation(found);
  }
}
announceRelease({ digest: `sha256:${sha256Of(bytes)}`, files });
endWithWorkers();
loadVerified(files, endByViolation);
