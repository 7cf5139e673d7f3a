import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HandClock } from '../../test/harness/hand-clock.js';
import { BootInterrupted, SecureBoot } from './secure-boot.js';

describe('the boot', () => {
  it('takes its steps in order and keeps how long each took', async () => {
    const clock = new HandClock();
    const boot = new SecureBoot(clock);
    const value = await boot.step('one', () => {
      clock.millis += 7;
      return 'result';
    });
    await boot.step('two', async () => void (clock.millis += 3));
    assert.equal(value, 'result');
    assert.deepEqual(boot.record.steps, [{ name: 'one', durationMillis: 7 }, { name: 'two', durationMillis: 3 }]);
  });

  it('ends at the first step that fails, which is not among those done', async () => {
    const boot = new SecureBoot(new HandClock());
    await assert.rejects(boot.step('one', () => Promise.reject(new Error('no'))), /no/);
    assert.deepEqual(boot.record.steps, []);
  });

  it('begins no step after a signal has asked it to stop', async () => {
    let signal: NodeJS.Signals | null = null;
    const boot = new SecureBoot(new HandClock(), () => signal);
    await boot.step('one', () => void (signal = 'SIGINT'));
    let begun = false;
    await assert.rejects(boot.step('two', () => void (begun = true)), BootInterrupted);
    assert.equal(begun, false);
  });
});
