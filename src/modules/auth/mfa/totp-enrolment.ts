import { Injectable } from '@nestjs/common';
import { PolicyDecision } from '#modules/rbac/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { base32, otpauthUri, TOTP_SECRET_BYTES } from '../domain/totp.js';
import { TotpRepository } from '../persistence/totp.repository.js';
import { UserAccountRepository } from '../persistence/user-account.repository.js';
import { type IssuedToken, type TokenGrant, TokenIssuer } from '../token-issuer.js';
import { FactorChanges } from './factor-changes.js';
import { FactorProofs } from './factor-proofs.js';
import { factorRefusal } from './second-factor-login.js';

/** Shown once: what the person's application makes codes from. */
export interface NewTotp {
  /** Base 32, to be typed. */
  readonly secret: string;
  /** The same, for a QR code. */
  readonly uri: string;
}

const ISSUER = 'Quantonium';

/** One's own generator of codes: made, and enrolled once a code of it was shown. */
@Injectable()
export class TotpEnrolment {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly changes: FactorChanges,
    private readonly proofs: FactorProofs,
    private readonly rows: TotpRepository,
    private readonly accounts: UserAccountRepository,
    private readonly issuer: TokenIssuer,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Faults: those of FactorChanges, totp-exists. Until it is confirmed nothing is enrolled; begun again, it is another one. */
  async begin(principal: Principal): Promise<NewTotp> {
    await this.policy.require(principal, AUTH_PERMISSIONS['account:update'], null);
    const secret = this.randomness.bytes(TOTP_SECRET_BYTES);
    try {
      const sealed = this.proofs.seal(principal.id, secret);
      const username = await this.uow.run(principal, async (tx) => {
        await this.changes.begin(tx, principal);
        const account = await this.accounts.credentialOf(tx, principal.id);
        if (account === null) throw new Fault(REQUEST_FAULTS.forbidden);
        if (!(await this.rows.begin(tx, principal.id, sealed, this.clock.now()))) throw new Fault(AUTH_FAULTS['totp-exists']);
        return account.username;
      });
      const text = base32(secret);
      return { secret: text, uri: otpauthUri(ISSUER, username, text) };
    } finally {
      secret.fill(0);
    }
  }

  /** The code is used up by it. Faults: those of FactorChanges, enrolment-refused, too-many-codes. */
  async confirm(principal: Principal, code: string): Promise<IssuedToken> {
    await this.policy.require(principal, AUTH_PERMISSIONS['account:update'], null);
    const outcome = await this.uow.run(principal, (tx) => this.confirmIn(tx, principal, code));
    if (outcome instanceof Fault) throw outcome;
    return this.issuer.issue(outcome);
  }

  /** Faults: those of FactorChanges, not-found. */
  async remove(principal: Principal): Promise<IssuedToken> {
    await this.policy.require(principal, AUTH_PERMISSIONS['account:update'], null);
    const grant = await this.uow.run(principal, async (tx) => {
      const changer = await this.changes.begin(tx, principal);
      if (!(await this.rows.remove(tx, principal.id))) throw new Fault(REQUEST_FAULTS['not-found']);
      return this.changes.finish(tx, changer, { kind: AUTH_EVENTS['auth.mfa.remove'], factor: 'totp', proven: null });
    });
    return this.issuer.issue(grant);
  }

  /** A refusal is given back and not thrown: that the code was wrong must be counted. */
  private async confirmIn(tx: Tx, principal: Principal, code: string): Promise<TokenGrant | Fault> {
    const changer = await this.changes.begin(tx, principal);
    const acceptance = await this.proofs.acceptCode(tx, principal.id, code, true);
    if (!acceptance.accepted) return acceptance.waitSeconds > 0 ? factorRefusal(acceptance.waitSeconds) : new Fault(AUTH_FAULTS['enrolment-refused']);
    await this.rows.confirm(tx, principal.id, this.clock.now());
    return this.changes.finish(tx, changer, { kind: AUTH_EVENTS['auth.mfa.enrol'], factor: 'totp', proven: ['pwd', ...acceptance.methods, 'mfa'] });
  }
}
