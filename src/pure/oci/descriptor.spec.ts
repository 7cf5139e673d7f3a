import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../canonical-json/json-value.js';
import { contentDigestOf, formatContentDigest } from './content-digest.js';
import { ContentError, isMediaType, readAnnotations, readArtifactType, readDescriptor } from './descriptor.js';

/** image-spec, descriptor.md "Examples": one of a manifest, and one that says where else its bytes are. */
const EXAMPLE: JsonObject = { mediaType: 'application/vnd.oci.image.manifest.v1+json', size: 7682, digest: 'sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270' };
const ELSEWHERE: JsonObject = { ...EXAMPLE, urls: ['https://example.com/example-manifest'] };
/** image-spec, manifest.md "Guidance for an Empty Descriptor". */
const EMPTY: JsonObject = { mediaType: 'application/vnd.oci.empty.v1+json', digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', size: 2, data: 'e30=' };

const POINTER = '/layers/0';
const refusalOf = (work: () => unknown): string => {
  try {
    work();
  } catch (cause) {
    assert.ok(cause instanceof ContentError, String(cause));
    assert.match(cause.message, /^[A-Z].*\.$/);
    return cause.pointer;
  }
  return assert.fail('it was taken');
};

describe('a descriptor', () => {
  it('is read: type, digest, size, and what else it says of content', () => {
    assert.deepEqual(readDescriptor(EXAMPLE, POINTER), {
      mediaType: EXAMPLE['mediaType'],
      digest: { algorithm: 'sha256', hex: '5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270' },
      sizeBytes: 7682,
      urls: [],
      artifactType: null,
      annotations: {},
    });
    assert.deepEqual(readDescriptor(ELSEWHERE, POINTER).urls, ['https://example.com/example-manifest']);
    assert.equal(readDescriptor(EMPTY, POINTER).sizeBytes, 2);
  });

  /** What tools write that is not in the specification's examples. */
  const taken: readonly (readonly [string, JsonObject])[] = [
    ['members that nobody knows', { ...EXAMPLE, platform: { os: 'linux' }, 'org.example': [1] }],
    ['null for no URLs and no annotations', { ...EXAMPLE, urls: null, annotations: null }],
    ['an empty artifact type', { ...EXAMPLE, artifactType: '' }],
    ['no bytes', { ...EXAMPLE, size: 0 }],
    ['as many bytes as can be counted', { ...EXAMPLE, size: Number.MAX_SAFE_INTEGER }],
    ['a digest of SHA-512', { ...EXAMPLE, digest: `sha512:${'a'.repeat(128)}` }],
    ['annotations', { ...EXAMPLE, annotations: { '': '', 'org.opencontainers.image.title': 'ü' } }],
  ];
  for (const [what, value] of taken) it(`accepts ${what}`, () => void readDescriptor(value, POINTER));

  const refused: readonly (readonly [string, JsonValue | undefined, string])[] = [
    ['nothing', undefined, ''],
    ['null', null, ''],
    ['a text', 'sha256:…', ''],
    ['a list', [EXAMPLE], ''],
    ['an empty object', {}, '/mediaType'],
    ['no media type', { ...EXAMPLE, mediaType: null }, '/mediaType'],
    ['a media type without a subtype', { ...EXAMPLE, mediaType: 'application' }, '/mediaType'],
    ['a media type with parameters', { ...EXAMPLE, mediaType: 'application/json; charset=utf-8' }, '/mediaType'],
    ['a media type with a line of its own', { ...EXAMPLE, mediaType: 'application/json\r\nSet-Cookie: a=b' }, '/mediaType'],
    ['no digest', { mediaType: EXAMPLE['mediaType']!, size: 1 }, '/digest'],
    ['a digest that is none', { ...EXAMPLE, digest: 'sha256:xyz' }, '/digest'],
    ['a digest in capitals', { ...EXAMPLE, digest: (EXAMPLE['digest'] as string).toUpperCase() }, '/digest'],
    ['a digest that is a number', { ...EXAMPLE, digest: 7 }, '/digest'],
    ['no size', { mediaType: EXAMPLE['mediaType']!, digest: EXAMPLE['digest']! }, '/size'],
    ['a size below nothing', { ...EXAMPLE, size: -1 }, '/size'],
    ['a size that is a text', { ...EXAMPLE, size: '7682' }, '/size'],
    ['half a byte', { ...EXAMPLE, size: 0.5 }, '/size'],
    ['more bytes than can be counted', { ...EXAMPLE, size: 2 ** 53 }, '/size'],
    ['a size without end', { ...EXAMPLE, size: Number.POSITIVE_INFINITY }, '/size'],
    ['URLs that are none', { ...EXAMPLE, urls: 'https://example.com' }, '/urls'],
    ['a URL that is no text', { ...EXAMPLE, urls: [1] }, '/urls'],
    ['an artifact type that is none', { ...EXAMPLE, artifactType: 'sbom' }, '/artifactType'],
    ['annotations that are a list', { ...EXAMPLE, annotations: [] }, '/annotations'],
    ['an annotation that is no text', { ...EXAMPLE, annotations: { good: 'a', 'a/b~c': 1 } }, '/annotations/a~1b~0c'],
  ];
  for (const [what, value, pointer] of refused) it(`refuses ${what}`, () => assert.equal(refusalOf(() => readDescriptor(value, POINTER)), POINTER + pointer));

  describe('with its data in it', () => {
    const embedded = (bytes: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): JsonObject => ({
      ...EXAMPLE,
      digest: formatContentDigest(contentDigestOf(bytes, algorithm)),
      size: bytes.length,
      data: Buffer.from(bytes).toString('base64'),
    });

    it('is taken when they are what digest and size say', () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), fc.constantFrom('sha256' as const, 'sha512' as const), (bytes, algorithm) => void readDescriptor(embedded(bytes, algorithm), POINTER)));
    });

    it('is refused when one byte is another, or one more or less', () => {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, flip) => {
          const other = Uint8Array.from(bytes, (byte, index) => (index === at % bytes.length ? byte ^ flip : byte));
          for (const data of [other, bytes.subarray(1), Uint8Array.of(...bytes, 0)]) assert.equal(refusalOf(() => readDescriptor({ ...embedded(bytes), data: Buffer.from(data).toString('base64') }, POINTER)), `${POINTER}/data`);
        }),
      );
    });

    it('is refused when their size is another, though the digest is right', () => {
      assert.equal(refusalOf(() => readDescriptor({ ...EMPTY, size: 3 }, POINTER)), `${POINTER}/data`);
    });

    // A reader that skips what it does not know, and one that does not, would have two contents.
    for (const data of ['e30', 'e31=', 'e30=\n', ' e30=', 'e3-0', 'e30==', 'e3$0=', '{}', 7, null, ['e30=']]) {
      it(`is refused as ${JSON.stringify(data)}`, () => assert.equal(refusalOf(() => readDescriptor({ ...EMPTY, data }, POINTER)), `${POINTER}/data`));
    }
  });
});

