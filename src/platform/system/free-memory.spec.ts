import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freeMemory } from './free-memory.js';

describe('the memory of a large buffer', () => {
  it('is given back at once, and the buffer has no bytes any more', () => {
    const bytes = Buffer.alloc(1024 * 1024, 1);
    const before = process.memoryUsage().arrayBuffers;
    freeMemory(bytes);
    assert.equal(bytes.length, 0);
    assert.ok(before - process.memoryUsage().arrayBuffers >= 1024 * 1024);
    freeMemory(bytes);
  });

  it('is left where the buffer is only a part of it', () => {
    const whole = Buffer.alloc(1024 * 1024, 1);
    for (const part of [whole.subarray(1), whole.subarray(0, -1)]) freeMemory(part);
    assert.ok(whole.every((byte) => byte === 1));
  });

  it('is left where it is small, or of the pool that others have their bytes in', () => {
    const [one, other] = [Buffer.from('one'), Buffer.from('other')];
    assert.equal(one.buffer, other.buffer);
    freeMemory(one);
    assert.equal(other.toString(), 'other');
  });

  it('is left where threads share it', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(1024 * 1024));
    freeMemory(shared);
    assert.equal(shared.length, 1024 * 1024);
  });
});
