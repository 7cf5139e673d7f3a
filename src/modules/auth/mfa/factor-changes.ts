import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import type { AuditEventKind } from '#pure/audit-event/audit-event.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import type { Factor } from '../domain/factor.js';
import { type LockedPrincipal, PrincipalRepository } from '../persistence/principal.repository.js';
import { SecondFactorRepository } from '../persistence/second-factor.repository.js';
import { UserAccountRepository } from '../persistence/user-account.repository.js';
import { Sessions } from '../sessions.js';
import type { TokenGrant } from '../token-issuer.js';
import { SecondFactors } from './second-factors.js';

/** How old a login may be by which somebody changes what they log in with. */
const FRESH_SECONDS = 300;

/** Who may change their own factors, and how long they then have. */
export interface Changer {
  readonly principal: Principal;
  readonly locked: LockedPrincipal;
  readonly sessionId: string;
}

export interface FactorChange {
  readonly kind: AuditEventKind;
  readonly factor: Factor;
  readonly passkeyId?: string;
  /** RFC 8176: what the change itself has proven; null when it took something away. */
  readonly proven: readonly string[] | null;
}

/**
 * What is common to all changes of one's own second factors. They take a fresh login, and of an account that has a
 * factor one by that: who finds a notebook open, or a token in a log, must not be able to add a factor of their own and
 * lock the person out by it. A one-time password is known to who gave it, who could add a factor that outlives it.
 */
@Injectable()
export class FactorChanges {
  constructor(
    private readonly policy: PolicyDecision,
    private readonly principals: PrincipalRepository,
    private readonly accounts: UserAccountRepository,
    private readonly factors: SecondFactors,
    private readonly rows: SecondFactorRepository,
    private readonly sessions: Sessions,
    private readonly audit: AuditLog,
  ) {}

  /** To be called first in the transaction: the account stays locked. Faults: insufficient-assurance, password-change-required, forbidden for who has no session, or is no person. */
  async begin(tx: Tx, principal: Principal): Promise<Changer> {
    const { sessionId } = principal;
    if (principal.kind !== 'user' || sessionId === null) throw new Fault(REQUEST_FAULTS.forbidden);
    if (principal.mustChangePassword) throw new Fault(REQUEST_FAULTS['password-change-required']);
    const locked = await this.principals.lock(tx, principal.id, 'update');
    if (locked?.status !== 'active') throw new Fault(REQUEST_FAULTS.unauthenticated);
    const standing = await this.factors.of(tx, principal.id);
    this.policy.requireFreshLogin(principal, standing.length > 0 ? 'aal2' : 'aal1', FRESH_SECONDS);
    return { principal, locked, sessionId };
  }

  /**
   * After the rows were changed. Every other session ends, and every token of before: the session that asked goes on by what
   * this gives, and stronger by what the change has proven. Fault: longer-password-required, where the password was taken
   * for as short as it is because of the factor that goes.
   */
  async finish(tx: Tx, { principal, locked, sessionId }: Changer, { kind, factor, passkeyId, proven }: FactorChange): Promise<TokenGrant> {
    await this.rows.note(tx, principal.id);
    await this.requirePasswordAlone(tx, principal.id);
    const epoch = await this.principals.bumpEpoch(tx, principal.id);
    const sessionsEnded = await this.sessions.revokeAll(tx, principal.id, sessionId);
    const renewed = await this.sessions.renew(tx, { ...locked, epoch }, sessionId);
    const raised = proven === null || renewed === null ? renewed : await this.sessions.raise(tx, { ...locked, epoch }, sessionId, { assurance: 'aal2', methods: proven });
    // A logout that committed first.
    if (renewed === null || raised === null) throw new Fault(REQUEST_FAULTS.unauthenticated);
    await this.audit.append(tx, {
      kind,
      outcome: 'success',
      actor: principal,
      targets: [{ type: 'user', uid: principal.id }, ...(passkeyId === undefined ? [] : [{ type: 'passkey', uid: passkeyId }])],
      facts: { factor, sessionsEnded },
    });
    return { ...raised, refreshToken: renewed.refreshToken };
  }

  private async requirePasswordAlone(tx: Tx, principalId: string): Promise<void> {
    if ((await this.factors.of(tx, principalId)).length > 0) return;
    if (await this.accounts.hasShortPassword(tx, principalId)) throw new Fault(AUTH_FAULTS['longer-password-required']);
  }
}