describe('a media type', () => {
  for (const type of ['a/b', 'application/vnd.oci.image.manifest.v1+json', 'application/vnd.example!#$&^_.+-', `${'a'.repeat(127)}/${'b'.repeat(127)}`]) it(`accepts ${type.slice(0, 40)}`, () => assert.ok(isMediaType(type)));
  for (const type of [undefined, null, 1, '', '/', 'a/', '/b', 'a/b/c', 'a b/c', 'a/b;c', 'a/b\n', '*/*', '.a/b', 'a/.b', 'ä/b', `${'a'.repeat(128)}/b`, `a/${'b'.repeat(128)}`]) it(`refuses ${JSON.stringify(type)?.slice(0, 30)}`, () => assert.ok(!isMediaType(type)));
});

describe('an artifact type', () => {
  it('is none where there is none, and where an empty one stands', () => {
    assert.deepEqual([readArtifactType(undefined, ''), readArtifactType('', ''), readArtifactType('application/spdx+json', '')], [null, null, 'application/spdx+json']);
  });
  for (const value of [null, 1, 'sbom', ' ', ['a/b'], {}]) it(`refuses ${JSON.stringify(value)}`, () => assert.equal(refusalOf(() => readArtifactType(value, '/x')), '/x/artifactType'));
});

describe('annotations', () => {
  it('are what they are, whatever they are called', () => {
    // Names that every object has are refused where the text is parsed.
    fc.assert(fc.property(fc.dictionary(fc.string().filter((name) => name !== '__proto__'), fc.string()), (annotations) => assert.deepEqual(readAnnotations(annotations, ''), annotations)));
  });
  for (const value of ['a', 1, true, [], ['a'], { a: null }, { a: ['b'] }]) it(`refuses ${JSON.stringify(value)}`, () => assert.match(refusalOf(() => readAnnotations(value, '/annotations')), /^\/annotations/));
});
