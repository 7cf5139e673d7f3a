import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LEASE_SECONDS, LEASE_SECONDS_MAX, pathOf, renewedUntil } from './vault-token.js';

const END = LEASE_SECONDS_MAX * 1000;

describe('a renewal', () => {
  const rows: readonly (readonly [say: string, now: number, increment: number | undefined, until: number, curtailed: boolean])[] = [
    ['extends by one lease when it asks for nothing', 1000, undefined, 1000 + LEASE_SECONDS * 1000, false],
    ['reads an increment of 0 as none', 1000, 0, 1000 + LEASE_SECONDS * 1000, false],
    ['extends by what is asked for', 1000, 60, 61_000, false],
    ['extends by more than one lease', 0, 5 * LEASE_SECONDS, 5 * LEASE_SECONDS * 1000, false],
    ['ends with the token, exactly', 0, LEASE_SECONDS_MAX, END, false],
    ['is curtailed beyond it, and says so', 1, LEASE_SECONDS_MAX, END, true],
    ['is curtailed a second before it', END - 1000, undefined, END, true],
  ];
  for (const [say, now, increment, untilMillis, curtailed] of rows) it(say, () => assert.deepEqual(renewedUntil(now, END, increment), { untilMillis, curtailed }));
});

it('a token is told by the path of its login', () => {
  assert.equal(pathOf({ method: 'approle', name: 'nightly' }), 'auth/approle/login');
  assert.equal(pathOf({ method: 'userpass', name: 'alice' }), 'auth/userpass/login/alice');
  assert.equal(pathOf({ method: null, name: 'alice' }), 'auth/login');
});
