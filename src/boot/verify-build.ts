import type { Exemption } from '#platform/config/hardening.js';
import { RELEASE } from '#pure/release/release.js';
import { type RunningRelease, runningRelease } from './loader/running-release.js';

/** What was started is not a release that somebody has signed, or says that it is another. */
export class BuildRefusal extends Error {
  override readonly name = 'BuildRefusal';
}

/** A release whose every module is verified as it is loaded; null: a checkout, run for development. */
export function verifyBuild(production: boolean, exempt: ReadonlySet<Exemption>, running: RunningRelease | null = runningRelease()): RunningRelease | null {
  if (running === null) {
    if (production && !exempt.has('release')) throw new BuildRefusal('production runs a signed release: npm run build:release, and start it with its loader (HARDENING_EXEMPTIONS=release does without)');
    return null;
  }
  // The number in the code stamps every entry of the ledger, the one in the manifest was signed: they were built together.
  const { version } = running.files.manifest;
  if (version !== RELEASE.version) throw new BuildRefusal(`the release is signed as ${version}, and its code says ${RELEASE.version}`);
  return running;
}
