import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { partsOf } from './parts.js';
import type { RunWork } from './run-cost.js';

const work = (cost: number, evolutionsMax: number): readonly RunWork[] => [{ method: 'statevector', cost, evolutionsMax }];
const SMALL = work(100, 1);
/** A second or so for each evolution. */
const LARGE = work(2 ** 32, 1);
const anyWork = fc.array(fc.record({ method: fc.constant('statevector' as const), cost: fc.oneof(fc.double({ min: 0, max: 2 ** 50, noNaN: true }), fc.constant(Infinity)), evolutionsMax: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 4096 }), fc.constant(Infinity)) }), { minLength: 1, maxLength: 3 });

describe('cutting a job into parts', () => {
  it('leaves a small one whole: one circuit, or a thousand points of a sweep', () => {
    assert.deepEqual(partsOf([SMALL], 1000), [{ firstItem: 0, items: 1, firstShot: 0, shots: 1000 }]);
    assert.deepEqual(partsOf(Array.from({ length: 1000 }, () => SMALL), 1000), [{ firstItem: 0, items: 1000, firstShot: 0, shots: 1000 }]);
  });

  it('never cuts the shots of a circuit that evolves once, however large it is', () => {
    assert.equal(partsOf([work(2 ** 45, 1)], 1_000_000).length, 1);
    assert.deepEqual(partsOf([LARGE, LARGE, SMALL], 10), [0, 1, 2].map((firstItem) => ({ firstItem, items: 1, firstShot: 0, shots: 10 })));
  });

  it('cuts one that evolves for each shot, not so far that its beginning weighs', () => {
    assert.equal(partsOf([work(2 ** 30, Infinity)], 1000).length, 64);
    assert.equal(partsOf([work(2 ** 30, Infinity)], 20).length, 2);
    assert.equal(partsOf([work(2 ** 30, Infinity)], 15).length, 1);
  });

  it('does not cut where few histories serve many shots: each part would run them all', () => {
    assert.equal(partsOf([work(2 ** 34, 4)], 1000).length, 1);
  });

  it('cuts what falls apart only where little of it would be done by each part anew', () => {
    const [each, once] = [work(2 ** 30, Infinity)[0]!, (cost: number) => work(cost, 1)[0]!];
    assert.equal(partsOf([[each, once(2 ** 20)]], 1000).length, 64);
    assert.equal(partsOf([[each, once(2 ** 37)]], 1000).length, 1);
  });

  it('covers every shot of every circuit once, in order, in parts that are not too many', () => {
    fc.assert(fc.property(fc.array(anyWork, { minLength: 1, maxLength: 200 }), fc.integer({ min: 1, max: 1_000_000 }), (works, shots) => {
      const parts = partsOf(works, shots);
      let [item, shot] = [0, 0];
      for (const part of parts) {
        assert.deepEqual([part.firstItem, part.firstShot], [item, shot]);
        assert.ok(part.items >= 1 && part.shots >= 1 && (part.items === 1 || part.shots === shots));
        shot = part.firstShot + part.shots;
        if (shot === shots) [item, shot] = [item + part.items, 0];
      }
      assert.deepEqual([item, shot], [works.length, 0]);
      assert.ok(parts.length <= 4 * 64, `${parts.length} parts`);
    }), { seed: 20261123, numRuns: 300 });
  });
});
