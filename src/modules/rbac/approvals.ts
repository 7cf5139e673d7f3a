import { Injectable } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import type { ApprovableRequest, ApprovalNeed } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';

/** Four eyes, asked inside the transaction of the deed. */
@Injectable()
export class Approvals {
  /**
   * To be called in the deed's transaction, after its rights were checked and before it changes anything. Returns when
   * the deed needs no approval, or when `request` presents one that was approved for exactly this, which it uses up in
   * this transaction. Throws `ApprovalNeeded` otherwise. `request` is null for what did not come as a request.
   */
  require(tx: Tx, principal: Principal, request: ApprovableRequest | null, need: ApprovalNeed): Promise<void> {
    void [tx, principal, request, need];
    return Promise.reject(new Fault(REQUEST_FAULTS['approval-unavailable']));
  }
}
