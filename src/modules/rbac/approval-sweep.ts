import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { ApprovalRepository } from './persistence/approval.repository.js';

/** The ledger tells what became of an approval for ever; the list shows it for so long. */
const KEPT_MILLIS = 90 * 24 * 3600 * 1000;
/** Rows a transaction: it takes milliseconds. */
const ROWS_PER_TURN = 1000;

const SYSTEM = systemPrincipal('approval-sweep');

/** Marks approvals whose time is over, and forgets old ones. Nothing decides by it: who asks, asks with the time. */
@Injectable()
export class ApprovalSweep {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly approvals: ApprovalRepository,
    private readonly clock: Clock,
  ) {}

  /** Returns how many rows were marked or went. */
  async sweep(): Promise<number> {
    const now = this.clock.now();
    let total = await this.uow.run(SYSTEM, (tx) => this.approvals.expire(tx, null, now));
    const before = new Date(now.getTime() - KEPT_MILLIS);
    for (let removed = ROWS_PER_TURN; removed >= ROWS_PER_TURN; total += removed) {
      removed = await this.uow.run(SYSTEM, (tx) => this.approvals.prune(tx, before, ROWS_PER_TURN));
    }
    return total;
  }
}
