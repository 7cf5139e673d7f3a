import { Injectable } from '@nestjs/common';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Page, type PageRequest, pageOf } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import { type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { AuditLog } from '../audit-log.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import type { VerificationRun } from '../domain/verification-run.js';
import { VerificationRunRepository } from '../persistence/verification-run.repository.js';

/** What people do with verifications of the whole log: ask for one, and see what became of it. */
@Injectable()
export class VerificationRequests {
  /** @param units of the application's login: it asks, and cannot answer. */
  constructor(
    private readonly units: UnitOfWork,
    private readonly runs: VerificationRunRepository,
    private readonly log: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Queues a verification, or joins the one that is open: two at once would read the same and find the same. */
  request(principal: Principal, idempotent: IdempotentRequest | null): Promise<VerificationRun> {
    return this.units.runOnce(
      principal,
      idempotent,
      async (tx) => {
        const run = await this.queueOrJoin(tx, principal);
        return { resourceId: run.id, value: run, status: 202 };
      },
      async (tx, id) => (await this.runs.find(tx, id))!,
    );
  }

  async get(principal: Principal, id: string): Promise<VerificationRun> {
    const run = await this.units.run(principal, (tx) => this.runs.find(tx, id));
    if (run === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return run;
  }

  async list(principal: Principal, { limit, after }: PageRequest): Promise<Page<VerificationRun>> {
    return pageOf(await this.units.run(principal, (tx) => this.runs.list(tx, after, limit + 1)), limit);
  }

  private async queueOrJoin(tx: Tx, principal: Principal): Promise<VerificationRun> {
    const requestedAt = this.clock.now();
    const mine = { id: this.randomness.uuidv7(requestedAt.getTime()), requestedBy: principal.id, requestedAt };
    let run: VerificationRun | null = null;
    // One that ended between the two statements is not open any more, and the next attempt is not in its way.
    while (run === null) run = (await this.runs.queue(tx, mine)) ?? (await this.runs.open(tx));
    const facts = { joined: run.id !== mine.id };
    await this.log.append(tx, { kind: AUDIT_EVENTS['audit.verify.request'], outcome: 'success', actor: principal, targets: [{ type: 'verification', uid: run.id }], facts });
    return run;
  }
}
