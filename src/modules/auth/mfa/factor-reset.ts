import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision, RoleBindings } from '#modules/rbac/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { AccountProtection } from '../account-protection.js';
import { userAttributes } from '../domain/account.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { PrincipalRepository } from '../persistence/principal.repository.js';
import { SecondFactorRepository } from '../persistence/second-factor.repository.js';
import { UserAccountRepository } from '../persistence/user-account.repository.js';
import { Sessions } from '../sessions.js';

/** Takes the second factors of a person who has lost them all, by somebody who has made sure that it is that person. */
@Injectable()
export class FactorReset {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly bindings: RoleBindings,
    private readonly protection: AccountProtection,
    private readonly principals: PrincipalRepository,
    private readonly accounts: UserAccountRepository,
    private readonly rows: SecondFactorRepository,
    private readonly sessions: Sessions,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Of an account that may do no more than who asks, and of one that decides what others may do by an owner alone: what
   * stands between a password and its rights is worth as much as they are. Who reset it does not approve what it asks for,
   * for seven days. A password that was taken for short beside a factor is good for setting a longer one alone. Faults:
   * forbidden, not-found, own-account, no-second-factor, account-protected, and those of granting the account's roles.
   */
  async reset(principal: Principal, id: string): Promise<void> {
    const known = await this.uow.run(principal, (tx) => this.accounts.find(tx, id));
    await this.policy.requireFound(principal, AUTH_PERMISSIONS['users:reset-mfa'], null, known === null ? {} : userAttributes(known));
    if (id === principal.id) throw new Fault(AUTH_FAULTS['own-account']);
    await this.uow.run(principal, async (tx) => {
      await this.bindings.requireAuthorityOver(tx, principal, id);
      await this.protection.requireAuthorityOver(tx, principal, id);
      const locked = await this.principals.lock(tx, id, 'update');
      if (locked?.kind !== 'user') throw new Fault(REQUEST_FAULTS['not-found']);
      const removed = await this.rows.removeAll(tx, id);
      if (removed === 0) throw new Fault(AUTH_FAULTS['no-second-factor']);
      if (await this.accounts.hasShortPassword(tx, id)) await this.accounts.requireChange(tx, id);
      await this.accounts.noteReset(tx, id, principal.id, this.clock.now());
      await this.principals.bumpEpoch(tx, id);
      const sessionsEnded = await this.sessions.revokeAll(tx, id);
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.mfa.reset'], outcome: 'success', actor: principal, targets: [{ type: 'user', uid: id }], facts: { removed, sessionsEnded } });
    });
  }
}
