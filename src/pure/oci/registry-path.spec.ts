import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseRegistryPath, REGISTRY_PATH_TEMPLATES } from './registry-path.js';
import { isRepositoryName } from './repository-name.js';

const HEX = 'a'.repeat(64);
const DIGEST = { algorithm: 'sha256', hex: HEX } as const;
const UUID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';

/** Shapes of paths and what they mean. */
const PATHS: readonly [path: string, meaning: ReturnType<typeof parseRegistryPath>][] = [
  ['/v2', { kind: 'base' }],
  ['/v2/', { kind: 'base' }],
  ['/v2/app/blobs/uploads/', { kind: 'uploads', name: 'app' }],
  ['/v2/app/blobs/uploads', { kind: 'uploads', name: 'app' }],
  ['/v2/a/b/c/blobs/uploads/', { kind: 'uploads', name: 'a/b/c' }],
  [`/v2/a/b/blobs/uploads/${UUID}`, { kind: 'upload', name: 'a/b', uploadId: UUID }],
  ['/v2/app/blobs/uploads/1', { kind: 'invalid-upload' }],
  [`/v2/app/blobs/uploads/${UUID.toUpperCase()}`, { kind: 'invalid-upload' }],
  [`/v2/app/blobs/sha256:${HEX}`, { kind: 'blob', name: 'app', digest: DIGEST }],
  [`/v2/app/blobs/sha256%3A${HEX}`, { kind: 'blob', name: 'app', digest: DIGEST }],
  [`/v2/app/blobs/sha256%3a${HEX}`, { kind: 'blob', name: 'app', digest: DIGEST }],
  [`/v2/a/blobs/uploads/blobs/sha256:${HEX}`, { kind: 'blob', name: 'a/blobs/uploads', digest: DIGEST }],
  ['/v2/blobs/blobs/uploads/', { kind: 'uploads', name: 'blobs' }],
  [`/v2/app/blobs/sha256:${HEX.slice(1)}`, { kind: 'invalid-digest' }],
  [`/v2/app/blobs/sha256:${HEX.toUpperCase()}`, { kind: 'invalid-digest' }],
  [`/v2/app/blobs/md5:${HEX.slice(32)}`, { kind: 'invalid-digest' }],
  ['/v2/app/blobs/..', { kind: 'invalid-digest' }],
  ['/v2/App/blobs/uploads/', { kind: 'invalid-name' }],
  ['/v2/../blobs/uploads/', { kind: 'invalid-name' }],
  ['/v2/a//b/blobs/uploads/', { kind: 'invalid-name' }],
  ['/v2/%2e%2e/blobs/uploads/', { kind: 'invalid-name' }],
  ['/v2/a%2Fb/blobs/uploads/', { kind: 'invalid-name' }],
  [`/v2/${'a'.repeat(256)}/blobs/uploads/`, { kind: 'invalid-name' }],
  ['/v2/app/manifests/latest', { kind: 'manifest', name: 'app', reference: { tag: 'latest' } }],
  [`/v2/a/b/manifests/sha256:${HEX}`, { kind: 'manifest', name: 'a/b', reference: { digest: DIGEST } }],
  [`/v2/app/manifests/sha256%3A${HEX}`, { kind: 'manifest', name: 'app', reference: { digest: DIGEST } }],
  ['/v2/app/manifests/sha256:xyz', { kind: 'invalid-digest' }],
  ['/v2/app/manifests/-latest', { kind: 'invalid-reference' }],
  [`/v2/app/manifests/${'a'.repeat(129)}`, { kind: 'invalid-reference' }],
  ['/v2/app/manifests/..', { kind: 'invalid-reference' }],
  ['/v2/App/manifests/latest', { kind: 'invalid-name' }],
  ['/v2/a/b/tags/list', { kind: 'tags', name: 'a/b' }],
  ['/v2/tags/list/tags/list', { kind: 'tags', name: 'tags/list' }],
  [`/v2/app/referrers/sha256:${HEX}`, { kind: 'referrers', name: 'app', digest: DIGEST }],
  ['/v2/app/referrers/latest', { kind: 'invalid-digest' }],
  ['/v2/_catalog', { kind: 'catalog' }],
  ['/v2/app', { kind: 'unknown' }],
  ['/v2//blobs/uploads/', { kind: 'unknown' }],
  [`/v2/${'a/'.repeat(600)}blobs/uploads/`, { kind: 'unknown' }],
];

describe('a path below /v2/', () => {
  it('reads every path that the templates describe as what they call it', () => {
    const segments: Readonly<Record<string, string>> = { name: 'default/a/b', uploadId: UUID, digest: `sha256:${HEX}`, reference: 'latest' };
    for (const [kind, template] of Object.entries(REGISTRY_PATH_TEMPLATES)) {
      assert.equal(parseRegistryPath(template.replace(/\{(\w+)\}/g, (_, name: string) => segments[name]!)).kind, kind);
    }
  });

  for (const [path, meaning] of PATHS) {
    it(`${path.length > 90 ? `${path.slice(0, 40)}…` : path} means ${meaning.kind}`, () => assert.deepEqual(parseRegistryPath(path), meaning));
  }

  it('has a meaning or none, but never an exception, and never a name outside the grammar', () => {
    fc.assert(
      fc.property(fc.oneof(fc.stringMatching(/^\/v2\/[a-zA-Z0-9%.\/_:-]{0,40}$/), fc.string(), fc.array(fc.constantFrom('v2', 'blobs', 'uploads', 'a', '', '..', UUID, `sha256:${HEX}`)).map((parts) => `/${parts.join('/')}`)), (path) => {
        const meaning = parseRegistryPath(path);
        assert.ok(!('name' in meaning) || isRepositoryName(meaning.name));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is parsed in linear time, also when it is made to make an expression go back', () => {
    const started = performance.now();
    for (const evil of ['a-'.repeat(500), 'a.'.repeat(500), '/blobs/uploads'.repeat(70), 'a__'.repeat(300)]) parseRegistryPath(`/v2/${evil}/blobs/uploads/`);
    assert.ok(performance.now() - started < 200);
  });
});
