import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isTooSlow, ORDER_MILLIS_MAX, PACE_KNOWN_MILLIS } from './check-pace.js';

describe('the pace at which the programs of an order are checked', () => {
  it('is asked for by nobody before it is known, however little has been read', () => {
    assert.equal(isTooSlow(0, 1_000_000, PACE_KNOWN_MILLIS), false);
    assert.equal(isTooSlow(0, 1_000_000, PACE_KNOWN_MILLIS + 1), true);
  });

  it('refuses a hundred programs of which five took four seconds, when they did and not at the end', () => {
    assert.equal(isTooSlow(5, 100, 4_000), true);
  });

  it('lets go on what will be read in time to the millisecond, and no longer', () => {
    assert.equal(isTooSlow(20, 100, ORDER_MILLIS_MAX / 5), false);
    assert.equal(isTooSlow(20, 100, ORDER_MILLIS_MAX / 5 + 1), true);
  });

  it('never lets an order go on for longer than it may', () => {
    assert.equal(isTooSlow(99, 100, ORDER_MILLIS_MAX), true);
    assert.equal(isTooSlow(100, 100, ORDER_MILLIS_MAX), false);
  });
});
