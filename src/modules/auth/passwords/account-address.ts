import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Keyring } from '#modules/crypto/index.js';
import { PolicyDecision, RoleBindings } from '#modules/rbac/index.js';
import { Config } from '#platform/config/config.js';
import { type ExpectedVersion, requireVersion } from '#platform/database/expected-version.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { LETTER_SEAL, letterOrder } from '#platform/outbox/letter.js';
import { Outbox } from '#platform/outbox/outbox.js';
import { OutboxRows } from '#platform/outbox/outbox-rows.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { AccountProtection } from '../account-protection.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { FactorChanges } from '../mfa/factor-changes.js';
import { addressLetter } from '../one-time-link.js';
import { PasswordResetRepository } from '../persistence/password-reset.repository.js';
import { PrincipalRepository } from '../persistence/principal.repository.js';
import { UserAccountRepository } from '../persistence/user-account.repository.js';
import { accountLetters } from './reset-links.js';

/**
 * Where links to an account go. Whoever moves the address can have the password set anew by it: so it takes of its holder
 * what a change of their factors takes, and of others what giving them such a link takes. The links of before are void, also
 * those that still wait to be mailed, and the address of before is told.
 */
@Injectable()
export class AccountAddress {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly bindings: RoleBindings,
    private readonly protection: AccountProtection,
    private readonly changes: FactorChanges,
    private readonly principals: PrincipalRepository,
    private readonly accounts: UserAccountRepository,
    private readonly resets: PasswordResetRepository,
    private readonly outbox: Outbox,
    private readonly outboxRows: OutboxRows,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** Null for nowhere, and for a program. */
  async own(principal: Principal): Promise<string | null> {
    await this.policy.require(principal, AUTH_PERMISSIONS['account:read'], null);
    return this.uow.run(principal, (tx) => this.accounts.emailOf(tx, principal.id));
  }

  /** By a fresh login, and one at aal2 where the account has a second factor. Faults: those of `FactorChanges.begin`. */
  async changeOwn(principal: Principal, email: string | null): Promise<void> {
    await this.policy.require(principal, AUTH_PERMISSIONS['account:update'], null);
    await this.uow.run(principal, async (tx) => {
      await this.changes.begin(tx, principal);
      await this.replace(tx, principal, principal.id, email);
    });
  }

  /** Remembered as a reset is. Faults: not-found, own-account, account-erased, account-protected, precondition-failed, and those of granting the account's roles. */
  async change(principal: Principal, targetId: string, expected: ExpectedVersion, email: string | null): Promise<void> {
    await this.policy.require(principal, AUTH_PERMISSIONS['users:reset-password'], null);
    // One's own takes a fresh login, whatever else one may do.
    if (targetId === principal.id) throw new Fault(AUTH_FAULTS['own-account']);
    await this.uow.run(principal, async (tx) => {
      await this.bindings.requireStill(tx, principal, AUTH_PERMISSIONS['users:reset-password']);
      const locked = await this.principals.lock(tx, targetId, 'update');
      if (locked?.kind !== 'user') throw new Fault(REQUEST_FAULTS['not-found']);
      if (locked.erased) throw new Fault(AUTH_FAULTS['account-erased']);
      await this.protection.requireAuthorityOver(tx, principal, targetId);
      await this.bindings.requireAuthorityOver(tx, principal, targetId);
      requireVersion(locked, expected);
      await this.accounts.noteReset(tx, targetId, principal.id, this.clock.now());
      await this.replace(tx, principal, targetId, email);
    });
  }

  /** The account is locked: no link is made for the address of before meanwhile. */
  private async replace(tx: Tx, principal: Principal, id: string, email: string | null): Promise<void> {
    const before = await this.accounts.emailOf(tx, id);
    await this.accounts.setEmail(tx, id, email);
    await this.principals.touch(tx, id);
    await this.resets.removeOf(tx, id);
    await this.outboxRows.forget(tx, accountLetters(id));
    const isTold = before !== null && before !== email && this.config.alerting.email !== null;
    if (isTold) await this.outbox.enqueue(tx, letterOrder(this.keyring.sealer(LETTER_SEAL), accountLetters(id), addressLetter(before, new URL(this.config.http.publicUrl).host)));
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.user.address'],
      outcome: 'success',
      actor: principal,
      targets: [{ type: 'user', uid: id }],
      facts: { before: before === null ? 'none' : 'set', now: email === null ? 'none' : 'set', told: isTold },
    });
  }
}
