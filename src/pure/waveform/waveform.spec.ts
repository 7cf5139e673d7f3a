import assert from 'node:assert/strict';
import { createHmac, createSecretKey } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../digest/digest.js';
import { CONTEXT_BYTES_MAX, ELEMENTS_MAX, encodeWaveform, refusalOf, type Waveform } from './waveform.js';
import { formatTag, isSameMac, macOf, parseTag } from './waveform-tag.js';

const real = (samples: readonly number[], dims: readonly number[] = [samples.length], context = ''): Waveform => ({ kind: 'real', dims, samples, context });
const KEY = createSecretKey(Buffer.from(Array.from({ length: 32 }, (_, index) => index)));
const tagOf = (waveform: Waveform): string => formatTag({ version: 1, mac: macOf(encodeWaveform(waveform), KEY) });

/** Computed apart from this code, with Python's hmac and struct. */
const VECTORS = [
  {
    name: 'a real waveform of one dimension',
    waveform: real([0.1, 0.5, 0.9, 0.5]),
    encoding: '515748310100000100000004000000003fb999999999999a3fe00000000000003feccccccccccccd3fe0000000000000',
    digest: 'sha256:2990d3047386381cb0a78b958dd5d94ac1b96b9f7e011526a429c853da524513',
    tag: 'qwh:v1:ExMrA+DnGHzXIJrp2GV3xWYCCaVN7UDvHOAvwHGeqag=',
  },
  {
    name: 'two dimensions, a context, and the edges of binary64',
    waveform: real([-0, 5e-324, -1, 1 / 3, 1.7976931348623157e308, -2.5e-10], [2, 3], 'tenant-a/container-7'),
    encoding: '515748310100000200000002000000030000001474656e616e742d612f636f6e7461696e65722d3700000000000000000000000000000001bff00000000000003fd55555555555557fefffffffffffffbdf12e0be826d695',
    digest: 'sha256:534afa39b7dde4788857a64c64f9f40cde71447dc6dbf64c78153c55465b2ba8',
    tag: 'qwh:v1:I50uZuMxyJIaWsWP4nMmawGP6moJ+I91N177PsbNU5s=',
  },
  {
    name: 'a complex waveform: a Bell state',
    waveform: { kind: 'complex', dims: [2, 2], samples: [0.7071067811865476, 0, 0, 0, 0, 0, 0.7071067811865476, 0], context: '' },
    encoding: '51574831020000020000000200000002000000003fe6a09e667f3bcd000000000000000000000000000000000000000000000000000000000000000000000000000000003fe6a09e667f3bcd0000000000000000',
    digest: 'sha256:3d4c9b14d170e41352451eda082a22d1262507d3165b537dcfaadfcab7f83776',
    tag: 'qwh:v1:xGyj7c8zd61FGkbU01FBYQAI50n1OQJQrA+O7bcdMYk=',
  },
] as const satisfies readonly { name: string; waveform: Waveform; encoding: string; digest: string; tag: string }[];

