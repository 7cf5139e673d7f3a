import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as otherWork } from 'node:timers/promises';
import { LOOKUPS_AT_ONCE, NameLookup } from './name-lookup.js';

/** A resolver of the system whose names hang until the test lets them go. */
class Names {
  readonly asked: string[] = [];
  readonly #hanging = new Map<string, (addresses: readonly string[]) => void>();

  readonly ask = (hostname: string): Promise<readonly string[]> => {
    this.asked.push(hostname);
    if (hostname.startsWith('nowhere')) return Promise.reject(new Error('ENOTFOUND'));
    if (!hostname.startsWith('slow')) return Promise.resolve(['192.0.2.1']);
    return new Promise((resolve) => this.#hanging.set(hostname, resolve));
  };

  letGo(hostname: string): void {
    this.#hanging.get(hostname)!(['192.0.2.2']);
  }
}

describe('looking up names', () => {
  it('finds those that are there, and says of others that they are not', async () => {
    const lookup = new NameLookup(new Names().ask);
    assert.deepEqual(await lookup.resolve('example.test'), ['192.0.2.1']);
    await assert.rejects(lookup.resolve('nowhere.test'), /ENOTFOUND/);
    assert.deepEqual(await lookup.resolve('example.test'), ['192.0.2.1']);
  });

  it('asks the system for one at a time, and for each once, however many want it', async () => {
    const names = new Names();
    const lookup = new NameLookup(names.ask);
    const answers = ['slow-1.test', 'slow-1.test', 'slow-2.test', 'slow-1.test'].map((name) => lookup.resolve(name));
    await otherWork();
    assert.deepEqual([names.asked, LOOKUPS_AT_ONCE], [['slow-1.test'], 1]);
    names.letGo('slow-1.test');
    await answers[0];
    await otherWork();
    names.letGo('slow-2.test');
    assert.deepEqual(await Promise.all(answers), Array(4).fill(['192.0.2.2']));
    assert.deepEqual(names.asked, ['slow-1.test', 'slow-2.test']);
  });

  it('gives up a name that hangs, and those behind it, and starts no other while the thread is held', async () => {
    const names = new Names();
    const lookup = new NameLookup(names.ask, 30);
    await Promise.all(['slow.test', 'example.test', 'example.org'].map((name) => assert.rejects(lookup.resolve(name), /aborted/)));
    await assert.rejects(lookup.resolve('slow.test'), /aborted/);
    assert.deepEqual(names.asked, ['slow.test']);
    names.letGo('slow.test');
    assert.deepEqual(await lookup.resolve('example.net'), ['192.0.2.1']);
    assert.deepEqual(names.asked, ['slow.test', 'example.net'], 'whoever has left is not looked up');
  });

  it('takes no more waiting than it can serve', async () => {
    const lookup = new NameLookup(new Names().ask, 50);
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, (_, n) => lookup.resolve(`slow-${n}.test`)));
    assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 100);
  });

  it('asks the system', async () => {
    const addresses = await new NameLookup().resolve('localhost');
    assert.ok(addresses.every((address) => ['127.0.0.1', '::1'].includes(address)) && addresses.length > 0, addresses.join());
  });
});
