import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatManifest, ManifestError, parseManifest, type ReleaseManifest, sha256Of } from './release-manifest.js';

const DIGEST = sha256Of(Buffer.from('abc'));
const MANIFEST: ReleaseManifest = { version: '1.2.3', epoch: 4, node: '24.21.0', files: new Map([['a.js', { sha256: DIGEST, sizeBytes: 3 }], ['node_modules/@x/y z/ü.json', { sha256: DIGEST, sizeBytes: 0 }]]) };
const TEXT = formatManifest(MANIFEST);
const refuses = (text: string, why: RegExp): void => assert.throws(() => parseManifest(text), (error: unknown) => error instanceof ManifestError && why.test(error.message));

describe('the manifest of a release', () => {
  it('is text: what it is, then a line for each file', () => {
    assert.equal(TEXT, `quantonium release manifest 1\nversion 1.2.3\nepoch 4\nnode 24.21.0\nfiles 2\n\n${DIGEST} 3 a.js\n${DIGEST} 0 node_modules/@x/y z/ü.json\n`);
    assert.deepEqual(parseManifest(TEXT), MANIFEST);
  });

  it('is the same text in whichever order the files were found, and is read back as it was (property)', () => {
    const segment = fc.stringMatching(/^[a-zA-Z0-9@_][a-zA-Z0-9@_. -]{0,8}[a-z]$/);
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
    const files = fc.uniqueArray(fc.tuple(path, fc.nat(), fc.uint8Array({ maxLength: 4 })), { selector: ([name]) => name, maxLength: 30 });
    fc.assert(
      fc.property(files, fc.nat(1000), (found, epoch) => {
        const records = found.map(([name, sizeBytes, bytes]) => [name, { sha256: sha256Of(bytes), sizeBytes }] as const);
        const manifest = { version: '0.0.1', epoch, node: '24.0.0', files: new Map(records) };
        const text = formatManifest(manifest);
        assert.equal(text, formatManifest({ ...manifest, files: new Map([...records].reverse()) }));
        assert.deepEqual(parseManifest(text), manifest);
      }),
    );
  });

  it('refuses every other header', () => {
    const headers = ['quantonium release manifest 2', 'version 1.2', 'version 1.2.3-beta', 'epoch -1', 'epoch 04', 'epoch 1e3', 'node v24.21.0', 'files 02', 'files x'];
    for (const line of headers) {
      const [name = ''] = line.split(' ');
      refuses(TEXT.replace(new RegExp(`^${name} .*$`, 'm'), line), /header/);
    }
    refuses('', /header/);
    refuses(TEXT.replace('\n\n', '\n'), /header/);
    refuses(`\uFEFF${TEXT}`, /header/);
    refuses(TEXT.replaceAll('\n', '\r\n'), /header/);
  });

  it('refuses more or fewer files than it announces', () => {
    refuses(TEXT.replace('files 2', 'files 3'), /3 files are announced, and 2/);
    refuses(TEXT.replace('files 2', 'files 1'), /1 files are announced, and 2/);
    refuses(TEXT.replace('files 2', 'files 900000'), /too many/);
    refuses(TEXT.slice(0, -1), /cut off/);
  });

  it('refuses a path that is not one name of one file below its root', () => {
    const paths = ['/a.js', '../a.js', 'a/../b.js', './a.js', 'a/./b.js', 'a//b.js', 'a/', 'a\\b.js', 'a\u0000.js', 'a\u001b[2J.js', '..', '.'];
    for (const path of paths) refuses(TEXT.replace(' a.js\n', ` ${path}\n`), /line 1 is not a file/);
  });

  it('refuses a file that stands twice or out of order, and a digest or a size in another spelling', () => {
    const [first = '', second = ''] = TEXT.split('\n\n')[1]!.split('\n');
    refuses(TEXT.replace(second, first), /line 2 is out of order/);
    refuses(TEXT.replace(first, second).replace(new RegExp(`${second}\n$`), `${first}\n`), /line 2 is out of order/);
    refuses(TEXT.replace(DIGEST, DIGEST.toUpperCase()), /line 1/);
    refuses(TEXT.replace(DIGEST, DIGEST.slice(1)), /line 1/);
    for (const size of ['03', '-3', '3.0', '']) refuses(TEXT.replace(' 3 a.js', ` ${size} a.js`), /line 1/);
  });
});
