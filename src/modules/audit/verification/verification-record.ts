import { Inject, Injectable } from '@nestjs/common';
import { onCommit, type Tx } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AuditLog } from '../audit-log.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import { AUDIT_METRICS } from '../domain/audit.metrics.js';
import { MismatchRepository } from '../persistence/mismatch.repository.js';
import type { Mismatch, Verification } from './findings.js';

const VERIFIER = systemPrincipal('ledger-verifier');

/**
 * Tells the ledger what verifications found. What is known already is told again by full ones alone: a slice meets a
 * changed row in every round, and would fill the log with it.
 */
@Injectable()
export class VerificationRecord {
  constructor(
    private readonly mismatches: MismatchRepository,
    @Inject(AuditLog) private readonly log: Pick<AuditLog, 'append'>,
    private readonly metrics: Metrics,
  ) {}

  /** Returns how many of its findings were new. */
  async slice(tx: Tx, verification: Verification): Promise<number> {
    if (verification.mismatches.length === 0) return 0;
    const fresh = await this.mismatches.add(tx, verification.mismatches);
    if (fresh.length > 0) await this.fail(tx, verification.size, fresh, []);
    return fresh.length;
  }

  /** The result of a verification of the whole log. What it did not find again is forgotten, and new when it comes back. */
  async full(tx: Tx, id: string, { size, mismatches }: Verification): Promise<void> {
    await this.mismatches.forgetOthers(tx, mismatches);
    await this.mismatches.add(tx, mismatches);
    const targets = [{ type: 'verification', uid: id }];
    if (mismatches.length > 0) await this.fail(tx, size, mismatches, targets);
    else await this.log.append(tx, { kind: AUDIT_EVENTS['audit.verify.complete'], outcome: 'success', actor: VERIFIER, targets, facts: { size } });
  }

  private async fail(tx: Tx, size: number, mismatches: readonly Mismatch[], targets: readonly { type: string; uid: string }[]): Promise<void> {
    // Named by the first that can be named: a leaf and its entry rather than a tile above them.
    const first = mismatches.find(({ entryId }) => entryId !== null) ?? mismatches[0]!;
    const facts = {
      size,
      mismatches: mismatches.length,
      first: first.sentence,
      ...(first.index === null ? {} : { index: first.index }),
      ...(first.entryId === null ? {} : { entryId: first.entryId }),
    };
    await this.log.append(tx, { kind: AUDIT_EVENTS['audit.verify.fail'], outcome: 'failure', actor: VERIFIER, targets, facts });
    onCommit(tx, () => this.metrics.increment(AUDIT_METRICS.audit_verification_failures_total, {}, mismatches.length));
  }
}
