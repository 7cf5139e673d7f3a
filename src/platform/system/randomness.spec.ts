import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemRandomness } from './randomness.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('ids of the system', () => {
  it('differ in one instant, far beyond what is drawn ahead at a time', () => {
    const randomness = new SystemRandomness();
    const ids = Array.from({ length: 10_000 }, () => randomness.uuidv7(1_763_769_600_000));
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, UUID_V7);
  });

  it('carry random bits in every place that time, version and variant leave', () => {
    const randomness = new SystemRandomness();
    const digits = Array.from({ length: 36 }, () => new Set<string>());
    for (let drawn = 0; drawn < 2_000; drawn += 1) [...randomness.uuidv7(0)].forEach((digit, at) => digits[at]!.add(digit));
    // t: time, 7: version, v: variant, r: random; the chance that one of 16 digits is missed in 2000 is below 10^-50.
    const kinds = { t: 1, '-': 1, 7: 1, v: 4, r: 16 };
    assert.deepEqual(digits.map((seen) => seen.size), [...'tttttttt-tttt-7rrr-vrrr-rrrrrrrrrrrr'].map((place) => kinds[place as keyof typeof kinds]));
  });

  it('sort by their time, to the millisecond', () => {
    const randomness = new SystemRandomness();
    const ids = Array.from({ length: 1_000 }, (_, at) => randomness.uuidv7(1_763_769_600_000 + at));
    assert.deepEqual(ids.toSorted(), ids);
  });

  it('share no bytes between two generators', () => {
    const [one, two] = [new SystemRandomness(), new SystemRandomness()];
    assert.notEqual(one.uuidv7(0), two.uuidv7(0));
  });
});
