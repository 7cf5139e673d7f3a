import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { formatRecoveryCode, RECOVERY_CODE_RANDOM_BYTES, recoveryCodeHash, RECOVERY_CODES } from '../domain/recovery-code.js';
import { RecoveryCodeRepository } from '../persistence/recovery-code.repository.js';
import { FactorChanges } from './factor-changes.js';
import { SecondFactors } from './second-factors.js';

/** One's own codes for when everything else is lost. */
@Injectable()
export class RecoveryCodes {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly changes: FactorChanges,
    private readonly factors: SecondFactors,
    private readonly rows: RecoveryCodeRepository,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Ten, shown once, in the place of those of before. Faults: those of FactorChanges, no-second-factor. */
  async make(principal: Principal): Promise<readonly string[]> {
    await this.policy.require(principal, AUTH_PERMISSIONS['account:update'], null);
    const codes = Array.from({ length: RECOVERY_CODES }, () => formatRecoveryCode(this.randomness.bytes(RECOVERY_CODE_RANDOM_BYTES)));
    await this.uow.run(principal, async (tx) => {
      await this.changes.begin(tx, principal);
      if ((await this.factors.of(tx, principal.id)).length === 0) throw new Fault(AUTH_FAULTS['no-second-factor']);
      await this.rows.replace(tx, principal.id, codes.map((code) => recoveryCodeHash(code)!), this.clock.now());
      await this.audit.append(tx, {
        kind: AUTH_EVENTS['auth.mfa.recovery-codes.create'],
        outcome: 'success',
        actor: principal,
        targets: [{ type: 'user', uid: principal.id }],
        facts: { codes: codes.length },
      });
    });
    return codes;
  }
}
