import { registerHooks } from 'node:module';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import type { VerifiedFiles } from './verified-files.js';
import { EXIT_VIOLATION, leave, type Violation } from './violation.js';

/** What a release is made of. Not among them: addons, WebAssembly files, and sources that came as a string. */
const FORMATS: ReadonlySet<string | null | undefined> = new Set(['module', 'commonjs', 'json', null, undefined]);

/**
 * From here on every module that this thread imports or requires is read once and compared with the manifest, and those very
 * bytes are compiled: what lies on the disk before and after that moment makes no difference. `end` does not return.
 */
export function loadVerified(files: VerifiedFiles, end: (violation: Violation) => never): void {
  registerHooks({
    load(url, context, nextLoad) {
      if (url.startsWith('node:')) return nextLoad(url, context);
      const path = pathIn(files.root, url);
      if (path === null) return end({ reason: 'file-not-listed', file: url.slice(0, 200) });
      const bytes = files.read(path);
      if (!Buffer.isBuffer(bytes)) return end(bytes);
      // Asked only how the file is meant; what it read is dropped.
      const { format, source } = nextLoad(url, context);
      if (!FORMATS.has(format)) return end({ reason: 'format-refused', file: path, actual: String(format) });
      return { format, source: typeof source === 'string' ? bytes.toString('utf8') : bytes, shortCircuit: true };
    },
  });
  refuseAddons(end);
}

/**
 * `require` hands a `.node` file to the dynamic linker by itself, past the hook above, and looks for one in places that are
 * no part of the release: `pg` may have a companion in `$HOME/.node_modules`. A release has none, and needs no flag
 * (`--no-addons`) to be kept from one.
 */
function refuseAddons(end: (violation: Violation) => never): void {
  const refuse = (_module: unknown, file: unknown): never => end({ reason: 'format-refused', file: String(file).slice(0, 200), actual: 'addon' });
  Object.defineProperty(process, 'dlopen', { value: refuse, writable: false, configurable: false });
}

/** Null: not a file of the release. */
function pathIn(root: string, url: string): string | null {
  if (!url.startsWith('file:')) return null;
  const path = fileURLToPath(url);
  return path.startsWith(`${root}${sep}`) ? path.slice(root.length + 1).replaceAll(sep, '/') : null;
}

/** A worker verifies what it loads as the main thread does, since it inherits its flags; what it finds ends the process. */
export function endWithWorkers(): void {
  process.on('worker', (worker: Worker) => {
    worker.on('exit', (code) => {
      // It has told what it found.
      if (code === EXIT_VIOLATION) leave({ reason: 'worker-ended', file: 'of a worker' });
    });
  });
}
