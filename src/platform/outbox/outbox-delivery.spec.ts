import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { systemPrincipal } from '#pure/principal/principal.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import { SystemRandomness } from '../system/randomness.js';
import { Outbox, type SinkName } from './outbox.js';
import { type AttemptResult, DELIVERIES_MAX, LEASE_MILLIS, OutboxDelivery, WEBHOOK_DELIVERIES_MAX } from './outbox-delivery.js';
import { OutboxRows } from './outbox-rows.js';
import { type DeliveryOutcome, type OutboxMessage, OutboxSink } from './outbox-sink.js';
import { ATTEMPTS_MAX, MESSAGE_LIFE_MILLIS } from './retry-schedule.js';

const SPEC = systemPrincipal('spec');
const DAY = 24 * 60 * 60 * 1000;

/** A receiver that does what the spec says, message by message. */
class TestSink extends OutboxSink {
  constructor(override readonly name: SinkName = 'webhook') {
    super();
  }

  readonly received: OutboxMessage[] = [];
  behave: (message: OutboxMessage, signal: AbortSignal) => Promise<DeliveryOutcome> = () => Promise.resolve({ kind: 'delivered' });

  override deliver(message: OutboxMessage, signal: AbortSignal): Promise<DeliveryOutcome> {
    this.received.push(message);
    return this.behave(message, signal);
  }
}

