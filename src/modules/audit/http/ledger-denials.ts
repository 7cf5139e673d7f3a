import { Injectable } from '@nestjs/common';
import { AUDIT_EVENTS, AuditLog } from '#modules/audit/index.js';
import { type Denial, DenialRecorder } from '#platform/http/ports.js';

/** The pipeline's refusals as entries of the ledger: guards run where no interceptor would see them. */
@Injectable()
export class LedgerDenials extends DenialRecorder {
  constructor(private readonly log: AuditLog) {
    super();
  }

  override record({ route, code, status, principal, permission }: Denial): Promise<void> {
    const facts = { faultCode: code, status, ...(permission === null ? {} : { permission }) };
    return this.log.recordDenial({ kind: AUDIT_EVENTS['access.denied'], outcome: 'denied', actor: principal, facts }, route);
  }
}
