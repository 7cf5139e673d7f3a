import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ByteRange, formatReceived, parseChunkRange, parseRange } from './upload-range.js';

const range = (first: number, last: number): ByteRange => ({ first, last });

describe('the range of a chunk', () => {
  const read: readonly (readonly [string, ByteRange])[] = [
    ['0-1023', range(0, 1023)],
    ['1024-2047', range(1024, 2047)],
    ['0-0', range(0, 0)],
    ['bytes 0-9', range(0, 9)],
    ['bytes=0-9', range(0, 9)],
    ['007-009', range(7, 9)],
    ['0-999999999999999', range(0, 999_999_999_999_999)],
  ];
  for (const [header, expected] of read) it(`accepts ${header}`, () => assert.deepEqual(parseChunkRange(header), expected));

  const OTHERS = ['', '-', '0', '0-', '-5', '5-2', ' 0-1', '0-1 ', '0 - 1', '0-1,2-3', '0-1/2', 'bytes 0-1/2', 'bytes 0-1/*', 'bytes  0-1', 'items 0-1', 'a-b', '-1-2', '0--1', '1e3-2e3', '0x0-0x1', '0-1\n', '0-1000000000000000', '٠-١'];
  for (const header of OTHERS) it(`refuses ${JSON.stringify(header)}`, () => assert.equal(parseChunkRange(header), null));

  it('is read as it was written, whatever is exact', () => {
    const number = fc.integer({ min: 0, max: 999_999_999_999_999 });
    fc.assert(fc.property(number, number, (a, b) => assert.deepEqual(parseChunkRange(`${a}-${b}`), b < a ? null : range(a, b))));
  });

  it('has ends that are safe to count with, or is none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9=bytes -]{0,40}$/)), (header) => {
        const found = parseChunkRange(header);
        if (found !== null) assert.ok(Number.isSafeInteger(found.first) && Number.isSafeInteger(found.last) && 0 <= found.first && found.first <= found.last);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what has been received', () => {
  it('is from the first byte to the last, and 0-0 as long as there is none', () => {
    assert.deepEqual([0, 1, 2, 1024].map(formatReceived), ['0-0', '0-0', '0-1', '0-1023']);
  });
});

describe('a range of a blob', () => {
  /** RFC 9110 §14.1.2, whose examples are of 10,000 bytes. */
  const asked: readonly (readonly [string | undefined, number, ReturnType<typeof parseRange>])[] = [
    ['bytes=0-499', 10_000, range(0, 499)],
    ['bytes=500-999', 10_000, range(500, 999)],
    ['bytes=-500', 10_000, range(9_500, 9_999)],
    ['bytes=9500-', 10_000, range(9_500, 9_999)],
    ['bytes=0-0', 10_000, range(0, 0)],
    ['bytes=9999-', 10_000, range(9_999, 9_999)],
    ['bytes=0-999999', 10_000, range(0, 9_999)],
    ['bytes=-20000', 10_000, range(0, 9_999)],
    // Nothing that is there.
    ['bytes=10000-', 10_000, 'unsatisfiable'],
    ['bytes=10000-10001', 10_000, 'unsatisfiable'],
    ['bytes=500-0', 10_000, 'unsatisfiable'],
    ['bytes=-0', 10_000, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=-1', 0, 'unsatisfiable'],
    // §14.2: what is not understood is passed over, and the whole is sent.
    [undefined, 10_000, null],
    ['', 10_000, null],
    ['bytes=-', 10_000, null],
    ['bytes=0-0,-1', 10_000, null],
    ['bytes=0-1,5-6', 10_000, null],
    ['items=0-1', 10_000, null],
    ['Bytes 0-1', 10_000, null],
    ['bytes 0-1', 10_000, null],
    ['bytes= 0-1', 10_000, null],
    ['bytes=0-1\n', 10_000, null],
    ['bytes=1.5-2', 10_000, null],
    ['bytes=--1', 10_000, null],
    ['bytes=0-1000000000000000', 10_000, null],
  ];
  for (const [header, sizeBytes, expected] of asked) it(`${JSON.stringify(header)} of ${sizeBytes} is ${JSON.stringify(expected)}`, () => assert.deepEqual(parseRange(header, sizeBytes), expected));

  it('lies within the blob, and has a byte at least', () => {
    const number = fc.oneof(fc.nat({ max: 30 }), fc.nat());
    fc.assert(
      fc.property(fc.option(number, { nil: '' }), fc.option(number, { nil: '' }), fc.oneof(fc.nat({ max: 20 }), fc.nat()), (from, to, sizeBytes) => {
        const found = parseRange(`bytes=${from}-${to}`, sizeBytes);
        if (found !== null && found !== 'unsatisfiable') assert.ok(0 <= found.first && found.first <= found.last && found.last < sizeBytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is what a reader of the whole would cut out', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat({ max: 45 }), fc.nat({ max: 45 }), (bytes, first, last) => {
        const found = parseRange(`bytes=${first}-${last}`, bytes.length);
        const expected = [...bytes].filter((_, at) => at >= first && at <= last);
        assert.deepEqual(found === 'unsatisfiable' || found === null ? [] : [...bytes.subarray(found.first, found.last + 1)], expected);
      }),
    );
  });
});
