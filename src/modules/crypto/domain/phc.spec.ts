import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatPhc, parsePhc } from './phc.js';

const GOOD = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$dGFndGFndGFndGFndGFndGFndGFndGFndGFndGFndGE';

describe('PHC strings', () => {
  it('reads back what it wrote', () => {
    const bytes = (minLength: number): fc.Arbitrary<Buffer> => fc.uint8Array({ minLength, maxLength: 64 }).map((array) => Buffer.from(array));
    const hash = fc.record({ memoryKib: fc.integer({ min: 32, max: 262_144 }), passes: fc.integer({ min: 1, max: 16 }), parallelism: fc.integer({ min: 1, max: 4 }), salt: bytes(8), tag: bytes(16) }, { noNullPrototype: true });
    fc.assert(fc.property(hash, (value) => assert.deepEqual(parsePhc(formatPhc(value)), value)));
  });

  it('accepts a string of ours', () => assert.equal(parsePhc(GOOD)?.memoryKib, 19_456));

  const refused: readonly [string, string][] = [
    ['another algorithm', GOOD.replace('argon2id', 'argon2i')],
    ['another version', GOOD.replace('v=19', 'v=16')],
    ['no version', GOOD.replace('$v=19', '')],
    ['parameters in another order', GOOD.replace('m=19456,t=2', 't=2,m=19456')],
    ['a parameter with a leading zero', GOOD.replace('t=2', 't=02')],
    ['4 GiB of memory', GOOD.replace('m=19456', 'm=4194304')],
    ['99 passes', GOOD.replace('t=2', 't=99')],
    ['less memory than its lanes need', GOOD.replace('m=19456,t=2,p=1', 'm=16,t=2,p=4')],
    ['padded base64', `${GOOD}=`],
    ['base64 with unused bits set', GOOD.replace('c29tZXNhbHRzb21lc2FsdA', 'c29tZXNhbHRzb21lc2FsdB')],
    ['a salt of four bytes', GOOD.replace('c29tZXNhbHRzb21lc2FsdA', 'c29tZQ')],
    ['a trailing newline', `${GOOD}\n`],
    ['nothing', ''],
  ];
  for (const [what, text] of refused) it(`refuses ${what}`, () => assert.equal(parsePhc(text), null));

  it('refuses any text but its own, whatever one character becomes', () => {
    fc.assert(
      fc.property(fc.nat(GOOD.length - 1), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), (at, character) => {
        const text = GOOD.slice(0, at) + character + GOOD.slice(at + 1);
        const parsed = parsePhc(text);
        return parsed === null || formatPhc(parsed) === text;
      }),
    );
  });
});
