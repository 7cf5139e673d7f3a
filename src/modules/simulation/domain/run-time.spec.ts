import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Method, METHOD_NAMES } from '#pure/quantum/methods/method-table.js';
import { secondsOf, type TimedWork } from './run-time.js';

const once = (method: Method, cost: number, steps = 10): TimedWork[] => [{ method, cost, steps, evolutionsMax: 1, evolutionShare: 1 }];

describe('the time that a run is expected to take', () => {
  it('is some milliseconds for the smallest program', () => {
    for (const method of METHOD_NAMES) assert.ok(secondsOf(once(method, 8), 2, 1)! < 0.01, method);
  });

  it('is of the order that was measured: of 24 qubits a second, of a million shots of 16 bits half of one, of a search among few amplitudes some hundredths', () => {
    const cases: readonly (readonly [number, TimedWork[], number, number])[] = [
      [0.95, once('statevector', 1.23e10, 734), 24, 1000],
      [0.05, once('statevector', 6.4e8, 610), 20, 1000],
      [0.02, once('statevector', 1.1e7, 2691), 12, 1000],
      [0.49, once('statevector', 3.2e7, 486), 16, 1_000_000],
      [0.023, once('sparse', 1e8, 1354), 22, 1000],
      [0.084, once('stabilizer', 3.3e7, 43_765), 1000, 1000],
      [1.0, once('matrix-product-state', 3.7e9, 362), 12, 1000],
      [0.55, once('density-matrix', 7e7, 528), 8, 1000],
    ];
    for (const [measured, work, qubits, shots] of cases) {
      const ratio = secondsOf(work, qubits, shots)! / measured;
      assert.ok(ratio > 1 / 4 && ratio < 4, `${work[0]!.method}: ${ratio}`);
    }
  });

  it('counts the shots that noise lets share an evolution once', () => {
    const [rare, each] = [0.01, 1].map((evolutionShare) => secondsOf([{ method: 'trajectories', cost: 1e6, steps: 100, evolutionsMax: Infinity, evolutionShare }], 10, 1000)!);
    assert.ok(each! > 20 * rare!);
  });

  it('is of several parts the sum, each at the pace of its method', () => {
    const [parts, slow, fast] = [[...once('sparse', 1e8), ...once('statevector', 1e10)], once('sparse', 1e8), once('statevector', 1e10)].map((work) => secondsOf(work, 1, 1)!);
    assert.ok(Math.abs(parts! - slow! - fast!) < 0.1 * parts!);
  });

  it('never falls with the work, the shots or the qubits', () => {
    const number = fc.integer({ min: 1, max: 1e6 });
    fc.assert(
      fc.property(fc.constantFrom(...METHOD_NAMES), number, number, number, (method, cost, evolutionsMax, shots) => {
        const work: TimedWork = { method, cost, evolutionsMax, steps: 10, evolutionShare: 0.5 };
        const seconds = secondsOf([work], 5, shots)!;
        assert.ok(secondsOf([{ ...work, cost: 2 * cost }], 5, shots)! >= seconds);
        assert.ok(secondsOf([{ ...work, steps: 20 }], 5, shots)! >= seconds);
        assert.ok(secondsOf([work], 6, shots + 1)! >= seconds);
      }),
    );
  });

  it('is not told where the price is without end', () => {
    assert.equal(secondsOf(once('sparse', Infinity), 20, 1), null);
    assert.equal(secondsOf([{ method: 'trajectories', cost: 1, steps: 2, evolutionsMax: Infinity, evolutionShare: 1 }], 2, 10), 0.004);
  });
});
