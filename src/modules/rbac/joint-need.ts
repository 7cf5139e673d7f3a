import type { ApprovableRequest, ApprovalNeed } from '#pure/approval/approval.js';
import { SUMMARY_CHARACTERS_MAX } from './domain/approval.js';

/**
 * What the parts of one request ask for. A request presents one approval, so they are gathered where each would have been
 * asked for, and asked for once at the end of its transaction.
 */
export class JointNeed {
  readonly #parts: ApprovalNeed[] = [];

  constructor(readonly request: ApprovableRequest | null) {}

  add(need: ApprovalNeed): void {
    this.#parts.push(need);
  }

  /**
   * One sentence for all of them, about `target`; null when no part asks. Who approves must have the graver right
   * wherever any part is. Undefined: more than an approver would be shown.
   */
  whole(target: ApprovalNeed['target']): ApprovalNeed | null | undefined {
    const parts = this.#parts;
    if (parts.length < 2) return parts[0] ?? null;
    const summary = parts.map((each) => each.summary).join('; ');
    if ([...summary].length > SUMMARY_CHARACTERS_MAX) return undefined;
    const graver = parts.find(({ permission }) => permission === GRAVER) ?? parts[0]!;
    const projectId = parts.some((each) => each.projectId === null) ? null : graver.projectId;
    return { permission: graver.permission, projectId, target, summary, always: parts.some(({ always }) => always === true) };
  }
}

const GRAVER: ApprovalNeed['permission'] = 'roles:bind';

/** A request, or a part of one; null for what did not come as a request. */
export type Approvable = ApprovableRequest | JointNeed | null;
