import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { admit, type AttemptHistory, sourcePrefix, WINDOW_SECONDS } from './login-throttle.js';

const history = (failures: number, lastAttemptAgeSeconds = 0, lastSuccessAgeSeconds: number | null = null): AttemptHistory => ({ failures, lastAttemptAgeSeconds, lastSuccessAgeSeconds });
const NONE = history(0);
const DAY = 24 * 3600;

function waitOf(source: AttemptHistory, account: AttemptHistory): number {
  const admission = admit(source, account);
  return admission.admitted ? 0 : admission.retryAfterSeconds;
}

describe('login throttle', () => {
  it('lets ten attempts through and counts each in both places', () => {
    for (let failures = 0; failures < 10; failures += 1) {
      assert.deepEqual(admit(history(failures), history(failures + 3)), { admitted: true, sourceFailures: failures + 1, accountFailures: failures + 4 });
    }
  });

  it('doubles the wait from the eleventh on, and stops at five minutes', () => {
    assert.deepEqual([10, 11, 12, 13].map((failures) => waitOf(history(failures), NONE)), [1, 2, 4, 8]);
    for (const failures of [19, 30, 1_000, 1_000_000_000]) assert.equal(waitOf(history(failures), NONE), 300);
  });

  it('lets the next attempt through when the wait is over, whatever the count', () => {
    assert.equal(waitOf(history(500, 300), NONE), 0);
    assert.equal(waitOf(history(500, 299.2), NONE), 1);
  });

  it('refuses nobody for the hour that a clock was set back by, and counts on', () => {
    assert.deepEqual(admit(history(500, -3_600), history(500, -3_600)), { admitted: true, sourceFailures: 501, accountFailures: 501 });
    assert.deepEqual(admit(history(501, 0), history(501, 0)), { admitted: false, retryAfterSeconds: 300 });
  });

  it('forgets failures after a quiet quarter of an hour', () => {
    assert.deepEqual(admit(history(500, WINDOW_SECONDS + 1), NONE), { admitted: true, sourceFailures: 1, accountFailures: 1 });
  });

  it('brakes the account for strangers by half a minute at most, whoever failed', () => {
    assert.equal(waitOf(NONE, history(99)), 0);
    assert.equal(waitOf(NONE, history(100)), 1);
    assert.equal(waitOf(NONE, history(100_000)), 30);
  });

  it('never refuses a source that logged in before because of what others do', () => {
    assert.equal(waitOf(history(0, 60, 10 * DAY), history(1_000_000)), 0);
  });

  it('refuses even a known source that itself fails fifty times', () => {
    assert.equal(waitOf(history(49, 0, DAY), NONE), 0);
    assert.equal(waitOf(history(50, 0, DAY), NONE), 1);
  });

  it('does not know a source any more after thirty days', () => {
    assert.equal(waitOf(history(0, 60, 31 * DAY), history(1_000_000)), 30);
    assert.equal(waitOf(history(10, 0, 31 * DAY), NONE), 1);
  });
});

describe('source prefix', () => {
  const prefixes: readonly [string, string][] = [
    ['192.0.2.17', '192.0.2.0/24'],
    ['::ffff:192.0.2.17', '192.0.2.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['password-change', 'password-change'],
  ];
  for (const [address, prefix] of prefixes) it(`is ${prefix} for ${address}`, () => assert.equal(sourcePrefix(address), prefix));
});
