import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import { HeavyWork } from './heavy-work.js';

const settled = (): Promise<void> => new Promise(setImmediate);

/** Works that go on until told, in the order in which they began. */
function works() {
  const begun: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<string>>();
  const work = (name: string) => (): Promise<string> => {
    begun.push(name);
    gates.set(name, Promise.withResolvers<string>());
    return gates.get(name)!.promise;
  };
  return { begun, work, end: async (name: string) => (gates.get(name)!.resolve(name), settled()) };
}

describe('heavy work on the pool of libuv', () => {
  it('is done two at once, whatever it is, and by turns for all projects', async () => {
    const heavy = new HeavyWork();
    const { begun, work, end } = works();
    for (const n of [1, 2, 3, 4]) void heavy.run('a', 10, work(`a${n}`));
    void heavy.run('b', 10, work('b1'));
    await settled();
    assert.deepEqual(begun, ['a1', 'a2']);
    await end('a1');
    assert.deepEqual(begun.slice(2), ['b1']);
    await end('a2');
    assert.deepEqual(begun.slice(3), ['a3']);
  });

  it('keeps nobody waiting who wants what is cheap, or a symmetric key', async () => {
    const heavy = new HeavyWork();
    const { work } = works();
    for (let n = 0; n < 10; n += 1) void heavy.run('a', 10, work(`a${n}`));
    assert.equal(await heavy.run('a', 0.2, () => Promise.resolve('cheap')), 'cheap');
    for (const type of ['aes256-gcm96', 'hmac', 'ed25519', 'x-wing'] as const) assert.equal(await heavy.generate('a', type, () => Promise.resolve(type)), type);
  });

  it('makes one long key at a time, and leaves the other turn to what is short', async () => {
    const heavy = new HeavyWork();
    const { begun, work, end } = works();
    for (const n of [1, 2]) void heavy.generate('a', 'rsa-4096', work(`a${n}`));
    void heavy.generate('b', 'rsa-3072', work('b1'));
    void heavy.run('c', 10, work('c1'));
    await settled();
    assert.deepEqual(begun.toSorted(), ['a1', 'c1']);
    await end('a1');
    assert.deepEqual(begun.slice(2), ['b1'], 'another project comes before the second of one');
    await end('b1');
    assert.deepEqual(begun.slice(3), ['a2']);
  });

  it('refuses a project that has too much waiting, and it alone', async () => {
    const heavy = new HeavyWork();
    const { work } = works();
    for (let n = 0; n < 66; n += 1) void heavy.run('a', 10, work(`a${n}`));
    for (let n = 0; n < 33; n += 1) void heavy.generate('b', 'rsa-4096', work(`b${n}`));
    const isBusy = (error: unknown): boolean => error instanceof Fault && error.kind === CRYPTO_FAULTS['transit-busy'] && error.context.headers?.['Retry-After'] === '1';
    await assert.rejects(heavy.run('a', 10, work('a66')), isBusy);
    await assert.rejects(heavy.generate('b', 'rsa-4096', work('b33')), isBusy);
    const queued = heavy.queued;
    void heavy.run('c', 10, work('c'));
    void heavy.generate('c', 'rsa-4096', work('c'));
    await settled();
    assert.equal(heavy.queued, queued + 2);
  });
});
