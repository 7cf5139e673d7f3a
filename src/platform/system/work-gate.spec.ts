import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { Periodic } from './periodic.js';
import { WORK_GATE } from './work-gate.js';

const TURN = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('background work of a process that is sealed', () => {
  afterEach(() => WORK_GATE.open());

  const counting = (options?: { readonly evenSealed: true }): { periodic: Periodic; turns: () => number } => {
    let turns = 0;
    const periodic = new Periodic(1, () => Promise.resolve(void (turns += 1)), { failed: () => undefined }, options);
    return { periodic, turns: () => turns };
  };

  it('begins when the gate opens, and pauses when it closes', async () => {
    WORK_GATE.close();
    const { periodic, turns } = counting();
    const first = periodic.start();
    await TURN();
    assert.equal(turns(), 0);
    WORK_GATE.open();
    await first;
    assert.ok(turns() >= 1);
    await periodic.stop();
  });

  it('ends without a turn when it is stopped before', async () => {
    WORK_GATE.close();
    const { periodic, turns } = counting();
    void periodic.start();
    await periodic.stop();
    assert.equal(turns(), 0);
  });

  it('goes on where it says that it needs no keys', async () => {
    WORK_GATE.close();
    const { periodic, turns } = counting({ evenSealed: true });
    await periodic.start();
    assert.equal(turns(), 1);
    await periodic.stop();
  });
});
