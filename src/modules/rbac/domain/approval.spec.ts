import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ApprovableRequest, ApprovalNeed } from '#pure/approval/approval.js';
import { APPROVAL_STATES, approvalHash, type ApprovalMove, type ApprovalState, moved, shortened, stateAt, SUMMARY_CHARACTERS_MAX } from './approval.js';

const MOVES: readonly ApprovalMove[] = ['approve', 'reject', 'withdraw', 'use', 'expire'];
/** Said a second time, in another order: by the move and not by the state. */
const OPEN: Readonly<Record<ApprovalMove, Partial<Record<ApprovalState, ApprovalState>>>> = {
  approve: { pending: 'approved' },
  reject: { pending: 'rejected' },
  withdraw: { pending: 'withdrawn' },
  use: { approved: 'used' },
  expire: { pending: 'expired', approved: 'expired' },
};

describe('an approval', () => {
  for (const move of MOVES) {
    it(`can ${move} from ${Object.keys(OPEN[move]).join(' and ')}, and from nowhere else`, () => {
      for (const state of APPROVAL_STATES) assert.equal(moved(state, move), OPEN[move][state] ?? null, state);
    });
  }

  it('ends at its instant, whatever is stored, unless it was decided or used before', () => {
    const expiresAt = new Date(1000);
    assert.deepEqual([stateAt({ state: 'approved', expiresAt }, 999), stateAt({ state: 'approved', expiresAt }, 1000), stateAt({ state: 'pending', expiresAt }, 1000)], ['approved', 'expired', 'expired']);
    for (const state of ['rejected', 'withdrawn', 'used'] as const) assert.equal(stateAt({ state, expiresAt }, 2000), state);
  });

  it('shows no more of a summary than it has room for, and no half of a character', () => {
    assert.equal(shortened('Export the key'), 'Export the key');
    const long = shortened('🔑'.repeat(SUMMARY_CHARACTERS_MAX + 1));
    assert.deepEqual([[...long].length, long.at(-1), long.isWellFormed()], [SUMMARY_CHARACTERS_MAX, '…', true]);
  });
});

describe('what an approval covers', () => {
  const request: ApprovableRequest = { method: 'POST', route: 'POST /v1/a/:b', path: '/v1/a/b', query: '', bodyDigest: 'aa', approvalId: null };
  const need: ApprovalNeed = { permission: 'keys:export', projectId: null, target: { type: 'key', uid: 'k', version: 1 }, summary: 'Do it' };
  const hash = (asked: Partial<ApprovableRequest> = {}, needed: Partial<ApprovalNeed> = {}, requester = 'ann'): string => approvalHash(requester, { ...request, ...asked }, { ...need, ...needed }).toString('hex');

  const others: readonly (readonly [string, string])[] = [
    ['requester', hash({}, {}, 'bob')],
    ['method', hash({ method: 'PUT' })],
    ['route', hash({ route: 'POST /v1/a/:c' })],
    ['path', hash({ path: '/v1/a/B' })],
    ['query', hash({ query: '?' })],
    ['body', hash({ bodyDigest: 'ab' })],
    ['permission', hash({}, { permission: 'keys:delete' })],
    ['project', hash({}, { projectId: 'p' })],
    ['kind of target', hash({}, { target: { ...need.target, type: 'project' } })],
    ['target', hash({}, { target: { ...need.target, uid: 'l' } })],
    ['version of the target', hash({}, { target: { ...need.target, version: 2 } })],
    ['target without versions', hash({}, { target: { ...need.target, version: null } })],
    ['sentence that was read', hash({}, { summary: 'Do something else' })],
    ['boundary between two members', hash({ path: '/v1/a/b?', query: '' })],
  ];
  for (const [what, other] of others) it(`is another with another ${what}`, () => assert.notEqual(other, hash()));

  it('is the same whatever approval is presented with it, and whether it is needed always', () => {
    assert.equal(hash({ approvalId: 'x' }, { always: true }), hash());
  });
});
