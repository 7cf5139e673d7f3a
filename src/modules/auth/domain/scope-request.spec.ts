import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SCOPES } from '#pure/principal/principal.js';
import { formatScopes, parseScopes } from './scope-request.js';

describe('scope', () => {
  it('reads what it wrote, for every subset that is not empty', () => {
    fc.assert(
      fc.property(fc.subarray([...SCOPES], { minLength: 1 }), (subset) => {
        assert.deepEqual(parseScopes(formatScopes(new Set(subset))), new Set(subset));
      }),
    );
  });

  it('takes any order and writes one', () => {
    assert.equal(formatScopes(parseScopes('run:simulation read:data')!), 'read:data run:simulation');
  });

  for (const text of ['', ' ', 'read:data ', ' read:data', 'read:data  run:simulation', 'read:data read:data', 'read:data\trun:simulation', 'READ:DATA', 'everything', 'read:data everything', '__proto__']) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseScopes(text), null));
  }
});
