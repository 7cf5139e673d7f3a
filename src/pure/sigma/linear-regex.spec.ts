import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { linearRegex } from './linear-regex.js';
import { RegexError } from './regex-syntax.js';

/** Sources of the flavour, over a small alphabet so that they meet their texts; both short, since the reference backtracks. */
const source = fc.letrec((tie) => ({
  atom: fc.oneof({ withCrossShrink: true, maxDepth: 2 }, fc.constantFrom('a', 'b', 'C', '.', '[ab]', '[^a]', '[a-c]', '\\.', '\\d', '\\w', '[\\w.]'), tie('group')),
  group: (tie('choice') as fc.Arbitrary<string>).map((inner) => `(${inner})`),
  piece: fc.tuple(tie('atom') as fc.Arbitrary<string>, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{2,}')).map(([atom, times]) => atom + times),
  choice: fc.array(fc.array(tie('piece') as fc.Arbitrary<string>, { maxLength: 3 }).map((pieces) => pieces.join('')), { minLength: 1, maxLength: 3 }).map((branches) => branches.join('|')),
})).choice as fc.Arbitrary<string>;
const anchored = fc.tuple(fc.boolean(), source, fc.boolean()).map(([start, inner, end]) => `${start ? '^' : ''}(${inner})${end ? '$' : ''}`);
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', '.', '1', '\n'), maxLength: 7 });

describe('a regular expression of a rule', () => {
  it('says what the engine of JavaScript says', () => {
    fc.assert(fc.property(anchored, fc.array(text, { minLength: 1, maxLength: 8 }), fc.boolean(), (pattern, texts, isCaseless) => {
      let test: (text: string) => boolean;
      try {
        test = linearRegex(pattern, isCaseless);
      } catch (error) {
        assert.ok(error instanceof RegexError, String(error));
        return;
      }
      const reference = new RegExp(pattern, isCaseless ? 'iu' : 'u');
      for (const each of texts) assert.equal(test(each), reference.test(each), JSON.stringify([pattern, each]));
    }), { numRuns: 1_000 });
  });

  it('never hangs on what makes a backtracking engine hang', () => {
    const started = performance.now();
    for (const pattern of ['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '(.*)*(.*)*x', '^([a-zA-Z]+)*$', '(a*)*b', '^(.?){60}a{60}$']) {
      linearRegex(pattern, true)(`${'a'.repeat(16_000)}!`);
    }
    assert.ok(performance.now() - started < 10_000);
  });

  const REFUSED: readonly [string, RegExp][] = [
    ['(', /without its \)/],
    ['a)', /without its \(/],
    ['[a', /without its \]/],
    ['[b-a]', /before it begins/],
    ['*a', /nothing to repeat/],
    ['a**', /lazy and possessive/],
    ['a+?', /lazy and possessive/],
    ['^*', /anchor/],
    ['(?=a)', /\(\?:/],
    ['(?<n>a)', /\(\?:/],
    ['\\1', /not supported/],
    ['\\bword', /not supported/],
    ['\\', /backslash at the end/],
    ['a{3,2}', /m below n/],
    ['a{101}', /beyond 100/],
    ['(a{100}){100}', /too large/],
    [`${'('.repeat(4)}${'){100}'.repeat(4)}`, /too large/],
    ['('.repeat(30), /nested deeper/],
    ['a'.repeat(251), /longer than/],
  ];
  for (const [pattern, why] of REFUSED) {
    it(`refuses ${pattern.slice(0, 30)}`, () => assert.throws(() => linearRegex(pattern, false), (error) => error instanceof RegexError && why.test(error.message)));
  }

  it('answers every source with a test or a RegexError', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'ab01()[]{}*+?|^$.\\,-:dw'), maxLength: 40 }), text, (pattern, each) => {
      try {
        linearRegex(pattern, false)(each);
      } catch (error) {
        assert.ok(error instanceof RegexError, String(error));
      }
    }), { numRuns: 5_000 });
  });
});
