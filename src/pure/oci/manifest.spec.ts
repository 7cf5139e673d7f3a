import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatContentDigest } from './content-digest.js';
import { ContentError } from './descriptor.js';
import { IMAGE_INDEX_TYPE, type Manifest, MANIFEST_BYTES_MAX, MANIFEST_TYPES, readManifest } from './manifest.js';

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

/** image-spec, manifest.md "Example Image Manifest". */
const EXAMPLE_IMAGE = {
  schemaVersion: 2,
  mediaType: IMAGE,
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: 'sha256:b5b2b2c507a0944348e0303114d8d93aaaa081732b86451d9bce1f432a537bc7', size: 7023 },
  layers: [
    { mediaType: LAYER, digest: 'sha256:9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0', size: 32_654 },
    { mediaType: LAYER, digest: 'sha256:3c3a4604a545cdc127456d94e421cd355bca5b528f4a9c1905b15da2eb4a4c6b', size: 16_724 },
    { mediaType: LAYER, digest: 'sha256:ec4b8955958665577945c89419d1af06b5f7636b4ac3da7f12184802ad867736', size: 73_109 },
  ],
  subject: { mediaType: IMAGE, digest: 'sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270', size: 7682 },
  annotations: { 'com.example.key1': 'value1', 'com.example.key2': 'value2' },
};
/** image-spec, image-index.md "Example Image Index". */
const EXAMPLE_INDEX = {
  schemaVersion: 2,
  mediaType: IMAGE_INDEX_TYPE,
  manifests: [
    { mediaType: IMAGE, size: 7143, digest: 'sha256:e692418e4cbaf90ca69d05a66403747baa33ee08806650b51fab815ad7fc331f', platform: { architecture: 'ppc64le', os: 'linux' } },
    { mediaType: IMAGE, size: 7682, digest: 'sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270', platform: { architecture: 'amd64', os: 'linux' } },
  ],
  annotations: { 'com.example.key1': 'value1', 'com.example.key2': 'value2' },
};

const read = (document: object | string, contentType = IMAGE): Manifest => readManifest(Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)), contentType);
/** Where it was refused. */
const refusalOf = (document: object | string | Uint8Array, contentType = IMAGE): string => {
  try {
    if (document instanceof Uint8Array) readManifest(document, contentType);
    else read(document, contentType);
  } catch (cause) {
    assert.ok(cause instanceof ContentError, String(cause));
    return cause.pointer;
  }
  return assert.fail('it was taken');
};

