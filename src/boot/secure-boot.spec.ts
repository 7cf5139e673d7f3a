import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HandClock } from '../../test/harness/hand-clock.js';
import { BootInterrupted, extended, SecureBoot } from './secure-boot.js';

describe('the boot', () => {
  it('takes its stages in order and keeps how long each took', async () => {
    const clock = new HandClock();
    const boot = new SecureBoot(clock);
    const value = await boot.stage('one', () => {
      clock.millis += 7;
      return 'result';
    });
    await boot.stage('two', async () => void (clock.millis += 3));
    assert.equal(value, 'result');
    assert.deepEqual(boot.stages.map(({ name, durationMillis }) => [name, durationMillis]), [['one', 7], ['two', 3]]);
    assert.equal(boot.underWay, null);
  });

  it('ends at the first stage that fails, which is not among those passed', async () => {
    const boot = new SecureBoot(new HandClock());
    await assert.rejects(boot.stage('one', () => Promise.reject(new Error('no'))), /no/);
    assert.deepEqual(boot.stages, []);
    assert.equal(boot.underWay, 'one');
  });

  it('begins no stage after a signal has asked it to stop', async () => {
    let signal: NodeJS.Signals | null = null;
    const boot = new SecureBoot(new HandClock(), () => signal);
    await boot.stage('one', () => void (signal = 'SIGINT'));
    let begun = false;
    await assert.rejects(boot.stage('two', () => void (begun = true)), BootInterrupted);
    assert.equal(begun, false);
  });
});

describe('the measurements of a boot', () => {
  async function measured(stages: readonly (readonly [string, number | null])[], millis = 0): Promise<readonly string[]> {
    const clock = new HandClock();
    const boot = new SecureBoot(clock);
    for (const [name, found] of stages) await boot.stage(name, () => (clock.millis += millis), () => found);
    return boot.stages.map(({ measurement }) => measurement);
  }

  it('are each of everything before', async () => {
    const [one, two] = await measured([['one', 1], ['two', null]]);
    assert.equal(one, extended('', 'one', 1));
    assert.equal(two, extended(one!, 'two', null));
  });

  it('are the same at each start that finds the same, however long it took', async () => {
    assert.deepEqual(await measured([['one', 1], ['two', 2]]), await measured([['one', 1], ['two', 2]], 5));
  });

  it('differ from the stage on that was another, came in another place or was left out', async () => {
    const whole = await measured([['one', 1], ['two', 2], ['three', 3]]);
    const another = await measured([['one', 1], ['two', 9], ['three', 3]]);
    assert.equal(another[0], whole[0]);
    assert.notEqual(another[1], whole[1]);
    assert.notEqual(another[2], whole[2]);
    for (const stages of [[['two', 2], ['one', 1], ['three', 3]], [['one', 1], ['three', 3]]] as const) assert.notEqual((await measured(stages)).at(-1), whole.at(-1));
  });
});
