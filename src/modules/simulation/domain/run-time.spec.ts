import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Method, METHOD_NAMES } from '#pure/quantum/methods/method-table.js';
import type { RunWork } from './run-cost.js';
import { secondsOf } from './run-time.js';

const once = (method: Method, cost: number): RunWork[] => [{ method, cost, evolutionsMax: 1 }];

describe('the time that a run is expected to take', () => {
  it('is some milliseconds for the smallest program', () => {
    for (const method of METHOD_NAMES) assert.ok(secondsOf(once(method, 8), 2, 1)! < 0.01, method);
  });

  it('is of the order that was measured: depth 20 on 20 qubits half a second, a million shots of 16 bits more than one', () => {
    const deep = secondsOf(once('statevector', 6.4e8), 20, 1000)!;
    assert.ok(deep > 0.1 && deep < 5, String(deep));
    const many = secondsOf(once('statevector', 3.2e7), 16, 1e6)!;
    assert.ok(many > 0.5 && many < 10, String(many));
  });

  it('is of several parts the sum, each at the pace of its method', () => {
    const [parts, slow, fast] = [[...once('sparse', 1e8), ...once('statevector', 1e10)], once('sparse', 1e8), once('statevector', 1e10)].map((work) => secondsOf(work, 1, 1)!);
    assert.ok(Math.abs(parts! - slow! - fast!) < 0.1 * parts!);
  });

  it('never falls with the work, the shots or the qubits', () => {
    const number = fc.integer({ min: 1, max: 1e6 });
    fc.assert(
      fc.property(fc.constantFrom(...METHOD_NAMES), number, number, number, (method, cost, evolutionsMax, shots) => {
        const seconds = secondsOf([{ method, cost, evolutionsMax }], 5, shots)!;
        assert.ok(secondsOf([{ method, cost: 2 * cost, evolutionsMax }], 5, shots)! >= seconds);
        assert.ok(secondsOf([{ method, cost, evolutionsMax }], 6, shots + 1)! >= seconds);
      }),
    );
  });

  it('is not told where the price is without end', () => {
    assert.equal(secondsOf(once('sparse', Infinity), 20, 1), null);
    assert.equal(secondsOf([{ method: 'trajectories', cost: 1, evolutionsMax: Infinity }], 2, 10), 0.005);
  });
});
