import { DIALECTS, type Dialect } from './dialect-renderers.js';
import type { WaitingApproval } from './ports.js';

/** How a request is answered that was not done yet, since it takes a second person. */
export interface WaitingAnswer {
  readonly status: number;
  readonly body: object;
}

/**
 * 202 with the approval, where its status can be asked for (RFC 9110 §15.3.3). Vault's clients take every success for
 * the deed itself, so theirs is the refusal that they know, with the way on as a warning.
 */
export function waitingAnswer(dialect: Dialect, { id, shown }: WaitingApproval): WaitingAnswer {
  if (dialect !== DIALECTS.vault) return { status: 202, body: shown };
  const waits = `This waits for a second person: the approval ${id}.`;
  return { status: 403, body: { errors: ['permission denied', waits], warnings: [`${waits} Once /v1/approvals/${id} is approved, repeat the identical request with the header Approval-Id: ${id}`] } };
}

export const approvalLocation = (id: string): string => `/v1/approvals/${id}`;
