import { url as inspectorUrl } from 'node:inspector';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Node was started with something that opens this process's memory to others, or runs what is not ours in it. */
export class FlagRefusal extends Error {
  override readonly name = 'FlagRefusal';

  constructor(readonly names: readonly string[]) {
    super(`production is not started with ${names.join(', ')}: they show memory to others, run what is not ours before it, or weaken what protects connections`);
  }
}

/**
 * Flags of Node by what they would do to a process with secrets. A pattern stands for all that begins with it, so that
 * one of a later Node is refused before anybody here has heard of it.
 */
const FORBIDDEN: Readonly<Record<string, readonly RegExp[]>> = {
  'memory is shown or written to files': [/^--inspect/, /^--debug-/, /^--report-(?!exclude-)/, /^--heapsnapshot-/, /^--heap-prof/, /^--cpu-prof/, /^--(?:ll-)?prof(?:$|-)/, /^--perf-/, /^--gdbjit/, /^--log(?:$|file|-)/, /^--redirect-warnings$/, /^--abort-on-/, /^--trace-event/],
  'other code is run, before ours or in its place': [/^(?:--require|-r)$/, /^--(?:experimental-)?loader$/, /^(?:--eval|-e|-pe?|--print)$/, /^(?:--interactive|-i)$/, /^--build-snapshot/, /^--snapshot-blob$/, /^--run$/, /^--test/, /^--watch/],
  'settings come from elsewhere': [/^--env-file/, /^--experimental-(?:default-)?config-file$/, /^--openssl-/, /^--icu-data-dir$/],
  'connections are less than they should be': [/^--tls-keylog$/, /^--trace-tls$/, /^--tls-/, /^--use-env-proxy$/, /^--use-(?:openssl|system)-ca$/, /^--insecure-http-parser$/, /^--security-revert$/],
  'what an engine is kept from is opened again': [/^--(?:no-?)?wasm-bounds-checks$/, /^--allow-natives-syntax$/, /^--expose-internals$/, /^--permission-audit$/],
};

/** What a release is started with, and nothing else is imported before it. */
const LOADER = join(import.meta.dirname, 'loader', 'verify-release.js');

/**
 * Of `process.execArgv`, the flags that production refuses, by name: a value may be anything. What `NODE_OPTIONS` would
 * add is refused as a variable (admit-environment.ts).
 */
export function forbiddenFlags(flags: readonly string[], directory: string): readonly string[] {
  // Node takes `_` for `-` in the name of a long flag.
  const nameOf = (flag: string): string => (flag.startsWith('--') ? flag.split('=')[0]!.replaceAll('_', '-') : flag);
  const patterns = Object.values(FORBIDDEN).flat();
  return flags.flatMap((flag, at) => {
    const name = nameOf(flag);
    if (name === '--import') return isLoader(flag.includes('=') ? flag.slice(flag.indexOf('=') + 1) : flags[at + 1], directory) ? [] : [name];
    return patterns.some((pattern) => pattern.test(name)) ? [name] : [];
  });
}

/** As Node resolves it: from the directory that the process was started in. */
function isLoader(specifier: string | undefined, directory: string): boolean {
  if (specifier === undefined) return false;
  if (specifier.startsWith('file:')) return fileURLToPath(specifier) === LOADER;
  return (specifier.startsWith('/') || /^\.\.?\//.test(specifier)) && (specifier.startsWith('/') ? specifier : join(directory, specifier)) === LOADER;
}

/** What of this process production refuses: its flags, and a debugger however it came to listen. */
export function openToOthers(): readonly string[] {
  return [...forbiddenFlags(process.execArgv, process.cwd()), ...(inspectorUrl() === undefined ? [] : ['a debugger that listens'])];
}
