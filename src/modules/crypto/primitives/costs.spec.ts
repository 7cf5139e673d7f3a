import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COSTS } from './costs.js';
import { KEY_TYPES } from './key-types.js';

describe('what keys cost', () => {
  for (const [name, { cipher, signature }] of Object.entries(KEY_TYPES)) {
    it(`is told of all that ${name} can do, and of no more`, () => {
      const cost = COSTS[name as keyof typeof COSTS];
      assert.equal(cost.cipher !== null, cipher !== null);
      assert.equal(cost.signature !== null, signature !== null);
      for (const { blocking, pooled } of [cost.generate, ...Object.values(cost.cipher ?? {}), ...Object.values(cost.signature ?? {})]) {
        assert.ok(blocking >= 0 && pooled >= 0 && blocking + pooled > 0);
        assert.ok(blocking < 10, 'what takes longer has a form off the loop, or is not offered');
      }
    });
  }
});
