import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { sealOpening, testSeal } from '../../../../test/harness/hierarchy.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import type { HouseKey } from '../house-key.js';
import type { AutomaticSeal } from './automatic-seal.js';
import { SealKey } from './seal-key.js';
import { bindSeal } from './seal-opening.js';
import { SealUnreachable } from './seal-refusal.js';
import type { SealWork } from './seal-work.js';
import { type RecordAttempt, Seal, UNRECORDED_ATTEMPT } from './seal.js';
import { splitSealKey } from './shamir-shares.js';

const RANDOMNESS = new SystemRandomness();
const KEPT_MILLIS = 15 * 60_000;
const refused = (matching: RegExp) => (error: unknown) => error instanceof Fault && error.kind.code === 'unseal-refused' && matching.test(error.context.detail ?? '');

describe('the seal of a process', () => {
  let database: TestDatabase;
  let shares: readonly Buffer[];
  before(async () => {
    const bytes = Buffer.alloc(32, 4);
    shares = (await splitSealKey(bytes, { shares: 5, threshold: 3 })).map((share) => Buffer.from(share));
  });
  beforeEach(async () => (database = await openTestDatabase()));
  afterEach(() => database.close());

  const unrecorded = (): Promise<void> => Promise.resolve();
  const copies = (...at: number[]): Buffer[] => at.map((index) => Buffer.from(shares[index]!));

  function process(automatic: AutomaticSeal | null, clock = new HandClock()) {
    const opening = sealOpening(database.app);
    const opened: HouseKey[] = [];
    const seal = new Seal({ units: database.app, seals: opening.seals, hierarchy: opening.hierarchy, clock, randomness: RANDOMNESS, automatic, work: {} as SealWork });
    let closings = 0;
    seal.whenChanged((house) => Promise.resolve(void opened.push(house)), () => (closings += 1));
    return { seal, clock, opened, hierarchy: opening.hierarchy, closings: () => closings };
  }
  async function sealed(clock = new HandClock()) {
    const made = process(null, clock);
    await bindSeal('shamir', { key: SealKey.takeOver(Buffer.alloc(32, 4)), parameters: { shares: 5, threshold: 3 } }, sealOpening(database.app), unrecorded);
    assert.equal(await made.seal.open(unrecorded), null);
    return made;
  }
  async function give({ seal }: { seal: Seal }, ...at: number[]): Promise<void> {
    for (const share of copies(...at)) await seal.give(share, UNRECORDED_ATTEMPT);
  }

  it('is opened by any three of five shares, once, and wipes each of them', async () => {
    const made = await sealed();
    assert.equal(made.seal.isSealed, true);
    const given = copies(3, 0, 4);
    for (const share of given) await made.seal.give(share, UNRECORDED_ATTEMPT);
    assert.equal(made.seal.isSealed, false);
    assert.equal(made.opened.length, 1);
    for (const share of given) assert.ok(share.equals(Buffer.alloc(33)));
    await give(made, 0, 1, 2);
    assert.equal(made.opened.length, 1, 'what is open is not opened again');
  });

  it('is opened once by shares that arrive at the same moment', async () => {
    const made = await sealed();
    const all = await Promise.allSettled(copies(0, 1, 2, 3, 4).map((share) => made.seal.give(share, UNRECORDED_ATTEMPT)));
    assert.equal(made.opened.length, 1);
    assert.deepEqual(all.map(({ status }) => status), Array.from({ length: 5 }, () => 'fulfilled'));
  });

  it('counts a share that is given twice once, and lets the later of two at one place stand', async () => {
    const made = await sealed();
    await give(made, 0, 0);
    assert.equal((await made.seal.status()).progress, 1);
    const other = Buffer.from(shares[1]!);
    other[0]! ^= 1;
    await made.seal.give(other, UNRECORDED_ATTEMPT);
    await give(made, 1);
    assert.equal((await made.seal.status()).progress, 2);
    await give(made, 2);
    assert.equal(made.seal.isSealed, false);
  });

  it('forgets all shares when they do not make the key', async () => {
    const made = await sealed();
    await give(made, 0, 1);
    const wrong = Buffer.from(shares[2]!);
    wrong[5]! ^= 1;
    await assert.rejects(made.seal.give(wrong, UNRECORDED_ATTEMPT), refused(/do not make the key/));
    assert.deepEqual([(await made.seal.status()).progress, (await made.seal.status()).nonce, made.seal.isSealed], [0, '', true]);
    await give(made, 0, 1, 2);
    assert.equal(made.seal.isSealed, false);
  });

  it('tells of each attempt once, before anything follows from it', async () => {
    const made = await sealed();
    const told: string[] = [];
    const record: RecordAttempt = (attempt) => Promise.resolve(void told.push(`${attempt} ${made.opened.length}`));
    for (const share of copies(0, 1)) await made.seal.give(share, record);
    const wrong = Buffer.from(shares[2]!);
    wrong[5]! ^= 1;
    await assert.rejects(made.seal.give(wrong, record), refused(/do not make the key/));
    await made.seal.reset(record);
    for (const share of copies(0, 1, 2, 3)) await made.seal.give(share, record);
    assert.deepEqual(told, ['given 0', 'given 0', 'unmatched 0', 'reset 0', 'given 0', 'given 0', 'completed 0', 'ignored 1']);
  });

  it('is as it was after an attempt that cannot be recorded, whatever it was, and wipes its share', async () => {
    const made = await sealed();
    const unrecordable: RecordAttempt = () => Promise.reject(new Error('no ledger'));
    await give(made, 0);
    const before = await made.seal.status();
    const [second] = copies(1);
    await assert.rejects(made.seal.give(second!, unrecordable), /no ledger/);
    assert.ok(second!.equals(Buffer.alloc(33)));
    await assert.rejects(made.seal.reset(unrecordable), /no ledger/);
    assert.deepEqual(await made.seal.status(), before);
    await give(made, 1);
    const wrong = Buffer.from(shares[2]!);
    wrong[5]! ^= 1;
    for (const last of [wrong, ...copies(2)]) await assert.rejects(made.seal.give(last, unrecordable), /no ledger/);
    assert.deepEqual([(await made.seal.status()).progress, made.opened.length, made.hierarchy.isOpen], [2, 0, false]);
    await give(made, 2);
    assert.equal(made.seal.isSealed, false);
  });

  it('tells nothing of what it cannot take', async () => {
    const made = await sealed();
    const record: RecordAttempt = (attempt) => assert.fail(attempt);
    for (const share of [Buffer.alloc(32, 1), Buffer.alloc(33)]) await assert.rejects(made.seal.give(share, record), refused(/33 bytes/));
  });

  it('forgets shares that wait too long for the rest', async () => {
    const made = await sealed();
    await give(made, 0, 1);
    made.clock.millis += KEPT_MILLIS;
    assert.equal((await made.seal.status()).progress, 0);
    await give(made, 2);
    assert.equal(made.seal.isSealed, true);
  });

  for (const [what, share] of [['one that is too short', Buffer.alloc(32, 1)], ['one that is too long', Buffer.alloc(34, 1)], ['one at the place of the secret', Buffer.alloc(33)]] as const) {
    it(`refuses ${what}, and keeps the others`, async () => {
      const made = await sealed();
      await give(made, 0);
      await assert.rejects(made.seal.give(Buffer.from(share), UNRECORDED_ATTEMPT), refused(/33 bytes/));
      assert.equal((await made.seal.status()).progress, 1);
    });
  }

  it('takes no share in a database that is under no seal, or under another one', async () => {
    const { seal } = process(null);
    await seal.open(unrecorded);
    assert.deepEqual([(await seal.status()).isInitialised, seal.isSealed], [false, true]);
    await assert.rejects(seal.give(copies(0)[0]!, UNRECORDED_ATTEMPT), refused(/not yet initialized/));
  });

  it('drops every key when it is closed, and is opened by shares again', async () => {
    const made = await sealed();
    await give(made, 0, 1, 2);
    made.seal.close();
    assert.deepEqual([made.seal.isSealed, made.hierarchy.isOpen, made.closings()], [true, false, 1]);
    await give(made, 2, 3, 4);
    assert.deepEqual([made.seal.isSealed, made.hierarchy.isOpen, made.opened.length], [false, true, 2]);
  });

  it('starts sealed while what opens it is away, and opens at the first try after', async () => {
    const away = testSeal(5);
    let isAway = true;
    const seal: AutomaticSeal = { ...away, begin: () => (isAway ? Promise.reject(new SealUnreachable('away')) : away.begin()) };
    const made = process(seal);
    assert.equal(await made.seal.open(unrecorded), null);
    assert.equal(made.seal.isSealed, true);
    await assert.rejects(made.seal.retry(unrecorded), SealUnreachable);
    isAway = false;
    await made.seal.retry(unrecorded);
    assert.deepEqual([made.seal.isSealed, made.opened.length], [false, 1]);
    await made.seal.retry(unrecorded);
    assert.equal(made.opened.length, 1);
    await assert.doesNotReject(made.seal.give(copies(0)[0]!, UNRECORDED_ATTEMPT));
  });

  it('is nothing to a process that holds no keys', async () => {
    const seal = new Seal({ units: null, seals: sealOpening(database.app).seals, hierarchy: sealOpening(database.app).hierarchy, clock: new HandClock(), randomness: RANDOMNESS, automatic: null, work: {} as SealWork });
    assert.equal(await seal.open(unrecorded), null);
    seal.close();
    assert.equal(seal.isSealed, false);
  });
});