describe('an image manifest', () => {
  it('is made of its config and its layers, all of which have to be there', () => {
    const manifest = read(EXAMPLE_IMAGE);
    assert.deepEqual([manifest.kind, manifest.mediaType, manifest.artifactType], ['image', IMAGE, EXAMPLE_IMAGE.config.mediaType]);
    assert.deepEqual(
      manifest.references.map(({ role, pointer, descriptor, demanded }) => [role, pointer, formatContentDigest(descriptor.digest), descriptor.sizeBytes, demanded]),
      [
        ['config', '/config', EXAMPLE_IMAGE.config.digest, 7023, true],
        ...EXAMPLE_IMAGE.layers.map((layer, at) => ['layer', `/layers/${at}`, layer.digest, layer.size, true]),
      ],
    );
    assert.equal(formatContentDigest(manifest.subject!.digest), EXAMPLE_IMAGE.subject.digest);
    assert.deepEqual(manifest.annotations, EXAMPLE_IMAGE.annotations);
  });

  it('is about nothing where no subject is, and is filtered by the type that it says, else by its config’s', () => {
    const { subject: _, annotations: __, ...plain } = EXAMPLE_IMAGE;
    assert.deepEqual([read(plain).subject, read({ ...plain, subject: null }).subject, read(plain).annotations], [null, null, {}]);
    assert.equal(read({ ...plain, artifactType: 'application/spdx+json' }).artifactType, 'application/spdx+json');
    assert.equal(read({ ...plain, artifactType: '' }).artifactType, plain.config.mediaType);
  });

  it('need not have layers, nor those that are fetched from elsewhere', () => {
    for (const layers of [[], null]) assert.equal(read({ ...EXAMPLE_IMAGE, layers }).references.length, 1);
    const FOREIGN = ['application/vnd.oci.image.layer.nondistributable.v1.tar', 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd', 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'];
    for (const mediaType of FOREIGN) assert.equal(read({ ...EXAMPLE_IMAGE, layers: [{ ...EXAMPLE_IMAGE.layers[0], mediaType, urls: ['https://example.org/layer'] }] }).references[1]!.demanded, false);
    // Where it says that they are elsewhere does not make a layer one of those.
    assert.equal(read({ ...EXAMPLE_IMAGE, layers: [{ ...EXAMPLE_IMAGE.layers[0], urls: ['https://example.org/layer'] }] }).references[1]!.demanded, true);
  });

  const { config: _, ...withoutConfig } = EXAMPLE_IMAGE;
  const { layers: __, ...withoutLayers } = EXAMPLE_IMAGE;
  const layer = EXAMPLE_IMAGE.layers[0]!;
  const refused: readonly (readonly [string, object, string])[] = [
    ['an empty object', {}, '/schemaVersion'],
    ['schema 1', { ...EXAMPLE_IMAGE, schemaVersion: 1 }, '/schemaVersion'],
    ['a schema that is a text', { ...EXAMPLE_IMAGE, schemaVersion: '2' }, '/schemaVersion'],
    ['no config', withoutConfig, '/config'],
    ['no list of layers', withoutLayers, '/layers'],
    ['layers that are an object', { ...EXAMPLE_IMAGE, layers: {} }, '/layers'],
    ['a layer that is none', { ...EXAMPLE_IMAGE, layers: [layer, null] }, '/layers/1'],
    ['a layer of less than nothing', { ...EXAMPLE_IMAGE, layers: [{ ...layer, size: -1 }] }, '/layers/0/size'],
    ['a layer without end', { ...EXAMPLE_IMAGE, layers: [{ ...layer, size: 1e300 }] }, '/layers/0/size'],
    ['a subject that is none', { ...EXAMPLE_IMAGE, subject: digest('a') }, '/subject'],
    ['a subject without a digest', { ...EXAMPLE_IMAGE, subject: { ...layer, digest: '' } }, '/subject/digest'],
    ['an artifact type that is none', { ...EXAMPLE_IMAGE, artifactType: 'x' }, '/artifactType'],
    ['an annotation that is a number', { ...EXAMPLE_IMAGE, annotations: { a: 1 } }, '/annotations/a'],
    // CVE-2021-41190: what is both is an image to one client and an index to another.
    ['one that is an index too', { ...EXAMPLE_IMAGE, manifests: [] }, '/manifests'],
    ['one that is an index of null too', { ...EXAMPLE_IMAGE, manifests: null }, '/manifests'],
  ];
  for (const [what, document, pointer] of refused) it(`refuses ${what}`, () => assert.equal(refusalOf(document), pointer));
});

describe('an index', () => {
  it('is made of manifests, none of which has to be there', () => {
    const index = read(EXAMPLE_INDEX, IMAGE_INDEX_TYPE);
    assert.deepEqual([index.kind, index.artifactType, index.subject], ['index', null, null]);
    assert.deepEqual(index.references.map(({ role, pointer, demanded }) => [role, pointer, demanded]), [['manifest', '/manifests/0', false], ['manifest', '/manifests/1', false]]);
    assert.deepEqual(read({ ...EXAMPLE_INDEX, manifests: null }, IMAGE_INDEX_TYPE).references, []);
  });

  const refused: readonly (readonly [string, object, string])[] = [
    ['no list', { schemaVersion: 2 }, '/manifests'],
    ['one that is an image too, by a config', { ...EXAMPLE_INDEX, config: EXAMPLE_IMAGE.config }, '/config'],
    ['one that is an image too, by layers', { ...EXAMPLE_INDEX, layers: [] }, '/layers'],
    ['a manifest that is none', { ...EXAMPLE_INDEX, manifests: [EXAMPLE_INDEX.manifests[0], {}] }, '/manifests/1/mediaType'],
  ];
  for (const [what, document, pointer] of refused) it(`refuses ${what}`, () => assert.equal(refusalOf(document, IMAGE_INDEX_TYPE), pointer));
});

