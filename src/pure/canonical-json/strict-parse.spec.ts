import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type StrictJsonErrorCode, type StrictJsonLimits, parseStrictJson } from './strict-parse.js';

const parse = (text: string, limits?: Partial<StrictJsonLimits>) => parseStrictJson(Buffer.from(text, 'utf8'), limits);

function refusalOf(text: string | Uint8Array, limits?: Partial<StrictJsonLimits>): { code: StrictJsonErrorCode; pointer: string; offset: number } {
  const result = parseStrictJson(typeof text === 'string' ? Buffer.from(text, 'utf8') : text, limits);
  assert.ok(!result.ok, `accepted: ${String(text).slice(0, 60)}`);
  const { code, pointer, offset } = result.error;
  return { code, pointer, offset };
}

describe('strict JSON', () => {
  it('reads what JSON.stringify writes as JSON.parse does', () => {
    const isTaken = (value: unknown): boolean => !/__proto__|constructor|prototype|\\u0000|\\ud[89a-f]/i.test(JSON.stringify(value));
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, depthSize: 'medium' }).filter(isTaken), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const result = parse(text);
        if (!result.ok) {
          // What is left over is a number: JSON.stringify writes integers beyond 2^53 without an exponent.
          assert.equal(result.error.code, 'integer-not-exact', text);
          return;
        }
        assert.deepEqual(JSON.parse(JSON.stringify(result.value)), JSON.parse(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('never accepts what JSON.parse refuses, and never throws', () => {
    const fragments = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '"a"', '\\', '1', '-', '0', '.5', 'e9', 'true', 'null', 'nul', ' ', '\n', '\t', '\u0000', '\\u00e9', '\u00e9', '"b":');
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        if (parse(text).ok) assert.doesNotThrow(() => JSON.parse(text), text);
      }),
      { numRuns: 20_000 },
    );
  });

  it('takes bytes at random without throwing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => typeof parseStrictJson(bytes).ok === 'boolean'), { numRuns: 5000 });
  });

  it('reads scalars, blanks and escapes', () => {
    const TEXTS: readonly (readonly [string, unknown])[] = [
      ['true', true],
      ['  null\r\n\t', null],
      ['""', ''],
      ['"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\u2028"', '"\\/\b\f\n\r\t\u00e9\u{1f600}\u2028'],
      ['[]', []],
      ['{ }', {}],
      ['[1 , [2,{"a":[]}] ]', [1, [2, { a: [] }]]],
      ['{"toString":1,"hasOwnProperty":2,"":3}', { toString: 1, hasOwnProperty: 2, '': 3 }],
      ['-1.5E+2', -150],
      ['1e2', 100],
      ['0.1', 0.1],
    ];
    for (const [text, value] of TEXTS) assert.deepEqual(parse(text), { ok: true, value }, text);
  });

  it('does not tell -0 from 0', () => {
    for (const text of ['-0', '-0.0', '-0e5']) {
      const result = parse(text);
      assert.ok(result.ok && Object.is(result.value, 0), text);
    }
  });

  it('gives plain objects, whose members are their own', () => {
    const result = parse('{"a":{"b":1}}');
    assert.ok(result.ok);
    assert.equal(Object.getPrototypeOf(result.value), Object.prototype);
  });
});

