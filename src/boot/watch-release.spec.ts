import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

/** A process of its own each time: what is told ends it. */
describe('the watch over a running release', () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'watched-'));
    writeFileSync(join(root, 'page.html'), 'signed');
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  const module = (path: string): string => JSON.stringify(import.meta.resolve(path));

  /** @param record what the ledger does with an entry, @param deed what happens to the release: source text of functions. */
  function watched(record: string, deed: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
    const script = `
      const { watchRelease } = await import(${module('./watch-release.js')});
      const { VerifiedFiles } = await import(${module('./loader/verified-files.js')});
      const { endWithWorkers } = await import(${module('./loader/verified-load.js')});
      const { sha256Of } = await import(${module('./loader/release-manifest.js')});
      const files = new Map([['page.html', { sha256: sha256Of(Buffer.from('signed')), sizeBytes: 6 }]]);
      const record = ${record};
      endWithWorkers();
      watchRelease(
        { digest: 'sha256:0', files: new VerifiedFiles(${JSON.stringify(root)}, { version: '1', epoch: 1, node: '', files }) },
        { markRechecked: () => process.stdout.write('read over\\n') },
        { record: async (event) => { process.stdout.write(JSON.stringify(event) + '\\n'); return record(event); } },
        { nowMillis: () => 0 },
      );
      setInterval(() => {}, 1000);
      await (${deed})();`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module'], { input: script, encoding: 'utf8', timeout: 30_000 });
    return { status, stdout, stderr };
  }

  const CHANGE = `async () => { const { writeFileSync } = await import('node:fs'); writeFileSync(${JSON.stringify(join('ROOT', 'page.html'))}, 'forged'); }`;
  const change = (): string => CHANGE.replace('ROOT', root);
  const lines = (text: string): readonly Record<string, unknown>[] => text.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);

  it('tells what was changed in one line that names the file, records it, and ends the process', () => {
    const { status, stdout, stderr } = watched('async () => {}', change());
    assert.equal(status, 78, stderr);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    assert.partialDeepStrictEqual(lines(stderr), [{ level: 'fatal', event: 'integrity.violation', reason: 'digest-differs', file: 'page.html' }]);
    assert.partialDeepStrictEqual(lines(stdout), [{ outcome: 'failure', facts: { reason: 'digest-differs', file: 'page.html' } }]);
    assert.equal(lines(stdout).length, 1);
  });

  it('says when everything was read over and is as it was signed', () => {
    writeFileSync(join(root, 'page.html'), 'signed');
    const { status, stdout } = watched('async () => {}', '() => new Promise((resolve) => setTimeout(() => process.exit(0), 4_000))');
    assert.equal(status, 0);
    assert.match(stdout, /^read over$/m);
  });

  it('ends the process, and records it, when a worker has ended by what it found', () => {
    const { status, stdout } = watched('async () => {}', "async () => { const { Worker } = await import('node:worker_threads'); new Worker('process.exit(78)', { eval: true }); }");
    assert.equal(status, 78);
    assert.partialDeepStrictEqual(lines(stdout), [{ outcome: 'failure', facts: { reason: 'worker-ended' } }]);
  });

  it('ends the process where the ledger refuses the entry, and where it hangs', () => {
    for (const record of ["async () => { throw new Error('away'); }", '() => new Promise(() => {})']) {
      const began = performance.now();
      assert.equal(watched(record, change()).status, 78, record);
      assert.ok(performance.now() - began < 20_000);
    }
  });
});
