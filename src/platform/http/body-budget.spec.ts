import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Fault } from '#pure/fault/fault.js';
import { BodyBudget } from './body-budget.js';
import { BODIES_BYTES_MAX, BODY_COUNTED_BYTES_MIN, PRINCIPAL_BODIES_BYTES_MAX } from './http-settings.js';

const MEBIBYTE = 1024 * 1024;
const refusedWith = (code: string) => (error: unknown) => error instanceof Fault && error.kind.code === code && error.context.headers?.['Retry-After'] === '1';

describe('the memory for bodies', () => {
  it('has room for three of the largest bodies of one principal, and refuses it the fourth until one is done', () => {
    const budget = new BodyBudget();
    const holds = Array.from({ length: 4 }, () => budget.hold('ann'));
    for (const hold of holds.slice(0, 3)) hold.reserve(32 * MEBIBYTE);
    assert.throws(() => holds[3]!.reserve(32 * MEBIBYTE), refusedWith('too-many-requests'));
    assert.throws(() => holds[3]!.reserve(BODY_COUNTED_BYTES_MIN + 1), refusedWith('too-many-requests'), 'nor a smaller one');
    budget.hold('bob').reserve(32 * MEBIBYTE);
    holds[0]!.release();
    holds[3]!.reserve(32 * MEBIBYTE);
  });

  it('has an end for all together, whoever they are', () => {
    const budget = new BodyBudget();
    const holds = Array.from({ length: BODIES_BYTES_MAX / MEBIBYTE / 32 }, (_, n) => budget.hold(`principal ${n}`));
    for (const hold of holds) hold.reserve(32 * MEBIBYTE);
    for (const who of ['another', null]) assert.throws(() => budget.hold(who).reserve(MEBIBYTE), refusedWith('unavailable'));
    holds[0]!.release();
    budget.hold(null).reserve(MEBIBYTE);
  });

  it('does not count what is small', () => {
    const budget = new BodyBudget({ allBytes: 0, principalBytes: 0 });
    budget.hold('ann').reserve(BODY_COUNTED_BYTES_MIN);
    assert.equal(budget.heldBytes, 0);
    assert.throws(() => budget.hold('ann').reserve(BODY_COUNTED_BYTES_MIN + 1), refusedWith('too-many-requests'));
  });

  it('is given back when the answer is out, and where there is no client any more when the work is over', () => {
    const budget = new BodyBudget();
    const holdOf = () => {
      const hold = budget.hold('ann');
      hold.reserve(MEBIBYTE);
      return hold;
    };
    holdOf().clientIsGone(true);
    assert.equal(budget.heldBytes, 0);
    const [left, slow] = [holdOf(), holdOf()];
    left.clientIsGone(false);
    slow.workIsOver();
    assert.equal(budget.heldBytes, 2 * MEBIBYTE, 'of who is still worked for, and of who still reads');
    left.workIsOver();
    slow.clientIsGone(false);
    assert.equal(budget.heldBytes, 0);
  });

  it('counts what grows by what it has grown to, and gives back all of it, once', () => {
    const budget = new BodyBudget();
    const hold = budget.hold('ann');
    for (const bytes of [100_000, 200_000, 150_000]) hold.reserve(bytes);
    assert.equal(budget.heldBytes, 200_000);
    assert.throws(() => hold.reserve(PRINCIPAL_BODIES_BYTES_MAX + 1), refusedWith('too-many-requests'));
    assert.equal(budget.heldBytes, 200_000, 'what it had before it was refused');
    hold.release();
    hold.release();
    hold.reserve(300_000);
    assert.equal(budget.heldBytes, 0, 'and nothing after its request is over');
  });

  it('never holds more than its limits, and nothing when all are released', () => {
    const body = fc.record({ who: fc.constantFrom('ann', 'bob', null), bytes: fc.integer({ min: 0, max: 600_000 }), ends: fc.boolean() });
    fc.assert(
      fc.property(fc.array(body, { maxLength: 40 }), (bodies) => {
        const budget = new BodyBudget({ allBytes: 2_000_000, principalBytes: 1_000_000 });
        const open = bodies.flatMap(({ who, bytes, ends }) => {
          const hold = budget.hold(who);
          try {
            hold.reserve(bytes);
          } catch (error) {
            assert.ok(error instanceof Fault);
          }
          assert.ok(budget.heldBytes <= 2_000_000);
          if (ends) hold.release();
          return ends ? [] : [hold];
        });
        for (const hold of open) hold.release();
        return budget.heldBytes === 0;
      }),
    );
  });
});
