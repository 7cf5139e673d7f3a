import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemRandomness } from '#platform/system/randomness.js';
import { Semaphore } from '#platform/threads/semaphore.js';
import { Fault } from '#pure/fault/fault.js';
import { PASSWORD_COST, PasswordHasher } from './password-hasher.js';

/** Counts what passes through it: each pass is one argon2id. */
class CountingSemaphore extends Semaphore {
  passes = 0;
  override run<T>(work: () => Promise<T>): Promise<T> {
    this.passes += 1;
    return super.run(work);
  }
}

const QUICK = { memoryKib: 64, passes: 1, parallelism: 1 };
const hasherWith = (semaphore: Semaphore, cost = QUICK): PasswordHasher => new PasswordHasher(semaphore, new SystemRandomness(), cost);
const quick = hasherWith(new Semaphore(2, 100));

describe('PasswordHasher', () => {
  it('hashes at m=19456 KiB, t=2, p=1 with 16 bytes of salt and a tag of 32', async () => {
    assert.deepEqual(PASSWORD_COST, { memoryKib: 19_456, passes: 2, parallelism: 1 });
    const phc = await new PasswordHasher(new Semaphore(1, 1), new SystemRandomness()).hash('correct horse battery staple');
    assert.match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  });

  it('accepts the password and refuses any other', async () => {
    const phc = await quick.hash('correct horse');
    assert.equal(await quick.verify('correct horse', phc), true);
    for (const wrong of ['correct hors', 'correct horse ', 'Correct horse', '', 'correct\u0000horse']) assert.equal(await quick.verify(wrong, phc), false, wrong);
  });

  it('accepts a hash that another implementation of argon2id made', async () => {
    // The reference implementation's test suite (P-H-C/phc-winner-argon2, src/test.c): t=2, m=2^8, p=1, "password", "somesalt".
    const phc = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
    assert.equal(await quick.verify('password', phc), true);
    assert.equal(await quick.verify('passwore', phc), false);
  });

  it('never makes the same hash twice', async () => assert.notEqual(await quick.hash('same'), await quick.hash('same')));

  it('takes the same characters in another Unicode form for the same password', async () => {
    const phc = await quick.hash('caf\u00e9');
    assert.equal(await quick.verify('cafe\u0301', phc), true);
  });

  it('does exactly one hashing, whether the user, the password or the stored hash is right or not', async () => {
    const semaphore = new CountingSemaphore(1, 10);
    const hasher = hasherWith(semaphore);
    const phc = await hasher.hash('right');
    const attempts: (() => Promise<boolean>)[] = [
      () => hasher.verify('right', phc),
      () => hasher.verify('wrong', phc),
      () => hasher.verify('right', 'damaged'),
      () => hasher.verifyAgainstNothing('right'),
    ];
    for (const [index, attempt] of attempts.entries()) {
      semaphore.passes = 0;
      assert.equal(await attempt(), index === 0);
      assert.equal(semaphore.passes, 1);
    }
  });

  it('refuses with 503 and Retry-After what comes when the queue is full, and serves the rest', async () => {
    const hasher = hasherWith(new Semaphore(1, 2));
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => hasher.hash('x')));
    assert.deepEqual(outcomes.map(({ status }) => status), ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
    const { reason } = outcomes.at(-1) as PromiseRejectedResult;
    assert.ok(reason instanceof Fault && reason.kind.status === 503 && reason.context.headers?.['Retry-After'] !== undefined);
    assert.equal(typeof (await hasher.hash('x')), 'string');
  });

  it('leaves the event loop free while it works', async () => {
    const hashing = new PasswordHasher(new Semaphore(1, 1), new SystemRandomness()).hash('x');
    let turns = 0;
    let running = true;
    void hashing.finally(() => (running = false));
    while (running) {
      turns += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(turns > 10, `${turns} turns`);
  });

  it('asks for a new hash when the cost has changed, or the string is no hash', async () => {
    const phc = await quick.hash('x');
    assert.equal(quick.needsRehash(phc), false);
    assert.equal(hasherWith(new Semaphore(1, 1), { ...QUICK, passes: 2 }).needsRehash(phc), true);
    assert.equal(quick.needsRehash('damaged'), true);
  });
});
