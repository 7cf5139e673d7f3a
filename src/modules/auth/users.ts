import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PasswordHasher } from '#modules/crypto/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { type ExpectedVersion, requireVersion } from '#platform/database/expected-version.js';
import { type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import { AccountProtection } from './account-protection.js';
import { AccountSuspension } from './account-suspension.js';
import { type User, userAttributes } from './domain/account.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { AUTH_PERMISSIONS } from './domain/auth.permissions.js';
import { isUsername } from './domain/username.js';
import { requirePassword } from './new-password.js';
import { generateOneTimePassword } from './one-time-password.js';
import { PrincipalRepository } from './persistence/principal.repository.js';
import { UserAccountRepository, type UserFilter } from './persistence/user-account.repository.js';

export interface NewUser {
  readonly username: string;
  /** Without one, a one-time password is made and shown once. Either way it must be changed at the first login. */
  readonly password?: string;
  readonly displayName?: string;
}

/** An account, and which members of it may be shown: `all`, or those. */
export interface SeenUser {
  readonly user: User;
  readonly fields: Awaited<ReturnType<PolicyDecision['fieldsOf']>>;
}

/**
 * User accounts, for who administers them. Every deed decides by the caller's roles again, is recorded in its own
 * transaction, and nothing deletes: a disabled account keeps its id and its name for ever, so that neither can come
 * to mean somebody else.
 */
@Injectable()
export class Users {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly principals: PrincipalRepository,
    private readonly accounts: UserAccountRepository,
    private readonly suspension: AccountSuspension,
    private readonly protection: AccountProtection,
    private readonly hasher: PasswordHasher,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** `oneTimePassword` is in the first answer and nowhere else: a replay of the request is refused. */
  async create(principal: Principal, request: IdempotentRequest | null, wanted: NewUser): Promise<{ readonly user: User; readonly oneTimePassword: string | null }> {
    await this.policy.require(principal, AUTH_PERMISSIONS['users:create'], null, { username: wanted.username, createdBy: principal.id });
    if (!isUsername(wanted.username)) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/username', 'not-a-username');
    if (wanted.password !== undefined) requirePassword(wanted.password, '/password', [wanted.username, wanted.displayName ?? '']);
    const oneTimePassword = wanted.password === undefined ? generateOneTimePassword(this.randomness) : null;
    const passwordHash = await this.hasher.hash(wanted.password ?? oneTimePassword!);
    return this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        const user = await this.insert(tx, principal, wanted, passwordHash);
        return { resourceId: user.id, value: { user, oneTimePassword }, secret: oneTimePassword !== null };
      },
      async (tx, id) => ({ user: await this.known(tx, id), oneTimePassword: null }),
    );
  }

  async get(principal: Principal, id: string): Promise<SeenUser> {
    const user = await this.uow.run(principal, (tx) => this.accounts.find(tx, id));
    const fields = await this.policy.fieldsOf(principal, AUTH_PERMISSIONS['users:read'], null, user === null ? {} : userAttributes(user));
    if (user === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return { user, fields };
  }

  /** In order of creation. */
  async list(principal: Principal, wanted: UserFilter, { limit, after }: PageRequest): Promise<Page<SeenUser>> {
    const { filter, fieldsOf } = await this.policy.view(principal, AUTH_PERMISSIONS['users:read']);
    const { items, next } = pageOf(await this.uow.read(principal, (reading) => this.accounts.page(reading, wanted, filter, limit + 1, after)), limit);
    return { items: items.map((user) => ({ user, fields: fieldsOf(null, userAttributes(user)) })), next };
  }

  /** The caller's own account; null when the caller is no user. */
  async self(principal: Principal): Promise<User | null> {
    await this.policy.require(principal, AUTH_PERMISSIONS['account:read'], null);
    return this.uow.run(principal, (tx) => this.accounts.find(tx, principal.id));
  }

  /** What the user is called by others; null takes it away. The username stays what it was. Faults: not-found, account-erased, account-protected. */
  async rename(principal: Principal, id: string, expected: ExpectedVersion, displayName: string | null): Promise<User> {
    await this.requireOf(principal, AUTH_PERMISSIONS['users:update'], id);
    return this.uow.run(principal, async (tx) => {
      const locked = await this.principals.lock(tx, id, 'update');
      if (locked?.kind !== 'user') throw new Fault(REQUEST_FAULTS['not-found']);
      if (locked.erased) throw new Fault(AUTH_FAULTS['account-erased']);
      await this.protection.requireAuthorityOver(tx, principal, id);
      requireVersion(locked, expected);
      await this.accounts.rename(tx, id, displayName);
      await this.principals.touch(tx, id);
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.user.update'], outcome: 'success', actor: principal, targets: [{ type: 'user', uid: id }], facts: { fields: ['displayName'] } });
      return this.known(tx, id);
    });
  }

  /** Ends the user's sessions in the same transaction. A user who is disabled already stays so, and it is recorded again. */
  async disable(principal: Principal, id: string, expected: ExpectedVersion = null): Promise<User> {
    await this.requireOf(principal, AUTH_PERMISSIONS['users:disable'], id);
    if (id === principal.id) throw new Fault(AUTH_FAULTS['own-account']);
    return this.uow.run(principal, async (tx) => {
      const sessionsEnded = await this.suspension.disable(tx, principal, { id, kind: 'user', expected });
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.user.disable'], outcome: 'success', actor: principal, targets: [{ type: 'user', uid: id }], facts: { sessionsEnded } });
      return this.known(tx, id);
    });
  }

  async enable(principal: Principal, id: string, expected: ExpectedVersion = null): Promise<User> {
    await this.requireOf(principal, AUTH_PERMISSIONS['users:disable'], id);
    return this.uow.run(principal, async (tx) => {
      await this.suspension.enable(tx, principal, { id, kind: 'user', expected });
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.user.enable'], outcome: 'success', actor: principal, targets: [{ type: 'user', uid: id }] });
      return this.known(tx, id);
    });
  }

  private async insert(tx: Tx, principal: Principal, wanted: NewUser, passwordHash: string): Promise<User> {
    const createdAt = this.clock.now();
    const id = this.randomness.uuidv7(createdAt.getTime());
    await this.principals.insert(tx, { id, kind: 'user', createdAt, createdBy: principal.id });
    const account = { principalId: id, username: wanted.username, displayName: wanted.displayName ?? null, passwordHash, mustChangePassword: true, passwordChangedAt: createdAt };
    // Thrown inside the transaction, so the principal without an account goes with it.
    if (!(await this.accounts.insert(tx, account))) throw Fault.at(AUTH_FAULTS['username-taken'], '/username', 'taken');
    await this.audit.append(tx, { kind: AUTH_EVENTS['auth.user.create'], outcome: 'success', actor: principal, targets: [{ type: 'user', uid: id }], personal: { subject: id, userName: wanted.username } });
    return this.known(tx, id);
  }

  /** Of one that there is not, nothing is known: who may do it to everybody learns so, others do not. */
  private async requireOf(principal: Principal, permission: Permission, id: string): Promise<void> {
    const user = await this.uow.run(principal, (tx) => this.accounts.find(tx, id));
    await this.policy.requireFound(principal, permission, null, user === null ? {} : userAttributes(user));
  }

  private async known(tx: Tx, id: string): Promise<User> {
    const user = await this.accounts.find(tx, id);
    if (user === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return user;
  }
}
