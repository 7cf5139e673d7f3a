import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { costOf, type RunWork } from './run-cost.js';

describe('what a simulation costs', () => {
  const cases: readonly (readonly [string, RunWork, number, number])[] = [
    ['a Bell pair', { activeQubits: 2, operations: 4, evolutionsMax: 1 }, 1_000_000, 1],
    ['twenty qubits and a hundred gates', { activeQubits: 20, operations: 100, evolutionsMax: 1 }, 1000, 100],
    ['one qubit more', { activeQubits: 21, operations: 100, evolutionsMax: 1 }, 1000, 200],
    ['one measurement in the middle', { activeQubits: 20, operations: 100, evolutionsMax: 2 }, 1000, 200],
    ['more branches than shots', { activeQubits: 20, operations: 100, evolutionsMax: 2 ** 40 }, 7, 700],
    ['more branches than a number can count', { activeQubits: 30, operations: 500_000, evolutionsMax: Infinity }, 1_000_000, 512_000_000_000_000],
  ];
  for (const [what, work, shots, units] of cases) it(`is ${units} for ${what}`, () => assert.equal(costOf(work, shots), units));
});
