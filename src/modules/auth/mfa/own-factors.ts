import { Injectable } from '@nestjs/common';
import { PolicyDecision } from '#modules/rbac/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import type { Factor } from '../domain/factor.js';
import type { Passkey } from '../domain/passkey.js';
import { PasskeyRepository } from '../persistence/passkey.repository.js';
import { RecoveryCodeRepository } from '../persistence/recovery-code.repository.js';
import { TotpRepository } from '../persistence/totp.repository.js';
import { SecondFactors } from './second-factors.js';

export interface FactorOverview {
  readonly factors: readonly Factor[];
  /** Since when; null: there is none. */
  readonly totpSince: Date | null;
  readonly passkeys: readonly Passkey[];
  readonly recoveryCodesLeft: number;
}

/** What one has, to look at. */
@Injectable()
export class OwnFactors {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly factors: SecondFactors,
    private readonly passkeys: PasskeyRepository,
    private readonly totp: TotpRepository,
    private readonly codes: RecoveryCodeRepository,
  ) {}

  async overview(principal: Principal): Promise<FactorOverview> {
    await this.policy.require(principal, AUTH_PERMISSIONS['account:read'], null);
    return this.uow.run(principal, async (tx) => {
      const factors = await this.factors.of(tx, principal.id);
      return {
        factors,
        totpSince: (await this.totp.find(tx, principal.id))?.confirmedAt ?? null,
        passkeys: await this.passkeys.list(tx, principal.id),
        recoveryCodesLeft: factors.length === 0 ? 0 : await this.codes.left(tx, principal.id),
      };
    });
  }
}
