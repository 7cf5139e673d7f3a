import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ALERT_DEEDS, ALERT_STATUSES, type AlertChange, type AlertDeed, type AlertStatus, isSuppressed, isTold, moved } from './alert.js';
import { groupKeyOf } from './finding.js';

const NOON = new Date(Date.UTC(2026, 10, 22, 12));
const LATER = new Date(NOON.getTime() + 60_000);
const alert = (status: AlertStatus, over: Partial<AlertChange> = {}): AlertChange => ({ status, suppressedUntil: null, resolvedAt: status === 'resolved' ? NOON : null, reopened: 0, ...over });

/** The whole machine once more, as a table of who may go where. */
const TABLE: Readonly<Record<AlertDeed, Readonly<Partial<Record<AlertStatus, AlertStatus>>>>> = {
  acknowledge: { open: 'acknowledged' },
  resolve: { open: 'resolved', acknowledged: 'resolved' },
  reopen: { acknowledged: 'open', resolved: 'open' },
  suppress: { open: 'open', acknowledged: 'acknowledged' },
  unsuppress: {},
};

describe('an alert', () => {
  for (const deed of ALERT_DEEDS) {
    for (const status of ALERT_STATUSES) {
      const to = TABLE[deed][status];
      it(`${to === undefined ? 'refuses to' : 'lets people'} ${deed} it when it is ${status}`, () => assert.equal(moved(alert(status), deed, NOON, LATER)?.status, to));
    }
  }

  it('has an instant of resolution exactly while it is resolved', () => {
    for (const deed of ALERT_DEEDS) {
      for (const status of ALERT_STATUSES) {
        const after = moved(alert(status, { suppressedUntil: LATER }), deed, NOON, LATER);
        if (after !== null) assert.equal(after.resolvedAt !== null, after.status === 'resolved', `${deed} ${status}`);
      }
    }
  });

  it('counts how often it was opened again', () => assert.equal(moved(alert('resolved', { reopened: 2 }), 'reopen', NOON)?.reopened, 3));

  it('is silent until the time that was said, and not at it', () => {
    const silenced = moved(alert('open'), 'suppress', NOON, LATER)!;
    assert.deepEqual([isSuppressed(silenced, LATER.getTime() - 1), isSuppressed(silenced, LATER.getTime())], [true, false]);
  });

  it('can be given its voice back, also when it is resolved, and only while it is silent', () => {
    for (const status of ALERT_STATUSES) {
      assert.equal(moved(alert(status, { suppressedUntil: LATER }), 'unsuppress', NOON)?.suppressedUntil, null);
      assert.equal(moved(alert(status, { suppressedUntil: NOON }), 'unsuppress', NOON), null);
    }
  });

  it('silences its rule and not the people', () => {
    const silenced = alert('open', { suppressedUntil: LATER });
    assert.deepEqual((['raise', 'reopen', 'resolve'] as const).map((step) => isTold(step, silenced, 'rule', NOON.getTime())), [false, false, false]);
    assert.deepEqual((['reopen', 'resolve'] as const).map((step) => isTold(step, silenced, 'person', NOON.getTime())), [true, true]);
    assert.deepEqual((['acknowledge', 'suppress', 'unsuppress'] as const).map((step) => isTold(step, alert('open'), 'person', NOON.getTime())), [false, false, false]);
    assert.equal(isTold('raise', alert('open'), 'rule', NOON.getTime()), true);
  });

  it('is the same for the same group, in whatever order its fields stand', () => {
    assert.equal(groupKeyOf({ group: { a: '1', b: '2' } }), groupKeyOf({ group: { b: '2', a: '1' } }));
    assert.notEqual(groupKeyOf({ group: { a: '1,b' } }), groupKeyOf({ group: { a: '1', b: '' } }));
  });
});
