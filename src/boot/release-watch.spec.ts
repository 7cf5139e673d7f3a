import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sha256Of } from './loader/release-manifest.js';
import { VerifiedFiles } from './loader/verified-files.js';
import type { Violation } from './loader/violation.js';
import { ReleaseWatch } from './release-watch.js';

const CONTENTS: Readonly<Record<string, string>> = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`lib/${n % 7}/file-${String(n).padStart(3, '0')}.js`, `// ${n}\n`]));

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
    ['a directory in the place of a file', () => { rmSync(at('lib/3/file-003.js')); mkdirSync(at('lib/3/file-003.js')); }, 'file-not-regular', 'lib/3/file-003.js'],
  ];
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
