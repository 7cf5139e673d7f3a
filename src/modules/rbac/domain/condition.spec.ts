import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Condition } from '#pure/policy/condition.js';
import { about } from '../../../../test/harness/conditions.js';
import { application, decidable, NOT_YET_KNOWN } from './condition.js';

const NAMED: Condition = { name: { $in: ['a', 'b'] } };
const MALFORMED: readonly unknown[] = [
  null, 0, '', 'name', true, [], [{ name: { $eq: 'a' } }], {}, { name: 'a' }, { name: ['a'] }, { name: null }, { name: {} }, { name: { $in: 'a' } }, { name: { $in: [] } },
  { name: { $in: ['a', null] } }, { name: { in: ['a'] } }, { name: { $in: ['a'], not: ['b'] } }, { name: { $in: ['a'] }, hash: {} }, { name: { $regex: '.*' } }, { $where: 'true' }, { $not: [NAMED] },
];

describe('a condition of a rule', () => {
  it('allows by what holds, and denies by what does not fail', () => {
    for (const [attributes, allows, denies] of [[{ name: 'a' }, true, true], [{ name: 'c' }, false, false], [{}, false, true], [{ name: null }, false, true], [{ name: 1 }, false, true]] as const) {
      assert.equal(application('allow', NAMED)(about(attributes)), allows);
      assert.equal(application('deny', NAMED)(about(attributes)), denies);
    }
  });

  it('is a possibility to be allowed while the object is not known, and none to be denied', () => {
    assert.equal(application('allow', NAMED)(NOT_YET_KNOWN), true);
    assert.equal(application('deny', NAMED)(NOT_YET_KNOWN), false);
    assert.equal(application('deny', undefined)(NOT_YET_KNOWN), true);
  });

  it('is as it stands where it can be read, and nothing where there is none', () => {
    for (const effect of ['allow', 'deny'] as const) assert.deepEqual([decidable(effect, NAMED), decidable(effect, undefined)], [NAMED, undefined]);
  });

  for (const where of MALFORMED) {
    it(`never allows and always denies when it is ${JSON.stringify(where)}`, () => {
      assert.equal(decidable('allow', where), 'never');
      assert.equal(decidable('deny', where), undefined);
    });
  }
});
