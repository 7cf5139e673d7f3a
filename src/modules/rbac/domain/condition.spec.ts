import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { applies, type Attributes, isWhere, narrows, NOT_YET_KNOWN, truthOf, type Where } from './condition.js';

const NAMED: Where = { name: { in: ['a', 'b'] } };
const BOTH: Where = { name: { in: ['a'] }, hash: { in: ['sha2-256', 'sha2-384'] } };
const MALFORMED: readonly unknown[] = [
  null, 0, '', 'name', true, [], [{ in: ['a'] }], {}, { name: 'a' }, { name: ['a'] }, { name: null }, { name: {} }, { name: { in: 'a' } }, { name: { in: [] } }, { name: { in: [1] } },
  { name: { in: ['a', null] } }, { name: { eq: 'a' } }, { name: { $in: ['a'] } }, { name: { in: ['a'], not: ['b'] } }, { name: { in: ['a'] }, hash: {} }, { name: { regex: '.*' } },
];

describe('a condition', () => {
  const truths: readonly (readonly [Where | undefined, Attributes, string])[] = [
    [undefined, {}, 'holds'],
    [NAMED, { name: 'a' }, 'holds'],
    [NAMED, { name: 'b', other: 'x' }, 'holds'],
    [NAMED, { name: 'c' }, 'fails'],
    [NAMED, { name: 'A' }, 'fails'],
    [NAMED, { name: '' }, 'fails'],
    [NAMED, {}, 'undecidable'],
    [NAMED, { hash: 'a' }, 'undecidable'],
    [BOTH, { name: 'a', hash: 'sha2-384' }, 'holds'],
    [BOTH, { name: 'a', hash: 'sha3-256' }, 'fails'],
    [BOTH, { name: 'a' }, 'undecidable'],
    [BOTH, { name: 'b' }, 'fails'],
    [BOTH, { hash: 'sha3-256' }, 'fails'],
    [{ constructor: { in: ['a'] } }, {}, 'undecidable'],
    [{ toString: { in: ['a'] } }, {}, 'undecidable'],
  ];
  for (const [where, attributes, expected] of truths) {
    it(`${JSON.stringify(where)} of ${JSON.stringify(attributes)} ${expected}`, () => assert.equal(truthOf(where, attributes), expected));
  }

  it('allows by what holds, and denies by what does not fail', () => {
    for (const [attributes, allows, denies] of [[{ name: 'a' }, true, true], [{ name: 'c' }, false, false], [{}, false, true]] as const) {
      assert.equal(applies('allow', NAMED, attributes), allows);
      assert.equal(applies('deny', NAMED, attributes), denies);
    }
  });

  it('is a possibility to be allowed while the object is not known, and none to be denied', () => {
    assert.equal(applies('allow', NAMED, NOT_YET_KNOWN), true);
    assert.equal(applies('deny', NAMED, NOT_YET_KNOWN), false);
    assert.equal(applies('deny', undefined, NOT_YET_KNOWN), true);
  });

  for (const where of MALFORMED) {
    it(`never allows and always denies when it is ${JSON.stringify(where)}`, () => {
      assert.equal(isWhere(where), false);
      for (const known of [{}, { name: 'a' }, { name: 'a', in: 'a', hash: 'a' }, NOT_YET_KNOWN] as const) {
        assert.equal(applies('allow', where, known), false);
        assert.equal(applies('deny', where, known), true);
      }
    });
  }

  const values = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 });
  const test = fc.record({ in: values }, { noNullPrototype: true });
  const where = fc.dictionary(fc.constantFrom('name', 'hash'), test, { minKeys: 1, maxKeys: 2, noNullPrototype: true });
  const attributes = fc.dictionary(fc.constantFrom('name', 'hash'), fc.constantFrom('a', 'b', 'c', 'd'), { noNullPrototype: true });

  it('that is not met by what is known is met by nothing that is learned, and one that is met stays met', () => {
    fc.assert(
      fc.property(where, attributes, attributes, (condition, more, known) => {
        const before = truthOf(condition, known);
        return before === 'undecidable' || truthOf(condition, { ...more, ...known }) === before;
      }),
      { numRuns: 3000 },
    );
  });

  it('that is narrower lets through nothing that the wider one does not', () => {
    fc.assert(
      fc.property(fc.option(where, { nil: undefined }), fc.option(where, { nil: undefined }), attributes, (granted, held, known) => {
        fc.pre(narrows(granted, held));
        return !applies('allow', granted, known) || applies('allow', held, known);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('narrows', () => {
  const rows: readonly (readonly [unknown, unknown, boolean])[] = [
    [undefined, undefined, true],
    [NAMED, undefined, true],
    [undefined, NAMED, false],
    [NAMED, NAMED, true],
    [{ name: { in: ['a'] } }, NAMED, true],
    [NAMED, { name: { in: ['a'] } }, false],
    [BOTH, NAMED, true],
    [NAMED, BOTH, false],
    [{ hash: { in: ['a'] } }, NAMED, false],
    [{ name: { eq: 'a' } }, undefined, true],
    [{ name: { eq: 'a' } }, NAMED, false],
    [{}, NAMED, false],
    [NAMED, {}, false],
    [NAMED, { constructor: { in: ['a'] } }, false],
  ];
  for (const [granted, held, expected] of rows) {
    it(`${expected ? 'accepts' : 'refuses'} ${JSON.stringify(granted)} by ${JSON.stringify(held)}`, () => assert.equal(narrows(granted, held), expected));
  }
});
