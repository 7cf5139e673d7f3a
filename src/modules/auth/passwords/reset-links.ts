import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Keyring } from '#modules/crypto/index.js';
import { PolicyDecision, RoleBindings } from '#modules/rbac/index.js';
import { Config } from '#platform/config/config.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { LETTER_SEAL, letterOrder } from '#platform/outbox/letter.js';
import { Outbox } from '#platform/outbox/outbox.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { AccountProtection } from '../account-protection.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { formatSecret, SECRET_PREFIXES, SECRET_RANDOM_BYTES, secretHash } from '../domain/random-secret.js';
import { linkOf, RESET_LIFETIME_MILLIS, RESET_PAUSE_MILLIS, resetLetter } from '../one-time-link.js';
import { PasswordResetRepository } from '../persistence/password-reset.repository.js';
import { type LockedPrincipal, PrincipalRepository } from '../persistence/principal.repository.js';
import { UserAccountRepository } from '../persistence/user-account.repository.js';

export interface MadeResetLink {
  /** Null: it was mailed to the account's address, and who made it does not see it. */
  readonly link: string | null;
  readonly expiresAt: Date;
}

interface Draft {
  readonly link: string;
  readonly hash: Buffer;
}

const SYSTEM = systemPrincipal('reset-links');
/** Accounts a turn: each is locked until it ends. */
const PER_TURN = 50;

/** Where letters about an account go through, one after another. */
export const accountLetters = (principalId: string): string => `letter:account:${principalId}`;

/** Makes the links by which a password can be set anew: for who administers accounts, and for those who asked themselves. */
@Injectable()
export class ResetLinks {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly bindings: RoleBindings,
    private readonly protection: AccountProtection,
    private readonly rows: PasswordResetRepository,
    private readonly principals: PrincipalRepository,
    private readonly accounts: UserAccountRepository,
    private readonly outbox: Outbox,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly config: Config,
  ) {}

  /**
   * Whoever sees the link could be the account: so nobody makes one for somebody who may do more than they may themselves.
   * Until it is used nothing ends; that it was made is remembered, since who resets an account may not have it approve
   * for them. Faults: not-found, own-account, account-protected, conflict for a disabled account, and those of granting
   * the account's roles.
   */
  async make(principal: Principal, targetId: string): Promise<MadeResetLink> {
    await this.policy.require(principal, AUTH_PERMISSIONS['users:reset-password'], null);
    // One's own is changed by who knows it: a session that somebody left open is not to be made an account.
    if (targetId === principal.id) throw new Fault(AUTH_FAULTS['own-account']);
    const draft = this.draft();
    return this.uow.run(principal, async (tx) => {
      await this.bindings.requireStill(tx, principal, AUTH_PERMISSIONS['users:reset-password']);
      const locked = await this.principals.lock(tx, targetId, 'update');
      if (locked?.kind !== 'user') throw new Fault(REQUEST_FAULTS['not-found']);
      await this.protection.requireAuthorityOver(tx, principal, targetId);
      await this.bindings.requireAuthorityOver(tx, principal, targetId);
      if (locked.status !== 'active') throw new Fault(REQUEST_FAULTS.conflict, { detail: 'The account is disabled.' });
      const expiresAt = await this.put(tx, locked, draft, principal.id);
      await this.accounts.noteReset(tx, targetId, principal.id, this.clock.now());
      const isMailed = await this.mail(tx, targetId, draft, expiresAt);
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.password.reset.link'], outcome: 'success', actor: principal, targets: [{ type: 'user', uid: targetId }], facts: { mailed: isMailed, expiresAtMillis: expiresAt.getTime() } });
      return { link: isMailed ? null : draft.link, expiresAt };
    });
  }

  /** What was asked for at the login: returns how many requests were answered, whether a letter came of them or not. */
  async work(): Promise<number> {
    return this.uow.run(SYSTEM, async (tx) => {
      const { taken, principalIds } = await this.rows.takeRequests(tx, PER_TURN);
      for (const id of principalIds) await this.answer(tx, id);
      return taken;
    });
  }

  /** Only where a letter can go: a link that nobody gets is not made, and one that somebody else made is left. */
  private async answer(tx: Tx, principalId: string): Promise<void> {
    const locked = await this.principals.lock(tx, principalId, 'update');
    const credential = await this.accounts.credentialOf(tx, principalId);
    if (locked?.status !== 'active' || credential === null || credential.sealed) return;
    if (this.config.alerting.email === null || (await this.accounts.emailOf(tx, principalId)) === null) return;
    const standing = await this.rows.of(tx, principalId);
    const now = this.clock.nowMillis();
    if (standing !== null && standing.epoch === locked.epoch && now - standing.createdAt.getTime() < RESET_PAUSE_MILLIS) return;
    const draft = this.draft();
    await this.mail(tx, principalId, draft, await this.put(tx, locked, draft, null));
  }

  private draft(): Draft {
    const secret = formatSecret(SECRET_PREFIXES.passwordReset, this.randomness.bytes(SECRET_RANDOM_BYTES));
    return { link: linkOf(this.config.http.publicUrl, 'password-reset', secret), hash: secretHash(SECRET_PREFIXES.passwordReset, secret)! };
  }

  private async put(tx: Tx, { id, epoch }: LockedPrincipal, { hash }: Draft, madeBy: string | null): Promise<Date> {
    const createdAt = this.clock.now();
    const expiresAt = new Date(createdAt.getTime() + RESET_LIFETIME_MILLIS);
    await this.rows.put(tx, hash, { principalId: id, epoch, madeBy, createdAt, expiresAt });
    return expiresAt;
  }

  private async mail(tx: Tx, principalId: string, { link }: Draft, expiresAt: Date): Promise<boolean> {
    const email = await this.accounts.emailOf(tx, principalId);
    if (email === null || this.config.alerting.email === null) return false;
    const { host } = new URL(this.config.http.publicUrl);
    await this.outbox.enqueue(tx, letterOrder(this.keyring.sealer(LETTER_SEAL), accountLetters(principalId), resetLetter(email, link, { host, expiresAt })));
    return true;
  }
}
