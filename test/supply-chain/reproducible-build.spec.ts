import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { differences } from './reproducible-build.js';

const root = mkdtempSync(join(tmpdir(), 'built-twice-'));
after(() => rmSync(root, { recursive: true, force: true }));
const [one, other] = [join(root, 'one'), join(root, 'other')];

function build(change: (directory: string) => void): void {
  for (const directory of [one, other]) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(join(directory, 'src'), { recursive: true });
    writeFileSync(join(directory, 'src/a.js'), 'export const a = 1;\n');
    writeFileSync(join(directory, 'src/a.js.map'), '{"sources":["../../src/a.ts"]}');
  }
  change(other);
}

/* That the build of this checkout is the same twice is asked by `npm run check`, which has just built it. */
describe('two builds', () => {
  it('are the same', () => {
    build(() => undefined);
    assert.deepEqual(differences(one, other, () => true), []);
  });

  for (const [what, change, finding] of [
    ['one has a time in it', (at: string) => writeFileSync(join(at, 'src/a.js'), `export const a = ${Date.now()};\n`), 'src/a.js is another each time'],
    ['a map has the path of the machine', (at: string) => writeFileSync(join(at, 'src/a.js.map'), `{"sources":["${at}"]}`), 'src/a.js.map is another each time'],
    ['a file is missing', (at: string) => rmSync(join(at, 'src/a.js')), 'src/a.js was made by the first build alone'],
    ['a file has come', (at: string) => cpSync(join(at, 'src/a.js'), join(at, 'src/b.js')), 'src/b.js was made by the second build alone'],
  ] as const) {
    it(`differ when ${what}`, () => {
      build(change);
      assert.deepEqual(differences(one, other, () => true), [finding]);
    });
  }

  it('are not the same for being nothing', () => {
    rmSync(one, { recursive: true });
    mkdirSync(one);
    assert.deepEqual(differences(one, one, () => true), [`${one} has nothing in it`]);
  });

  it('leave out what was compiled of a file that is gone', () => {
    build((at) => rmSync(join(at, 'src/a.js')));
    assert.deepEqual(differences(one, other, (path) => path !== 'src/a.js'), []);
  });
});
