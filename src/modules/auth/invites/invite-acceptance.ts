import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PasswordHasher } from '#modules/crypto/index.js';
import { RoleBindings } from '#modules/rbac/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { inviterOf } from '../domain/invite.js';
import { SECRET_PREFIXES, secretHash } from '../domain/random-secret.js';
import { NewAccounts } from '../new-accounts.js';
import { requirePassword } from '../new-password.js';
import { type HeldInvite, InviteRepository } from '../persistence/invite.repository.js';
import { PrincipalRepository } from '../persistence/principal.repository.js';

export interface Acceptance {
  readonly token: string;
  readonly password: string;
}

export interface AcceptedInvite {
  readonly id: string;
  readonly username: string;
}

/** Why an invitation was refused: for the ledger. Whoever brought it only learns that it is not good. */
type Refusal = 'unknown' | 'expired' | 'inviter-gone' | 'beyond-the-inviter' | 'name-taken';

/** Thrown inside the transaction, so that nothing of an acceptance that is refused stays. */
class Refused extends Error {
  constructor(
    readonly reason: Refusal,
    readonly inviteId: string | null,
  ) {
    super(reason);
  }
}

const SYSTEM = systemPrincipal('invite-acceptance');

/** Invitation and password → account with the roles that were promised. It opens no session: the login does. */
@Injectable()
export class InviteAcceptance {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly rows: InviteRepository,
    private readonly principals: PrincipalRepository,
    private readonly accounts: NewAccounts,
    private readonly bindings: RoleBindings,
    private readonly hasher: PasswordHasher,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Faults: link-refused for whatever is wrong with the invitation, password-rejected. */
  async accept({ token, password }: Acceptance): Promise<AcceptedInvite> {
    const hash = secretHash(SECRET_PREFIXES.invite, token);
    try {
      if (hash === null) throw new Refused('unknown', null);
      const known = this.requireGood(await this.uow.run(SYSTEM, (tx) => this.rows.byHash(tx, hash)));
      const { username, displayName, email } = known.invite;
      requirePassword(password, '/password', [username, displayName ?? '', email ?? '']);
      const passwordHash = await this.hasher.hash(password);
      return await this.uow.run(SYSTEM, (tx) => this.take(tx, hash, passwordHash));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      await this.audit.record({
        kind: AUTH_EVENTS['auth.invite.accept.failed'],
        outcome: 'failure',
        actor: null,
        ...(error.inviteId === null ? {} : { targets: [{ type: 'invite', uid: error.inviteId }] }),
        facts: { reason: error.reason },
      });
      throw Fault.at(AUTH_FAULTS['link-refused'], '/token', 'refused', 'an invitation that was not used, taken back or left to expire');
    }
  }

  private requireGood(held: HeldInvite | null): HeldInvite {
    if (held === null) throw new Refused('unknown', null);
    if (held.invite.expiresAt <= this.clock.now()) throw new Refused('expired', held.invite.id);
    return held;
  }

  /** The invitation is taken first: whoever comes with the same one waits here, and then finds none. */
  private async take(tx: Tx, hash: Buffer, passwordHash: string): Promise<AcceptedInvite> {
    const { invite, terms } = this.requireGood(await this.rows.take(tx, hash));
    // Before the account is locked, as whoever disables one does it.
    await this.bindings.serialise(tx);
    const locked = await this.principals.lock(tx, invite.invitedBy, 'share');
    if (locked?.status !== 'active') throw new Refused('inviter-gone', invite.id);
    const inviter = inviterOf(invite, terms, locked.kind);
    const { username, displayName, email, id } = invite;
    try {
      await this.bindings.requireStill(tx, inviter, AUTH_PERMISSIONS['users:invite']);
      // Of all before any: a binding that needs somebody's consent is refused here, and not asked about.
      for (const role of invite.roles) await this.bindings.requireGrantable(tx, inviter, role);
      const person = await this.accounts.insert(tx, { username, displayName, email, passwordHash, createdBy: inviter.id });
      for (const role of invite.roles) await this.bindings.bindIn(tx, inviter, { ...role, subjectId: person.id }, null);
      await this.audit.append(tx, {
        kind: AUTH_EVENTS['auth.invite.accept'],
        outcome: 'success',
        actor: person,
        targets: [{ type: 'user', uid: person.id }, { type: 'invite', uid: id }, { type: 'principal', uid: inviter.id }],
        facts: { roles: invite.roles.length },
        personal: { subject: person.id, userName: username, ...(email === null ? {} : { email }) },
      });
      return { id: person.id, username };
    } catch (error) {
      // Whatever of it the one who invited could not do by now: the guest is not told what of it it was.
      if (error instanceof Fault && error.kind.status < 500) throw new Refused(error.kind === AUTH_FAULTS['username-taken'] ? 'name-taken' : 'beyond-the-inviter', id);
      throw error;
    }
  }
}
