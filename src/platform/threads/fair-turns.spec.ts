import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { FairTurns, type Turn } from './fair-turns.js';

const busy = (): Fault => new Fault(REQUEST_FAULTS.unavailable);
const turnsOf = (turns: number, queueMax = 100): FairTurns => new FairTurns(turns, queueMax, busy);
const settled = (): Promise<void> => new Promise(setImmediate);

/** Who got a turn, in their order; each keeps it until told. */
function line(turns: FairTurns) {
  const got: string[] = [];
  const held = new Map<string, Turn>();
  const comes = (who: string, signal?: AbortSignal): Promise<void> =>
    turns.take(who[0]!, signal).then((turn) => {
      got.push(who);
      held.set(who, turn);
    });
  return { got, held, comes, ends: async (who: string) => (held.get(who)!.end(), settled()) };
}

describe('turns that are fair between places', () => {
  it('lets another place come before what waits already in the first', async () => {
    const turns = turnsOf(1);
    const { got, comes, ends } = line(turns);
    for (const who of ['a1', 'a2', 'a3', 'b1', 'c1']) void comes(who);
    await settled();
    assert.equal(turns.queued, 4);
    for (let n = 0; n < 5; n += 1) await ends(got.at(-1)!);
    assert.deepEqual(got, ['a1', 'b1', 'c1', 'a2', 'a3']);
    assert.deepEqual([turns.running, turns.queued], [0, 0]);
  });

  it('gives a place all turns while no other wants one, and the next to whoever has none', async () => {
    const turns = turnsOf(2);
    const { got, comes, ends } = line(turns);
    for (const who of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2']) void comes(who);
    await settled();
    assert.deepEqual(got, ['a1', 'a2']);
    await ends('a1');
    assert.equal(got.at(-1), 'b1');
    await ends('b1');
    assert.equal(got.at(-1), 'b2', 'a has one still, b has none');
    await ends('a2');
    assert.equal(got.at(-1), 'a3');
  });

  it('passes a turn to whoever has none, and keeps it where nobody has a better claim', async () => {
    const turns = turnsOf(1);
    const { got, held, comes } = line(turns);
    await comes('a1');
    await held.get('a1')!.pass();
    void comes('b1');
    const back = held.get('a1')!.pass().then(() => got.push('a1 again'));
    await settled();
    assert.deepEqual(got, ['a1', 'b1']);
    held.get('b1')!.end();
    await back;
    assert.deepEqual(got, ['a1', 'b1', 'a1 again']);
    held.get('a1')!.end();
    held.get('a1')!.end();
    assert.deepEqual([turns.running, turns.queued], [0, 0]);
  });

  it('refuses the place whose queue is full, and it alone', async () => {
    const turns = turnsOf(1, 2);
    const { got, comes, ends } = line(turns);
    for (const who of ['a1', 'a2', 'a3']) void comes(who);
    await assert.rejects(comes('a4'), Fault);
    void comes('b1');
    await settled();
    await ends('a1');
    assert.deepEqual(got, ['a1', 'b1']);
  });

  it('forgets whoever has gone while it waited, or passed, and gives its turn to the next', async () => {
    const turns = turnsOf(1);
    const { got, held, comes, ends } = line(turns);
    const gone = new AbortController();
    await comes('a1', gone.signal);
    void comes('b1');
    const waiting = comes('c1', gone.signal);
    const passing = held.get('a1')!.pass();
    gone.abort(new Error('gone'));
    await assert.rejects(waiting, /gone/);
    await assert.rejects(passing, /gone/);
    held.get('a1')!.end();
    await assert.rejects(comes('d1', gone.signal), /gone/);
    await ends('b1');
    assert.deepEqual([got, turns.running, turns.queued], [['a1', 'b1'], 0, 0]);
  });

  it('gives the turn back when a work fails', async () => {
    const turns = turnsOf(1, 0);
    await assert.rejects(turns.run('a', () => Promise.reject(new Error('late'))), /late/);
    await assert.rejects(turns.run('a', () => {
      throw new Error('early');
    }), /early/);
    assert.equal(await turns.run('a', () => Promise.resolve(turns.running)), 1);
    assert.equal(turns.running, 0);
  });

  for (const [turns, queue] of [[0, 1], [Number.NaN, 1], [1, -1]] as const) {
    it(`refuses ${turns} turns with a queue of ${queue}`, () => assert.throws(() => turnsOf(turns, queue), RangeError));
  }
});