describe('the type of a manifest', () => {
  const document = (type: string): object => {
    const { mediaType: _, ...rest } = MANIFEST_TYPES[type] === 'image' ? EXAMPLE_IMAGE : EXAMPLE_INDEX;
    return rest;
  };
  for (const type of Object.keys(MANIFEST_TYPES)) {
    it(`may be ${type}: said by the request, by the document, or by both`, () => {
      assert.equal(read(document(type), type).mediaType, type);
      assert.equal(read({ ...document(type), mediaType: type }, '').mediaType, type);
      assert.equal(read({ ...document(type), mediaType: type }, type).kind, MANIFEST_TYPES[type]);
    });
    it(`is not ${type} when the request says another`, () => {
      for (const other of [...Object.keys(MANIFEST_TYPES), 'application/json'].filter((each) => each !== type)) assert.equal(refusalOf({ ...document(type), mediaType: type }, other), '/mediaType');
    });
  }
  for (const type of ['', 'application/json', 'application/vnd.docker.distribution.manifest.v1+prettyjws', 'application/vnd.docker.distribution.manifest.v1+json', '__proto__', 'constructor', 'toString', `${IMAGE};charset=utf-8`, IMAGE.toUpperCase()]) {
    it(`is none of those that are taken: ${JSON.stringify(type)}`, () => assert.equal(refusalOf({ ...EXAMPLE_IMAGE, mediaType: undefined }, type), '/mediaType'));
  }
  for (const mediaType of [null, 2, '', 'x', [IMAGE]]) it(`is not read from ${JSON.stringify(mediaType)}`, () => assert.equal(refusalOf({ ...EXAMPLE_IMAGE, mediaType }), '/mediaType'));
});

describe('the text of a manifest', () => {
  const text = JSON.stringify(EXAMPLE_IMAGE);
  const refused: readonly (readonly [string, string | Uint8Array, string])[] = [
    ['nothing', '', ''],
    ['a list', '[]', ''],
    ['null', 'null', ''],
    ['a text', '"manifest"', ''],
    ['half of it', text.slice(0, 100), '/config/mediaType'],
    ['something behind it', `${text}{}`, ''],
    ['a byte order mark', `\ufeff${text}`, ''],
    ['bytes that are no text', Buffer.concat([Buffer.from(text.slice(0, -2)), Buffer.from([0xff]), Buffer.from(text.slice(-2))]), ''],
    // Of two members of one name, readers take the first or the last.
    ['two configs', text.replace('"config"', '"config":{},"config"'), '/config'],
    ['two digests of a layer', text.replace('"digest":"sha256:98', '"digest":"sha256:00","digest":"sha256:98'), '/layers/0/digest'],
    ['two names that are one when they are read', text.replace('"layers"', '"l\\u0061yers":[],"layers"'), '/layers'],
    ['a name that every object has', text.replace('"annotations":{', '"annotations":{"__proto__":"x",'), '/annotations/__proto__'],
    ['a number that readers differ in', text.replace('7023', '9007199254740993'), '/config/size'],
    ['depth', text.replace('{', `{"x":${'['.repeat(100)}${']'.repeat(100)},`), `/x${'/0'.repeat(31)}`],
    ['more members than any manifest has', text.replace('{', `{"x":[${'0,'.repeat(300_000)}0],`), '/x/262143'],
  ];
  for (const [what, bytes, pointer] of refused) it(`refuses ${what}`, () => assert.equal(refusalOf(bytes), pointer));

  it('may be as long as a manifest may be, in layers or in one text', () => {
    const layers = Array.from({ length: 30_000 }, () => ({ mediaType: 'a/b', digest: digest('a'), size: 1 }));
    const many = JSON.stringify({ ...EXAMPLE_IMAGE, layers });
    assert.ok(Buffer.byteLength(many) < MANIFEST_BYTES_MAX);
    assert.equal(read(many).references.length, 30_001);
    assert.equal(read({ ...EXAMPLE_IMAGE, annotations: { a: 'x'.repeat(MANIFEST_BYTES_MAX - 2_000) } }).annotations['a']!.length, MANIFEST_BYTES_MAX - 2_000);
  });

  it('is a manifest or a refusal that says where, whatever is sent', () => {
    const mutated = fc.tuple(fc.nat({ max: text.length }), fc.nat({ max: 6 }), fc.string({ maxLength: 4 })).map(([at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(mutated, fc.json(), fc.string()), fc.constantFrom('', ...Object.keys(MANIFEST_TYPES)), (sent, type) => {
        try {
          const manifest = read(sent, type);
          assert.ok(Object.hasOwn(MANIFEST_TYPES, manifest.mediaType));
          for (const { descriptor } of manifest.references) assert.ok(Number.isSafeInteger(descriptor.sizeBytes) && descriptor.sizeBytes >= 0);
        } catch (cause) {
          assert.ok(cause instanceof ContentError, String(cause));
          assert.match(cause.pointer, /^(?:\/|$)/);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