describe('strict JSON refuses', () => {
  const TABLE: Readonly<Record<string, readonly [string | Uint8Array, StrictJsonErrorCode, string, number]>> = {
    'nothing at all': ['', 'syntax', '', 0],
    'a second value': ['1 2', 'trailing-content', '', 2],
    'a form feed after the value': ['1\f', 'trailing-content', '', 1],
    'a byte order mark': ['\ufeff{}', 'byte-order-mark', '', 0],
    'UTF-16': [Buffer.from('{}', 'utf16le'), 'syntax', '', 1],
    'bytes that are not UTF-8': [Uint8Array.of(0x22, 0x61, 0xff, 0x22), 'invalid-utf-8', '', 2],
    'a character cut off at the end': [Uint8Array.of(0x22, 0xc3), 'invalid-utf-8', '', 2],
    'an overlong slash': [Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), 'invalid-utf-8', '', 1],
    'a surrogate in UTF-8': [Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), 'invalid-utf-8', '', 2],
    'a name twice': ['{"a":1,"b":{},"a":2}', 'duplicate-name', '/a', 14],
    'a name twice, once escaped': ['{"a":1,"\\u0061":2}', 'duplicate-name', '/a', 7],
    '__proto__': ['{"x":{"__proto__":{}}}', 'forbidden-name', '/x/__proto__', 6],
    'constructor, escaped': ['{"c\\u006fnstructor":1}', 'forbidden-name', '/constructor', 1],
    'prototype': ['[{"prototype":1}]', 'forbidden-name', '/0/prototype', 2],
    'a long name': [`{"${'n'.repeat(257)}":1}`, 'name-too-long', '', 1],
    'NUL in a string': ['["\u0000"]', 'nul-character', '/0', 2],
    'NUL escaped': ['{"a":"x\\u0000"}', 'nul-character', '/a', 7],
    'NUL in a name': ['{"a\\u0000":1}', 'nul-character', '', 3],
    'a lone high surrogate': ['"\\ud800"', 'lone-surrogate', '', 0],
    'a lone low surrogate in a name': ['{"\\udc00":1}', 'lone-surrogate', '', 1],
    'surrogates the wrong way round': ['"\\udc00\\ud800"', 'lone-surrogate', '', 0],
    'a number that overflows': ['{"a":1e999}', 'number-out-of-range', '/a', 5],
    'a number that underflows to 0': ['-1e-400', 'number-out-of-range', '', 0],
    '2^53': ['9007199254740992', 'integer-not-exact', '', 0],
    '-2^53 - 1': ['[-9007199254740993]', 'integer-not-exact', '/0', 1],
    'a leading zero': ['01', 'trailing-content', '', 1],
    'a plus sign': ['+1', 'syntax', '', 0],
    'a lone minus': ['[-]', 'syntax', '/0', 1],
    'a point without digits': ['1.', 'trailing-content', '', 1],
    'an exponent without digits': ['[1e]', 'syntax', '/1', 2],
    'NaN': ['NaN', 'syntax', '', 0],
    'a raw newline in a string': ['"a\nb"', 'syntax', '', 2],
    'an open string': ['{"a":"b', 'syntax', '/a', 7],
    'an unknown escape': ['"\\x41"', 'syntax', '', 1],
    'half an escape': ['"\\u12', 'syntax', '', 1],
    'an open array': ['[1', 'syntax', '/1', 2],
    'a comma at the end': ['[1,]', 'syntax', '/1', 3],
    'a comma at the end of an object': ['{"a":1,}', 'syntax', '', 7],
    'a name without quotes': ['{a:1}', 'syntax', '', 1],
    'a missing colon': ['{"a" 1}', 'syntax', '/a', 5],
    'a missing value': ['{"a":}', 'syntax', '/a', 5],
    'the wrong bracket': ['[1}', 'syntax', '/1', 2],
    'a comment': ['/* */ 1', 'syntax', '', 0],
  };

  for (const [name, [text, code, pointer, offset]] of Object.entries(TABLE)) {
    it(name, () => assert.deepEqual(refusalOf(text), { code, pointer, offset }));
  }

  it('counts the offset in bytes and escapes the pointer', () => {
    assert.deepEqual(refusalOf('{"\u00e9/~":tru}'), { code: 'syntax', pointer: '/\u00e9~1~0', offset: 8 });
  });

  it('never repeats the refused text in the detail', () => {
    const result = parse('{"password":"hunter2" "x":1}');
    assert.ok(!result.ok && !/hunter2|"x"/.test(result.error.detail));
  });
});

describe('strict JSON limits', () => {
  it('takes 32 levels and refuses 33', () => {
    assert.ok(parse('['.repeat(32) + ']'.repeat(32)).ok);
    assert.equal(refusalOf('['.repeat(33) + ']'.repeat(33)).code, 'too-deep');
  });

  it('answers 50,000 levels of arrays or objects without overflowing, whatever the limit', () => {
    for (const open of ['[', '{"a":']) {
      assert.equal(refusalOf(open.repeat(50_000)).code, 'too-deep');
      assert.equal(refusalOf(open.repeat(50_000), { depthMax: 100_000 }).code, 'syntax');
    }
    const whole = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    assert.ok(parse(whole, { depthMax: 50_000 }).ok);
  });

  it('counts elements and members of the whole text', () => {
    assert.ok(parse('[[1,2],{"a":3}]', { membersMax: 5 }).ok);
    assert.equal(refusalOf('[[1,2],{"a":3}]', { membersMax: 4 }).code, 'too-many-members');
  });

  it('takes large integers only on demand, and only as RFC 8785 spells them', () => {
    for (const text of ['9007199254740992', '-295147905179352830000', '100000000000000000000']) {
      assert.deepEqual(parse(text, { largeIntegers: 'canonical' }), { ok: true, value: Number(text) });
      assert.equal(refusalOf(text).code, 'integer-not-exact');
    }
    for (const text of ['9007199254740993', '18446744073709551615', '1000000000000000000000']) {
      assert.equal(refusalOf(text, { largeIntegers: 'canonical' }).code, 'integer-not-exact', text);
    }
  });

  it('bounds the length of a name', () => {
    assert.ok(parse('{"abc":1}', { nameLengthMax: 3 }).ok);
    assert.equal(refusalOf('{"abcd":1}', { nameLengthMax: 3 }).code, 'name-too-long');
  });
});
