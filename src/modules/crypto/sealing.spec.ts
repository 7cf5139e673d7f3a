import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { SystemClock } from '#platform/system/clock.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { VersionCounters } from '#platform/database/version-counters.js';
import { unrecorded } from '../../../test/harness/keyring.js';
import { DataKey } from './data-key.js';
import { Keyring } from './keyring.js';
import { KeyVersionRepository } from './persistence/key-version.repository.js';
import { HouseKey } from './house-key.js';

const SECRET = Buffer.from('a data key of thirty-two bytes..');

function keyring(rootByte: number | null): Keyring {
  const made = new Keyring({
    logins: { api: new UnitOfWork(null) },
    rows: new KeyVersionRepository(),
    counters: new VersionCounters(),
    clock: new SystemClock(),
    randomness: new SystemRandomness(),
    onForeignRow: () => undefined,
  });
  if (rootByte !== null) made.unseal(HouseKey.takeOver(Buffer.alloc(32, rootByte)), unrecorded);
  return made;
}

describe('sealed secrets', () => {
  it('open on every replica of an installation, and are 28 bytes longer than what they hold', () => {
    const sealed = keyring(1).sealer('spec').seal(SECRET, 'row 1');
    assert.equal(sealed.length, SECRET.length + 28);
    assert.deepEqual(keyring(1).sealer('spec').open(sealed, 'row 1'), SECRET);
    assert.equal(sealed.includes(SECRET), false);
  });

  it('are another piece at every sealing, so that equal secrets do not show', () => {
    const one = keyring(1);
    assert.notDeepEqual(one.sealer('spec').seal(SECRET, 'row 1'), one.sealer('spec').seal(SECRET, 'row 1'));
  });

  it('may be of nothing', () => assert.deepEqual(keyring(1).sealer('spec').open(keyring(1).sealer('spec').seal(Buffer.alloc(0), ''), ''), Buffer.alloc(0)));

  it('do not open under another root key, another purpose or other associated data', () => {
    const sealed = keyring(1).sealer('spec').seal(SECRET, 'row 1');
    assert.equal(keyring(2).sealer('spec').open(sealed, 'row 1'), null);
    assert.equal(keyring(1).sealer('other').open(sealed, 'row 1'), null);
    assert.equal(keyring(1).sealer('spec').open(sealed, 'row 2'), null);
  });

  it('do not open with any bit changed, cut at any length, or made longer', () => {
    const one = keyring(1);
    const sealed = one.sealer('spec').seal(SECRET, 'row 1');
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(one.sealer('spec').open(changed, 'row 1'), null);
    }
    for (let length = 0; length < sealed.length; length += 1) assert.equal(one.sealer('spec').open(sealed.subarray(0, length), 'row 1'), null);
    assert.equal(one.sealer('spec').open(Buffer.concat([sealed, randomBytes(1)]), 'row 1'), null);
  });

  it('are neither made nor opened while the keyring is sealed', () => {
    const isSealed = (error: unknown): boolean => error instanceof Fault && error.kind.code === 'keyring-sealed';
    assert.throws(() => keyring(null).sealer('spec').seal(SECRET, 'row 1'), isSealed);
    assert.throws(() => keyring(null).sealer('spec').open(keyring(1).sealer('spec').seal(SECRET, 'row 1'), 'row 1'), isSealed);
    assert.equal(keyring(null).isUnsealed, false);
    assert.equal(keyring(1).isUnsealed, true);
  });

  it('take a short constant for their purpose', () => assert.throws(() => keyring(1).sealer('Of a Stranger').seal(SECRET, ''), /short constant/));
});

describe('data keys', () => {
  it('open what they sealed, on every replica, and nothing of another key or another place', () => {
    const { key, wrapped } = keyring(1).sealer('spec').makeDataKey('row 1');
    const sealed = key.seal(SECRET, 'entry 1');
    assert.deepEqual(keyring(1).sealer('spec').openDataKey(wrapped, 'row 1')?.open(sealed, 'entry 1'), SECRET);
    assert.equal(key.open(sealed, 'entry 2'), null);
    assert.equal(keyring(1).sealer('spec').makeDataKey('row 1').key.open(sealed, 'entry 1'), null);
  });

  it('of data keys stay what they were when they are bound to something else', () => {
    const sealer = keyring(1).sealer('spec');
    const { key, wrapped } = sealer.makeDataKey('upload 1');
    const rewrapped = sealer.rewrapDataKey(wrapped, 'upload 1', 'blob 1')!;
    assert.equal(rewrapped.length, wrapped.length);
    assert.deepEqual(sealer.openDataKey(rewrapped, 'blob 1')?.open(key.seal(SECRET, 'x'), 'x'), SECRET);
    assert.equal(sealer.openDataKey(rewrapped, 'upload 1'), null);
    assert.equal(sealer.rewrapDataKey(wrapped, 'upload 2', 'blob 1'), null);
  });

  it('are not opened elsewhere than where they belong', () => {
    const { wrapped } = keyring(1).sealer('spec').makeDataKey('row 1');
    assert.equal(wrapped.length, 60);
    assert.equal(keyring(1).sealer('spec').openDataKey(wrapped, 'row 2'), null);
    assert.equal(keyring(1).sealer('other').openDataKey(wrapped, 'row 1'), null);
    assert.equal(keyring(2).sealer('spec').openDataKey(wrapped, 'row 1'), null);
  });

  it('zero the bytes that they were made of, also when they refuse them', () => {
    for (const length of [31, 32, 33]) {
      const bytes = Buffer.alloc(length, 7);
      if (length === 32) DataKey.takeOver(bytes, new SystemRandomness());
      else assert.throws(() => DataKey.takeOver(bytes, new SystemRandomness()), /32 bytes/);
      assert.ok(bytes.equals(Buffer.alloc(length)));
    }
  });

  it('leave bytes readable that are only marked, and tell when one of them was changed', () => {
    const { key } = keyring(1).sealer('spec').makeDataKey('row 1');
    const marked = Buffer.concat(key.markInParts(SECRET, '7'));
    assert.deepEqual(key.open(Buffer.concat(key.sealInParts(SECRET, '7')), '7'), SECRET);
    assert.equal(marked.length, SECRET.length + 28);
    assert.ok(marked.includes(SECRET));
    assert.deepEqual(key.readMarked(marked, '7'), SECRET);
    assert.deepEqual(key.readMarked(Buffer.concat(key.markInParts(Buffer.alloc(0), '7')), '7'), Buffer.alloc(0));
    assert.equal(key.readMarked(marked, '8'), null);
    assert.equal(key.readMarked(marked.subarray(0, 27), '7'), null);
    assert.equal(keyring(1).sealer('spec').makeDataKey('row 1').key.readMarked(marked, '7'), null);
    for (let position = 0; position < marked.length; position++) {
      const changed = Buffer.from(marked);
      changed[position]! ^= 1;
      assert.equal(key.readMarked(changed, '7'), null, `byte ${position}`);
    }
    assert.equal(key.readMarked(key.seal(SECRET, '7'), '7'), null);
    assert.equal(key.open(marked, '7'), null);
  });
});
