import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cidrTest } from '../network/cidr.js';
import { wildcardTest } from './wildcard.js';

describe('a string of a rule', () => {
  /** pattern, text, whether the whole text is meant: escaping as in the table of the Sigma specification. */
  const TABLE: readonly [string, string, boolean][] = [
    ['auth.login', 'auth.login', true],
    ['auth.login', 'AUTH.Login', true],
    ['auth.*', 'auth.login.failed', true],
    ['auth.*', 'authority', false],
    ['prog?', 'progA', true],
    ['prog?', 'prog', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
    ['a\\?', 'a?', true],
    ['a\\?', 'ab', false],
    ['c:\\dir', 'c:\\dir', true],
    ['c:\\\\dir', 'c:\\dir', true],
    ['c:\\\\*', 'c:\\anything', true],
    ['c:\\\\\\*', 'c:\\*', true],
    ['c:\\\\\\*', 'c:\\x', false],
    ['\\\\\\\\x', '\\\\x', true],
    ['', '', true],
    ['', 'x', false],
    ['*', '', true],
    ['?', '𝛙', true],
    ['end\\', 'end\\', true],
  ];
  for (const [pattern, text, expected] of TABLE) {
    it(`${expected ? 'takes' : 'refuses'} ${JSON.stringify(text)} for ${JSON.stringify(pattern)}`, () => assert.equal(wildcardTest(pattern, 'whole', false)(text), expected));
  }

  it('stands at its place', () => {
    const where = (placement: 'contains' | 'startswith' | 'endswith', pattern: string) => ['abc', 'xabc', 'abcx', 'xabcx', 'x'].filter(wildcardTest(pattern, placement, false));
    for (const pattern of ['abc', 'a?c', 'a*c']) {
      assert.deepEqual(where('contains', pattern), ['abc', 'xabc', 'abcx', 'xabcx']);
      assert.deepEqual(where('startswith', pattern), ['abc', 'abcx']);
      assert.deepEqual(where('endswith', pattern), ['abc', 'xabc']);
    }
  });

  it('tells letters of either case apart only where it is asked to', () => {
    assert.equal(wildcardTest('Ab*', 'whole', true)('abc'), false);
    assert.equal(wildcardTest('Ab*', 'whole', true)('Abc'), true);
  });

  it('says what a regular expression says that is made of it', () => {
    const piece = fc.constantFrom('a', 'b', '*', '?', '\\*');
    fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 10 }), (pieces, text) => {
      const regex = pieces.map((each) => (each === '*' ? '.*' : each === '?' ? '.' : each)).join('');
      assert.equal(wildcardTest(pieces.join(''), 'whole', false)(text), new RegExp(`^(?:${regex})$`, 's').test(text));
    }), { numRuns: 2_000 });
  });
});

describe('a network of a rule', () => {
  const TABLE: readonly [string, string, boolean][] = [
    ['10.0.0.0/8', '10.255.1.2', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['192.168.1.128/25', '192.168.1.127', false],
    ['192.168.1.128/25', '192.168.1.128', true],
    ['0.0.0.0/0', '8.8.8.8', true],
    ['0.0.0.0/0', '::1', false],
    ['1.2.3.4', '1.2.3.4', true],
    ['2001:db8::/32', '2001:DB8:1::7', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['::1/128', '0:0:0:0:0:0:0:1', true],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['fe80::/10', 'febf::1', true],
    ['10.0.0.0/8', '10.0.0.0.1', false],
    ['10.0.0.0/8', '010.0.0.1', false],
    ['10.0.0.0/8', 'anything', false],
  ];
  for (const [network, address, expected] of TABLE) it(`${expected ? 'has' : 'has not'} ${address} in ${network}`, () => assert.equal(cidrTest(network)?.(address), expected));

  for (const network of ['', '10.0.0.0/33', '10.0.0/8', '::/129', '1::2::3/64', '10.0.0.0/8/8', '10.0.0.0/x', 'example.org/8', '256.0.0.0/8']) {
    it(`refuses ${JSON.stringify(network)}`, () => assert.equal(cidrTest(network), null));
  }
});
