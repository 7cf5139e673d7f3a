import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { forbiddenFlags, openToOthers } from './admit-flags.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const LOADER = 'dist/src/boot/loader/verify-release.js';
const refused = (...flags: readonly string[]): readonly string[] => forbiddenFlags(flags, ROOT);

describe('the flags of a production process', () => {
  const REFUSED: readonly (readonly [flag: string, name: string])[] = [
    ...['--inspect', '--inspect-brk', '--inspect-wait', '--inspect-port', '--inspect-publish-uid', '--debug-port'].map((flag) => [`${flag}=0`, flag] as const),
    ...['--report-on-fatalerror', '--report-on-signal', '--report-signal', '--report-uncaught-exception', '--report-dir'].map((flag) => [flag, flag] as const),
    ['--heapsnapshot-signal=SIGUSR2', '--heapsnapshot-signal'],
    ['--heapsnapshot-near-heap-limit=1', '--heapsnapshot-near-heap-limit'],
    ...['--heap-prof', '--heap-prof-dir', '--cpu-prof', '--cpu-prof-interval', '--prof', '--abort-on-uncaught-exception', '--trace-event-categories'].map((flag) => [flag, flag] as const),
    ['--require', '--require'],
    ['-r', '-r'],
    ['--require=/tmp/secret.js', '--require'],
    ['--loader=/tmp/x.mjs', '--loader'],
    ['--experimental-loader=/tmp/x.mjs', '--experimental-loader'],
    ...['--eval', '-e', '-p', '-pe', '--print', '-i', '--build-snapshot', '--snapshot-blob', '--watch', '--watch-path', '--test'].map((flag) => [flag, flag] as const),
    ['--env-file=.env', '--env-file'],
    ['--env-file-if-exists=.env', '--env-file-if-exists'],
    ...['--experimental-config-file', '--experimental-default-config-file', '--openssl-config', '--openssl-legacy-provider', '--openssl-shared-config'].map((flag) => [flag, flag] as const),
    ...['--tls-keylog', '--trace-tls', '--tls-min-v1.0', '--tls-min-v1.1', '--tls-cipher-list', '--insecure-http-parser', '--security-revert', '--allow-natives-syntax', '--expose-internals', '--permission-audit'].map((flag) => [flag, flag] as const),
    ...['--ll-prof', '--prof-cpp', '--perf-basic-prof', '--perf-prof-path', '--gdbjit', '--log', '--log-all', '--logfile', '--redirect-warnings'].map((flag) => [flag, flag] as const),
    ...['--use-env-proxy', '--use-openssl-ca', '--use-system-ca'].map((flag) => [flag, flag] as const),
    ['--wasm-bounds-checks=false', '--wasm-bounds-checks'],
    ...['--no-wasm-bounds-checks', '--nowasm-bounds-checks'].map((flag) => [flag, flag] as const),
    // Node reads these as the ones above.
    ['--inspect_brk', '--inspect-brk'],
    ['--heapsnapshot_signal=SIGUSR2', '--heapsnapshot-signal'],
  ];
  for (const [flag, name] of REFUSED) it(`are not ${flag}`, () => assert.deepEqual(refused('--permission', flag), [name]));

  it('may be those that hold a process back, and those that a container gives it', () => {
    assert.deepEqual(refused('--permission', '--allow-fs-read=/app', '--allow-worker', '--disable-sigusr1', '--disable-proto=delete', '--no-addons', '--no-experimental-sqlite', '--report-exclude-env', '--max-old-space-size=512', '--enable-source-maps', '--use-bundled-ca', '--localstorage-file=/x', '--secure-heap=65536'), []);
  });

  it('import the loader of the release, in whichever words, and nothing else', () => {
    for (const way of [LOADER, join(ROOT, LOADER), pathToFileURL(join(ROOT, LOADER)).href]) {
      const specifier = way === LOADER ? `./${LOADER}` : way;
      assert.deepEqual(refused('--import', specifier), [], specifier);
      assert.deepEqual(refused(`--import=${specifier}`), [], specifier);
    }
    for (const other of ['/tmp/verify-release.js', './dist/src/boot/loader/violation.js', 'verify-release', 'data:text/javascript,0', `./x/../${LOADER}x`, '']) assert.deepEqual(refused(`--import=${other}`), ['--import'], other);
    assert.deepEqual(refused('--import'), ['--import']);
    assert.deepEqual(refused('--import', `./${LOADER}`, '--import=/tmp/more.js'), ['--import']);
  });

  it('are looked at in this very process, and a debugger that was opened without one is seen', () => {
    const told = (code: string): unknown => {
      const script = `const { openToOthers } = await import(${JSON.stringify(import.meta.resolve('./admit-flags.js'))}); ${code}; process.stdout.write(JSON.stringify(openToOthers()));`;
      return JSON.parse(spawnSync(process.execPath, ['--input-type=module'], { input: script, encoding: 'utf8' }).stdout);
    };
    assert.deepEqual(told(''), []);
    assert.deepEqual(told("(await import('node:inspector')).open(0, '127.0.0.1')"), ['a debugger that listens']);
    assert.ok(Array.isArray(openToOthers()));
  });
});
