/**
 * Four eyes: a deed that takes a second person. An approval authorises and does not execute: the deed is refused with
 * `ApprovalNeeded`, somebody else approves what was asked, and whoever asked sends the identical request again.
 */

/** One request as an approval covers it: nothing that decides what is done is left out. */
export interface ApprovableRequest {
  /** As the router saw it: of the Vault dialect's two ways to write, POST. */
  readonly method: string;
  /** `DELETE /v1/transit/keys/:name`: method and route pattern. */
  readonly route: string;
  /** The path as it was sent, escapes and all: another spelling of one resource is another request. */
  readonly path: string;
  /** The query as it was sent, from its question mark on; empty without one. */
  readonly query: string;
  /** SHA-256 of the body's bytes, 64 hex digits; of nothing when there was no body. */
  readonly bodyDigest: string;
  /** The header `Approval-Id`; null without one. */
  readonly approvalId: string | null;
}

/** What an approval is asked for. The requester's rights to do it were checked before. */
export interface ApprovalNeed {
  /** `keys:export`: who approves must have it there too. */
  readonly permission: `${string}:${string}`;
  /** Null: global. */
  readonly projectId: string | null;
  /**
   * What the deed is done to, as it was read in the deed's transaction. An approval of one version does not fit the
   * next; null for what has no versions.
   */
  readonly target: { readonly type: string; readonly uid: string; readonly version: number | null };
  /**
   * What would happen, for whoever approves: one sentence, of which 500 characters are shown. The approval is for this
   * sentence too, so it says the same each time: ids and versions, no instants. Never a secret.
   */
  readonly summary: string;
  /** Needed whatever the project's or the installation's settings are. */
  readonly always?: boolean;
}

/**
 * The deed waits for a second person. Thrown inside its transaction, which it takes back; the request is answered with
 * the approval that has to be decided. Not a fault: nothing was refused.
 */
export class ApprovalNeeded extends Error {
  override readonly name = 'ApprovalNeeded';

  constructor(readonly need: ApprovalNeed) {
    super(`an approval is needed: ${need.permission}`);
  }
}
