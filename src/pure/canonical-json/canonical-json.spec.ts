import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, canonicalJsonBytes, respelledJsonBytes } from './canonical-json.js';
import { isJsonObject } from './json-value.js';
import { parseStrictJson } from './strict-parse.js';

describe('canonical JSON', () => {
  it('does not depend on the order in which members were set', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), fc.nat(), (members, turn) => {
        const entries = Object.entries(members);
        const turned = [...entries.slice(turn % (entries.length || 1)), ...entries.slice(0, turn % (entries.length || 1))].reverse();
        assert.equal(canonicalJson(Object.fromEntries(turned)), canonicalJson(members));
      }),
    );
  });

  it('is read back by the strict parser to the same text', () => {
    const values = fc.jsonValue({ maxDepth: 4 }).filter((value) => {
      const text = JSON.stringify(value);
      return !/__proto__|constructor|prototype|\\u0000/.test(text) && text.isWellFormed();
    });
    fc.assert(
      fc.property(values, (value) => {
        const bytes = canonicalJsonBytes(value);
        const parsed = parseStrictJson(bytes, { largeIntegers: 'canonical' });
        assert.ok(parsed.ok);
        assert.deepEqual(canonicalJsonBytes(parsed.value), bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it('writes a value respelled as it writes the value that was respelled before', () => {
    const respelling = (text: string): string => text.replace(/[^\x20-\x7e]/g, (character) => `<${character.charCodeAt(0).toString(16)}>`);
    const respelled = (value: unknown): unknown => {
      if (typeof value === 'string') return respelling(value);
      if (Array.isArray(value)) return value.map(respelled);
      return isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([name, member]) => [respelling(name), respelled(member)])) : value;
    };
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('<7>', '\u0007', '"\\', '\ud800', 'é'));
    const values = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(text.filter((name) => name !== '__proto__'), tie('value'), { maxKeys: 4 })),
    })).value;
    fc.assert(fc.property(values, (value) => assert.deepEqual(respelledJsonBytes(value, respelling), canonicalJsonBytes(respelled(value)))), { numRuns: 1000 });
  });

  it('sorts names by UTF-16 code units, array indices like any other', () => {
    assert.equal(canonicalJson({ 10: 1, 9: 2, '\u{1f600}': 3, '\ufb33': 4, a: 5 }), '{"10":1,"9":2,"a":5,"\u{1f600}":3,"\ufb33":4}');
  });

  it('takes objects without a prototype', () => {
    assert.equal(canonicalJson(Object.assign(Object.create(null) as object, { b: 1, a: [null] })), '{"a":[null],"b":1}');
  });

  it('refuses what JSON cannot say, and names the place', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const holed = [1];
    holed[2] = 2;
    const REFUSED: readonly (readonly [unknown, RegExp])[] = [
      [undefined, /undefined at ""/],
      [{ a: { b: undefined } }, /undefined at "\/a\/b"/],
      [{ a: [Number.NaN] }, /not finite at "\/a\/0"/],
      [Number.POSITIVE_INFINITY, /not finite/],
      [1n, /bigint/],
      [() => 1, /function/],
      [Symbol('s'), /symbol/],
      [holed, /undefined at "\/1"/],
      [new Date(0), /not plain/],
      [Buffer.from('x'), /not plain/],
      [new Map(), /not plain/],
      ['\ud800', /lone surrogate/],
      [{ '\udc00': 1 }, /lone surrogate/],
      [cyclic, /128 levels/],
    ];
    for (const [value, message] of REFUSED) assert.throws(() => canonicalJson(value), { name: 'TypeError', message });
  });
});

describe('isJsonObject', () => {
  it('accepts objects and refuses null, arrays and scalars', () => {
    assert.ok(isJsonObject({}));
    for (const value of [null, [], 'text', 1, true, undefined]) assert.ok(!isJsonObject(value));
  });
});
