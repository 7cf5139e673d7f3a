import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sha256Of } from './loader/release-manifest.js';
import { VerifiedFiles } from './loader/verified-files.js';
import type { Violation } from './loader/violation.js';
import { ReleaseWatch } from './release-watch.js';

const CONTENTS: Readonly<Record<string, string>> = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`lib/${n % 7}/file-${String(n).padStart(3, '0')}.js`, `// ${n}\n`]));

const module = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
/** A process that has opened all that it may reads over a release of one file, and then once more when it has closed it. */
const FLOODED = `
  import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
  import { sha256Of } from ${module('./loader/release-manifest.js')};
  import { VerifiedFiles } from ${module('./loader/verified-files.js')};
  import { ReleaseWatch } from ${module('./release-watch.js')};
  const root = process.argv[1] + '/small';
  mkdirSync(root);
  writeFileSync(root + '/file-000.js', '// 0\\n');
  const files = new Map([['file-000.js', { sha256: sha256Of(Buffer.from('// 0\\n')), sizeBytes: 5 }]]);
  let readings = 0;
  const watch = new ReleaseWatch(new VerifiedFiles(root, { version: '0.0.1', epoch: 1, node: '24.0.0', files }), () => (readings += 1));
  const turn = async () => process.stdout.write(await watch.turn().then((found) => found?.reason ?? found, ({ code }) => code) + ', ' + readings + ' readings; ');
  const held = [];
  try { for (;;) held.push(openSync('/dev/null')); } catch {}
  await turn();
  await turn();
  held.forEach((descriptor) => closeSync(descriptor));
  for (;;) { const found = await watch.turn(); if (found !== null || readings > 0) { process.stdout.write((found?.file ?? null) + ', ' + readings + ' readings; '); break; } }
`;

describe('the reading over of a running release', () => {
  let root: string;
  let readings: number;
  let watch: ReleaseWatch;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'release-watch-'));
    for (const [path, text] of Object.entries(CONTENTS)) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    writeFileSync(join(root, 'release.manifest'), 'is not one of the files that it tells of');
    readings = 0;
    const files = new Map(Object.entries(CONTENTS).sort().map(([path, text]) => [path, { sha256: sha256Of(Buffer.from(text)), sizeBytes: text.length }]));
    watch = new ReleaseWatch(new VerifiedFiles(root, { version: '0.0.1', epoch: 1, node: '24.0.0', files }), () => (readings += 1));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** Turns until a reading is over or something was found, and how many. */
  async function reading(): Promise<{ readonly found: Violation | null; readonly turns: number }> {
    const before = readings;
    for (let turns = 1; ; turns += 1) {
      const found = await watch.turn();
      if (found !== null || readings > before) return { found, turns };
    }
  }

  it('takes many turns for a reading, more of them after the first, and begins anew', async () => {
    const first = await reading();
    const second = await reading();
    assert.deepEqual([first.found, second.found, readings], [null, null, 2]);
    // Two looks a file, and so many a turn that the first is over within a minute.
    assert.ok(first.turns >= 50 && first.turns <= 61, `${first.turns} turns`);
    assert.ok(second.turns > 4 * first.turns, `${second.turns} turns`);
  });

  const at = (path: string): string => join(root, path);
  const CHANGES: readonly (readonly [string, () => void, Violation['reason'], string])[] = [
    ['another byte', () => writeFileSync(at('lib/3/file-003.js'), '// 4\n'), 'digest-differs', 'lib/3/file-003.js'],
    ['another length', () => writeFileSync(at('lib/3/file-003.js'), '// three\n'), 'size-differs', 'lib/3/file-003.js'],
    ['a file that is gone', () => rmSync(at('lib/6/file-146.js')), 'file-missing', 'lib/6/file-146.js'],
    ['a file that has come', () => writeFileSync(at('lib/6/extra.js'), ''), 'file-not-listed', 'lib/6/extra.js'],
    ['a file in a directory that has come', () => { mkdirSync(at('lib/new')); writeFileSync(at('lib/new/x.js'), ''); }, 'file-not-listed', 'lib/new/x.js'],
    ['a link to the very same', () => { renameSync(at('lib/3/file-003.js'), `${root}.aside`); symlinkSync(`${root}.aside`, at('lib/3/file-003.js')); }, 'file-not-regular', 'lib/3/file-003.js'],
    ['a directory that cannot be looked into', () => rmSync(root, { recursive: true }), 'directory-unreadable', ''],
    ['a directory in the place of a file', () => { rmSync(at('lib/3/file-003.js')); mkdirSync(at('lib/3/file-003.js')); }, 'file-not-regular', 'lib/3/file-003.js'],
  ];
  it('counts for nothing when it breaks off for want of descriptors, and begins anew', () => {
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', 'ulimit -n 128; exec "$0" "$@"', process.execPath, '--input-type=module', '--eval', FLOODED, root], { encoding: 'utf8', timeout: 30_000 });
    assert.equal(stdout, 'EMFILE, 0 readings; EMFILE, 0 readings; null, 1 readings; ', stderr);
  });

  for (const [what, change, reason, file] of CHANGES) {
    it(`comes upon ${what}, also in a later reading`, async () => {
      await reading();
      change();
      const { found } = await reading();
      assert.deepEqual({ reason: found?.reason, file: found?.file }, { reason, file });
      assert.equal(readings, 1);
      rmSync(`${root}.aside`, { force: true });
    });
  }
});