describe('the outbox', () => {
  let database: TestDatabase;
  const clock = new HandClock();
  const outbox = new Outbox(clock, new SystemRandomness());
  const rows = new OutboxRows();
  before(async () => (database = await openTestDatabase()));
  after(() => database.close());
  beforeEach(() => database.query('DELETE FROM platform.outbox'));

  const replica = () => {
    const [sink, mail] = [new TestSink(), new TestSink('email')];
    const results: AttemptResult[] = [];
    const errors: unknown[] = [];
    const observer = { traced: (attempt: () => Promise<void>) => attempt(), ended: (result: AttemptResult) => void results.push(result), failed: (error: unknown) => void errors.push(error) };
    const delivery = new OutboxDelivery(database.sequencer, rows, [sink, mail], clock, new SystemRandomness(), observer);
    const stopping = new AbortController();
    const turn = async (): Promise<number> => {
      const started = await delivery.start(stopping.signal);
      await delivery.settled();
      return started;
    };
    return { sink, mail, results, errors, delivery, turn, stopping };
  };
  const enqueue = (destination: string, ...notes: string[]): Promise<readonly string[]> =>
    database.app.run(SPEC, (tx) => outbox.enqueue(tx, ...notes.map((note) => ({ sink: 'webhook', destination, subject: { note } }) as const)));
  const states = async (): Promise<string[]> => (await database.query<{ state: string }>('SELECT state FROM platform.outbox ORDER BY place')).map(({ state }) => state);
  const notes = (sink: TestSink): unknown[] => sink.received.map(({ subject }) => subject['note']);
  const refuse = (): Promise<DeliveryOutcome> => Promise.resolve({ kind: 'retry', reason: 'status-500' });

  it('delivers what a committed transaction left, and nothing of one that was undone', async () => {
    const { sink, turn, results } = replica();
    await enqueue('a', 'kept');
    await assert.rejects(database.app.run(SPEC, async (tx) => {
      await outbox.enqueue(tx, { sink: 'webhook', destination: 'a', subject: { note: 'undone' } });
      throw new Error('undone');
    }));
    assert.equal(await turn(), 1);
    assert.equal(await turn(), 0);
    assert.deepEqual(notes(sink), ['kept']);
    assert.deepEqual([await states(), results], [['delivered'], ['delivered']]);
  });

  it('waits for no clock that was an hour ahead: neither with what was enqueued by it, nor for who was delivering by it', async () => {
    const [{ delivery, sink: hanging }, { sink, turn }] = [replica(), replica()];
    const { promise, resolve } = Promise.withResolvers<DeliveryOutcome>();
    hanging.behave = () => promise;
    clock.millis += 3_600_000;
    await enqueue('a', 'a1', 'a2');
    await enqueue('b', 'b1');
    assert.equal(await delivery.start(new AbortController().signal), 2);
    await enqueue('c', 'c1');
    clock.millis -= 3_600_000;
    assert.equal(await turn(), 1, 'new, and of nobody');
    assert.deepEqual(notes(sink), ['c1']);
    await database.query("UPDATE platform.outbox SET next_attempt_at = $1", [clock.now()]);
    assert.equal(await turn(), 2, 'of whoever held the lease');
    resolve({ kind: 'delivered' });
    await delivery.settled();
  });

  it('keeps the order of one destination, one message at a time', async () => {
    const { sink, turn } = replica();
    await enqueue('a', ...Array.from({ length: 20 }, (_, n) => `a${n}`));
    for (let n = 0; n < 20; n += 1) assert.equal(await turn(), 1);
    assert.deepEqual(notes(sink), Array.from({ length: 20 }, (_, n) => `a${n}`));
  });

  it('does not let a receiver that hangs hold up the others, nor take a second message meanwhile', async () => {
    const { sink, delivery, stopping } = replica();
    const hanging = Promise.withResolvers<DeliveryOutcome>();
    sink.behave = ({ destination }) => (destination === 'hangs' ? hanging.promise : Promise.resolve({ kind: 'delivered' }));
    await enqueue('hangs', 'h1', 'h2');
    await enqueue('well', 'w1', 'w2');
    await delivery.start(stopping.signal);
    await until(async () => (await states()).filter((state) => state === 'delivered').length === 1);
    await delivery.start(stopping.signal);
    await until(async () => (await states()).filter((state) => state === 'delivered').length === 2);
    assert.deepEqual(notes(sink), ['h1', 'w1', 'w2']);
    hanging.resolve({ kind: 'delivered' });
    await delivery.settled();
  });

  const enqueueFor = (sink: SinkName, destinations: number): Promise<unknown> =>
    database.app.run(SPEC, (tx) => outbox.enqueue(tx, ...Array.from({ length: destinations }, (_, n) => ({ sink, destination: `${sink}-${n}`, subject: {} }))));

  it(`has at most ${DELIVERIES_MAX} deliveries under way, and of webhooks ${WEBHOOK_DELIVERIES_MAX}`, async () => {
    const { sink, mail, delivery, stopping } = replica();
    const hanging = Promise.withResolvers<DeliveryOutcome>();
    sink.behave = mail.behave = () => hanging.promise;
    const rest = DELIVERIES_MAX - WEBHOOK_DELIVERIES_MAX;
    await enqueueFor('webhook', WEBHOOK_DELIVERIES_MAX + 5);
    assert.equal(await delivery.start(stopping.signal), WEBHOOK_DELIVERIES_MAX);
    assert.equal(await delivery.start(stopping.signal), 0);
    await enqueueFor('email', rest + 2);
    assert.equal(await delivery.start(stopping.signal), rest);
    assert.equal(await delivery.start(stopping.signal), 0);
    hanging.resolve({ kind: 'delivered' });
    await delivery.settled();
    assert.equal(await delivery.start(stopping.signal), 7);
    await delivery.settled();
  });

  it('does not let webhooks that hang, or that were due before, hold up what goes to the operator', async () => {
    const { sink, mail, delivery, stopping } = replica();
    const hanging = Promise.withResolvers<DeliveryOutcome>();
    sink.behave = () => hanging.promise;
    await enqueueFor('webhook', DELIVERIES_MAX * 3);
    clock.millis += 1_000;
    await enqueueFor('email', 1);
    assert.equal(await delivery.start(stopping.signal), WEBHOOK_DELIVERIES_MAX + 1);
    await until(async () => (await database.query("SELECT FROM platform.outbox WHERE sink = 'email' AND state = 'delivered'")).length === 1);
    await enqueueFor('email', 1);
    assert.equal(await delivery.start(stopping.signal), 1);
    hanging.resolve({ kind: 'delivered' });
    await delivery.settled();
    assert.equal(mail.received.length, 2);
  });

  it('gives two replicas that claim at once different messages, of different destinations', async () => {
    const replicas = [replica(), replica(), replica()];
    for (let n = 0; n < 30; n += 1) await enqueue(`d${n % 10}`, `${n}`);
    while ((await Promise.all(replicas.map(({ turn }) => turn()))).some((started) => started > 0) || (await states()).includes('pending'));
    const all = replicas.flatMap(({ sink }) => notes(sink));
    assert.deepEqual([...all].sort(), Array.from({ length: 30 }, (_, n) => `${n}`).sort());
  });

  it('tries again after waits that grow, under the same id, and gives up after the last', async () => {
    const { sink, turn, results } = replica();
    sink.behave = refuse;
    const [id] = await enqueue('a', 'x');
    const waits: number[] = [];
    for (let last = clock.millis; (await states())[0] === 'pending'; ) {
      if ((await turn()) > 0) {
        waits.push(clock.millis - last);
        last = clock.millis;
      }
      const [{ next_attempt_at: next } = { next_attempt_at: new Date() }] = await database.query<{ next_attempt_at: Date }>('SELECT next_attempt_at FROM platform.outbox');
      clock.millis = Math.max(clock.millis, next.getTime() - 1);
      assert.equal((await states())[0] === 'pending' ? await turn() : 0, 0, 'not before its time');
      clock.millis += 1;
    }
    assert.equal(waits.length, ATTEMPTS_MAX);
    const expected = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
    for (const [n, wait] of waits.entries()) {
      assert.ok(wait >= expected[n]! * 1000 && wait <= expected[n]! * 1200 + 1, `${n}: ${wait} ms`);
    }
    assert.deepEqual([...new Set(sink.received.map((message) => message.id))], [id]);
    assert.deepEqual(results, [...Array<string>(ATTEMPTS_MAX - 1).fill('retried'), 'failed']);
    const [row] = await database.query('SELECT state, failure FROM platform.outbox');
    assert.deepEqual(row, { state: 'failed', failure: 'status-500' });
  });

  it('waits as long as the receiver asks, and no longer than a day', async () => {
    for (const [asked, expected] of [[60_000, 60_000], [10 * DAY, DAY], [1, 5_000]] as const) {
      await database.query('DELETE FROM platform.outbox');
      const { sink, turn } = replica();
      sink.behave = () => Promise.resolve({ kind: 'retry', reason: 'status-429', afterMillis: asked });
      await enqueue('a', 'x');
      await turn();
      const [row] = await database.query<{ next_attempt_at: Date }>('SELECT next_attempt_at FROM platform.outbox');
      const wait = row!.next_attempt_at.getTime() - clock.millis;
      assert.ok(wait >= expected && wait <= expected * 1.2, `${wait} ms`);
    }
  });

  it('holds a destination up for a message that fails for minutes, and lets the others by when it fails for longer', async () => {
    const { sink, turn } = replica();
    sink.behave = ({ subject }) => (subject['note'] === 'bad' ? refuse() : Promise.resolve({ kind: 'delivered' }));
    await enqueue('a', 'bad', 'good');
    await turn();
    clock.millis += 10_000;
    await turn();
    assert.deepEqual(notes(sink), ['bad', 'bad']);
    clock.millis += 400_000;
    await turn();
    await turn();
    assert.deepEqual(notes(sink), ['bad', 'bad', 'bad', 'good']);
    clock.millis += DAY;
    await turn();
    assert.equal(notes(sink).at(-1), 'bad');
  });

  it('drops what its sink says is for nobody', async () => {
    const { sink, turn } = replica();
    sink.behave = () => Promise.resolve({ kind: 'dropped', reason: 'not-permitted' });
    await enqueue('a', 'x');
    await turn();
    assert.deepEqual(await database.query('SELECT state, failure, leased_until FROM platform.outbox'), [{ state: 'dropped', failure: 'not-permitted', leased_until: null }]);
  });

  it('takes a sink that throws for a failed attempt, and tells of it', async () => {
    const { sink, turn, errors } = replica();
    sink.behave = () => Promise.reject(new Error('a defect'));
    await enqueue('a', 'x');
    await turn();
    assert.deepEqual(await states(), ['pending']);
    assert.match(String(errors[0]), /a defect/);
  });

  it('delivers again, under the same id, what a process had claimed that is gone', async () => {
    const [gone, heir] = [replica(), replica()];
    gone.sink.behave = () => new Promise(() => undefined);
    const [id] = await enqueue('a', 'x');
    await gone.delivery.start(gone.stopping.signal);
    await until(async () => gone.sink.received.length === 1);
    clock.millis += LEASE_MILLIS - 1;
    assert.equal(await heir.turn(), 0);
    clock.millis += 1;
    assert.equal(await heir.turn(), 1);
    assert.equal(heir.sink.received[0]!.id, id);
    assert.deepEqual(await states(), ['delivered']);
    gone.stopping.abort();
    await gone.delivery.settled();
    assert.deepEqual(await states(), ['delivered'], 'whose lease ran out has no say any more');
  });

  it('puts back what is under way when it is told to stop, and the attempt does not count', async () => {
    const { sink, delivery, stopping, results } = replica();
    sink.behave = (_message, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'retry', reason: 'aborted' })));
    await enqueue('a', 'x');
    await delivery.start(stopping.signal);
    await until(async () => sink.received.length === 1);
    stopping.abort();
    await delivery.settled();
    assert.deepEqual(await database.query('SELECT state, attempts, leased_until FROM platform.outbox'), [{ state: 'pending', attempts: 0, leased_until: null }]);
    assert.deepEqual(results, []);
    assert.equal(await delivery.start(stopping.signal), 0);
  });

  it('gives up what nobody could be told for days, and forgets what ended a week ago', async () => {
    const { delivery, results, turn } = replica();
    await enqueue('a', 'old');
    clock.millis += MESSAGE_LIFE_MILLIS + 1;
    await enqueue('a', 'young');
    await delivery.sweep();
    assert.deepEqual(await states(), ['failed', 'pending']);
    assert.deepEqual(results, ['failed']);
    await turn();
    clock.millis += 7 * DAY + 1;
    await delivery.sweep();
    assert.deepEqual(await states(), []);
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}