describe('the encoding of a waveform', () => {
  for (const { name, waveform, encoding, digest, tag } of VECTORS) {
    it(`is byte for byte the worked one of ${name}`, () => {
      const bytes = encodeWaveform(waveform);
      assert.equal(bytes.toString('hex'), encoding);
      assert.equal(digestOf(bytes), digest);
      assert.equal(tagOf(waveform), tag);
      assert.equal(parseTag(tag)!.mac.toString('hex'), createHmac('sha256', Buffer.from(Array.from({ length: 32 }, (_, index) => index))).update(Buffer.from(encoding, 'hex')).digest('hex'));
    });
  }

  const refused: readonly [string, Waveform, string][] = [
    ['NaN', real([NaN]), '/samples/0'],
    ['infinity', real([0, Infinity]), '/samples/1'],
    ['fewer samples than dimensions say', real([0, 1], [3]), '/samples'],
    ['more samples than dimensions say', real([0, 1], [1]), '/samples'],
    ['half of a complex sample', { ...real([0], [1]), kind: 'complex' }, '/samples'],
    ['no dimension', real([0], []), '/dims'],
    ['a dimension of nothing', real([], [0]), '/dims/0'],
    ['a fraction of a dimension', real([0, 0], [1.5]), '/dims/0'],
    ['a negative dimension', real([0], [-1, -1]), '/dims/0'],
    ['a dimension that is no number', real([0], [NaN]), '/dims/0'],
    ['seventeen dimensions', real([0], new Array<number>(17).fill(1)), '/dims'],
    ['more than 2^20 elements', real([0], [ELEMENTS_MAX, 2]), '/dims'],
    ['more elements than a number can count', real([0], new Array<number>(16).fill(ELEMENTS_MAX)), '/dims'],
    ['a dimension above 2^20', real([0], [ELEMENTS_MAX + 1]), '/dims/0'],
    ['an unpaired surrogate', real([0], [1], '\ud800'), '/context'],
    ['a context that is not NFC', real([0], [1], 'e\u0301'), '/context'],
    ['a context of more than 1024 bytes', real([0], [1], 'é'.repeat(CONTEXT_BYTES_MAX / 2) + 'a'), '/context'],
  ];
  for (const [name, waveform, pointer] of refused) {
    it(`refuses ${name}, and names it`, () => {
      assert.equal(refusalOf(waveform)?.pointer, pointer);
      assert.throws(() => encodeWaveform(waveform), RangeError);
    });
  }

  it('takes what is at each limit', () => {
    assert.equal(refusalOf(real([0], new Array<number>(16).fill(1))), null);
    assert.equal(refusalOf(real([0], [1], 'é'.repeat(CONTEXT_BYTES_MAX / 2))), null);
    assert.equal(refusalOf({ kind: 'complex', dims: [2 ** 10, 2 ** 10], samples: new Float64Array(2 ** 21), context: '' }), null);
  });

  it('has memory of its own, however small it is', () => {
    const bytes = encodeWaveform(real([1]));
    assert.equal(bytes.buffer.byteLength, bytes.byteLength);
  });

  it('does not tell -0 from 0, and tells apart every other pair of numbers', () => {
    assert.equal(tagOf(real([-0])), tagOf(real([0])));
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(fc.property(finite, finite, (a, b) => (tagOf(real([a])) === tagOf(real([b]))) === (a === b)));
  });

  it('makes another tag of one unit in the last place, and of the order of samples', () => {
    const bits = new DataView(new ArrayBuffer(8));
    const next = (value: number): number => {
      bits.setFloat64(0, value);
      bits.setBigUint64(0, bits.getBigUint64(0) + 1n);
      return bits.getFloat64(0);
    };
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), { minLength: 1, maxLength: 8 }), fc.nat(7), (samples, at) => {
        const changed = samples.with(at % samples.length, next(samples[at % samples.length]! + 0));
        assert.notEqual(tagOf(real(samples)), tagOf(real(changed)));
      }),
    );
    assert.notEqual(tagOf(real([0.1, 0.2, 0.3, 0.4])), tagOf(real([0.3, 0.4, 0.1, 0.2])));
    assert.notEqual(tagOf({ ...VECTORS[2].waveform }), tagOf({ ...VECTORS[2].waveform, samples: VECTORS[2].waveform.samples.map((value) => -value) }), 'a global phase is part of it');
  });

  it('is of one waveform only, whatever its kind, dimensions and context', () => {
    const waveform = fc
      .record({ kind: fc.constantFrom('real' as const, 'complex' as const), dims: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }), context: fc.string({ unit: fc.constantFrom('', '\0', '\x01', 'a', 'é') , maxLength: 9 }) })
      .map(({ kind, dims, context }): Waveform => ({ kind, dims, context: context.normalize('NFC'), samples: new Array<number>(dims.reduce((a, b) => a * b, 1) * (kind === 'real' ? 1 : 2)).fill(0) }));
    fc.assert(
      fc.property(waveform, waveform, (a, b) => {
        const same = a.kind === b.kind && a.context === b.context && String(a.dims) === String(b.dims);
        assert.equal(encodeWaveform(a).equals(encodeWaveform(b)), same);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a tag', () => {
  const good = VECTORS[0].tag;

  it('reads back what it wrote, in versions of up to nine digits', () => {
    const mac = Buffer.alloc(32, 7);
    for (const version of [1, 10, 999_999_999]) assert.deepEqual(parseTag(formatTag({ version, mac })), { version, mac });
    for (const version of [0, -1, 1.5, 1e9, NaN]) assert.throws(() => formatTag({ version, mac }), RangeError);
    assert.throws(() => formatTag({ version: 1, mac: Buffer.alloc(31) }), RangeError);
  });

  it('refuses every other spelling', () => {
    const body = good.slice('qwh:v1:'.length);
    const others = [
      '', good.slice(0, -1), `${good}=`, ` ${good}`, `${good}\n`, good.toUpperCase(), `qwh:v0:${body}`, `qwh:v01:${body}`, `qwh:v1000000000:${body}`, `qwh:v+1:${body}`, `qwh:1:${body}`,
      `vault:v1:${body}`, good.replace('+', '-'), good.replace('=', ''), `qwh:v1:${Buffer.alloc(31).toString('base64')}`, `qwh:v1:${Buffer.alloc(33).toString('base64')}`,
    ];
    for (const other of others) assert.equal(parseTag(other), null, other);
    // The last digit before the padding has two bits that no byte takes.
    assert.equal(parseTag(good.replace('g=', 'h=')), null);
  });

  it('compares all 32 bytes and nothing shorter or longer', () => {
    const mac = Buffer.alloc(32, 7);
    assert.equal(isSameMac(mac, Buffer.from(mac)), true);
    for (let bit = 0; bit < 256; bit += 1) {
      const other = Buffer.from(mac);
      other[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(isSameMac(mac, other), false);
    }
    assert.equal(isSameMac(mac, mac.subarray(0, 31)), false);
    assert.equal(isSameMac(Buffer.alloc(0), Buffer.alloc(0)), false);
  });
});
