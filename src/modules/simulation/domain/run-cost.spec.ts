import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { costOf, type RunWork } from './run-cost.js';

describe('what a simulation costs', () => {
  const cases: readonly (readonly [string, Omit<RunWork, 'method'>, number, number])[] = [
    ['a Bell pair', { cost: 4 * 2 ** 2, evolutionsMax: 1 }, 1_000_000, 1],
    ['twenty qubits and a hundred gates', { cost: 100 * 2 ** 20, evolutionsMax: 1 }, 1000, 100],
    ['one qubit more', { cost: 100 * 2 ** 21, evolutionsMax: 1 }, 1000, 200],
    ['one measurement in the middle', { cost: 100 * 2 ** 20, evolutionsMax: 2 }, 1000, 200],
    ['more branches than shots', { cost: 100 * 2 ** 20, evolutionsMax: 2 ** 40 }, 7, 700],
    ['more branches than a number can count', { cost: 500_000 * 2 ** 30, evolutionsMax: Infinity }, 1_000_000, 512_000_000_000_000],
  ];
  for (const [what, work, shots, units] of cases) it(`is ${units} for ${what}`, () => assert.equal(costOf([{ ...work, method: 'statevector' }], shots), units));

  it('is the sum of what its parts cost, each by its own evolutions', () => {
    const parts: readonly RunWork[] = [{ method: 'statevector', cost: 100 * 2 ** 20, evolutionsMax: 1 }, { method: 'trajectories', cost: 2 ** 10, evolutionsMax: 4 }];
    assert.equal(costOf(parts, 1000), 101);
  });
});
