import type { VerifiedFiles } from './verified-files.js';

/** What the loader has shown, for the server that it loads. */
export interface RunningRelease {
  /** Of the manifest: `sha256:` and hex. */
  readonly digest: string;
  readonly files: VerifiedFiles;
}

let running: RunningRelease | null = null;

/** Of this thread; said once, before anything else is loaded. */
export function announceRelease(release: RunningRelease): void {
  running = Object.freeze(release);
}

/** Null: started from sources or from a build that nobody has signed. */
export function runningRelease(): RunningRelease | null {
  return running;
}
