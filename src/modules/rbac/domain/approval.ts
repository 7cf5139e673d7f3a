import type { ApprovableRequest, ApprovalNeed } from '#pure/approval/approval.js';
import { canonicalJsonBytes } from '#pure/canonical-json/canonical-json.js';
import { sha256 } from '#pure/digest/digest.js';

export const APPROVAL_STATES = ['pending', 'approved', 'rejected', 'withdrawn', 'used', 'expired'] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/** What can happen to one; `expire` by itself. */
export type ApprovalMove = 'approve' | 'reject' | 'withdraw' | 'use' | 'expire';

/** Everything that is not in it is refused: what was decided once is not decided again. */
const MOVES: Readonly<Record<ApprovalState, Readonly<Partial<Record<ApprovalMove, ApprovalState>>>>> = {
  pending: { approve: 'approved', reject: 'rejected', withdraw: 'withdrawn', expire: 'expired' },
  approved: { use: 'used', expire: 'expired' },
  rejected: {},
  withdrawn: {},
  used: {},
  expired: {},
};

/** Where the move leads, or null where it is not open. */
export function moved(state: ApprovalState, move: ApprovalMove): ApprovalState | null {
  return MOVES[state][move] ?? null;
}

/** From the request to the last instant at which it can be used: who decides late leaves less time to use it. */
export const APPROVAL_LIFETIME_MILLIS = 24 * 3600 * 1000;

/** Of one requester, waiting at once: more than anybody decides about, and few enough to be read through. */
export const APPROVALS_PENDING_MAX = 20;

export const SUMMARY_CHARACTERS_MAX = 500;

/** One deed that waits, or waited, for a second person. Of the request itself only the hash is kept. */
export interface Approval {
  readonly id: string;
  readonly requesterId: string;
  /** Method and pattern: what somebody reads to know what kind of request it is. */
  readonly route: string;
  readonly permission: `${string}:${string}`;
  /** Null: global. */
  readonly projectId: string | null;
  readonly target: ApprovalNeed['target'];
  readonly summary: string;
  readonly state: ApprovalState;
  readonly createdAt: Date;
  /** Not used before this instant, it is never used. */
  readonly expiresAt: Date;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  /** Why it was rejected. */
  readonly reason: string | null;
  readonly usedAt: Date | null;
}

/** What is stored may lag: nothing has to run for an approval to end. */
export function stateAt({ state, expiresAt }: Pick<Approval, 'state' | 'expiresAt'>, nowMillis: number): ApprovalState {
  return nowMillis < expiresAt.getTime() ? state : (moved(state, 'expire') ?? state);
}

/**
 * What an approval is about, in 32 bytes: who asks, the request to the last byte, what it would be done to, and what
 * the approver read of it. Two requests that could do different things have two hashes. A name for the whole keeps hashes of another kind of
 * record from being one of these.
 */
export function approvalHash(requesterId: string, { method, route, path, query, bodyDigest }: Omit<ApprovableRequest, 'approvalId'>, { permission, projectId, target, summary }: ApprovalNeed): Buffer {
  const { type, uid, version } = target;
  return sha256(canonicalJsonBytes({ kind: 'quantonium-approval-1', requesterId, method, route, path, query, bodyDigest, permission, projectId, target: { type, uid, version }, summary }));
}

/** A summary is written by code, and names in it are chosen by people: of those, no more than fits. */
export function shortened(summary: string): string {
  const characters = [...summary];
  return characters.length <= SUMMARY_CHARACTERS_MAX ? summary : `${characters.slice(0, SUMMARY_CHARACTERS_MAX - 1).join('')}…`;
}
