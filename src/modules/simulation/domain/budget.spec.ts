import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { chargeOf, waitSecondsFor } from './budget.js';

const units = fc.integer({ min: 1, max: 1e12 });

describe('a budget', () => {
  it('has room for one job however much it costs, when nothing is spent', () => {
    fc.assert(fc.property(units, units, (cost, budget) => waitSecondsFor(0, chargeOf(cost, budget), budget, 3600) === 0));
  });

  it('is waited for no longer than its window, and then has room', () => {
    fc.assert(
      fc.property(units, units, fc.double({ min: 0, max: 1, noNaN: true }), (cost, budget, fraction) => {
        const charge = chargeOf(cost, budget);
        const spent = budget * fraction;
        const wait = waitSecondsFor(spent, charge, budget, 3600);
        const left = Math.max(0, spent - (wait * budget) / 3600);
        return wait >= 0 && wait <= 3600 && left + charge <= budget * (1 + 1e-9);
      }),
    );
  });

  it('is waited for to the second', () => {
    assert.deepEqual([waitSecondsFor(100, 1, 100, 3600), waitSecondsFor(100, 50, 100, 3600), waitSecondsFor(50, 50, 100, 3600), waitSecondsFor(50, 51, 100, 86_400)], [36, 1800, 0, 864]);
  });
});
