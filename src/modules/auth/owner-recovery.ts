import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PasswordHasher } from '#modules/crypto/index.js';
import { RoleBindings } from '#modules/rbac/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { VersionCounters } from '#platform/database/version-counters.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { isUsername } from './domain/username.js';
import { generateOneTimePassword } from './one-time-password.js';
import { ApiKeyRepository } from './persistence/api-key.repository.js';
import { PrincipalRepository } from './persistence/principal.repository.js';
import { UserAccountRepository } from './persistence/user-account.repository.js';
import { Sessions } from './sessions.js';

export interface RecoveredOwner {
  readonly username: string;
  readonly oneTimePassword: string;
  /** What had to be done beside the new password. */
  readonly created: boolean;
  readonly bound: boolean;
  readonly enabled: boolean;
}

const SYSTEM = systemPrincipal('recover-owner');

/**
 * Access for whoever holds the root key and the database, when no owner can log in. The command has proven the root
 * key before it comes here. It is the loudest deed there is: severity critical, in the same ledger as all others.
 */
@Injectable()
export class OwnerRecovery {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly bindings: RoleBindings,
    private readonly counters: VersionCounters,
    private readonly principals: PrincipalRepository,
    private readonly accounts: UserAccountRepository,
    private readonly sessions: Sessions,
    private readonly apiKeys: ApiKeyRepository,
    private readonly hasher: PasswordHasher,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** The account of that name becomes (or stays) an active owner with a one-time password; its sessions end. Made when there is none. Fault: account-erased. */
  async recover(username: string): Promise<RecoveredOwner> {
    const oneTimePassword = generateOneTimePassword(this.randomness);
    const passwordHash = await this.hasher.hash(oneTimePassword);
    return this.uow.run(SYSTEM, async (tx) => {
      await this.counters.bump(tx, 'policy');
      const existing = await this.accounts.credentialByUsername(tx, username);
      if (existing === null && !isUsername(username)) throw new Error('that is not a username');
      const id = existing?.principalId ?? (await this.create(tx, username, passwordHash));
      const enabled = existing !== null && (await this.reset(tx, id, passwordHash));
      const bound = !(await this.bindings.rolesOf(tx, id)).includes('owner');
      if (bound) await this.bindings.bindFirstOwner(tx, id, 'recovery');
      const outcome = { created: existing === null, bound, enabled };
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.owner.recover'], outcome: 'success', actor: SYSTEM, targets: [{ type: 'user', uid: id }], facts: outcome, personal: { subject: id, userName: username } });
      return { username, oneTimePassword, ...outcome };
    });
  }

  private async create(tx: Tx, username: string, passwordHash: string): Promise<string> {
    const createdAt = this.clock.now();
    const id = this.randomness.uuidv7(createdAt.getTime());
    await this.principals.insert(tx, { id, kind: 'user', createdAt, createdBy: null });
    await this.accounts.insert(tx, { principalId: id, username, displayName: null, passwordHash, mustChangePassword: true, passwordChangedAt: createdAt });
    return id;
  }

  /** Returns whether the account had to be enabled. */
  private async reset(tx: Tx, id: string, passwordHash: string): Promise<boolean> {
    const locked = await this.principals.lock(tx, id, 'update');
    if (locked?.erased === true) throw new Fault(AUTH_FAULTS['account-erased']);
    await this.accounts.setPassword(tx, id, passwordHash, true, this.clock.now());
    await this.accounts.noteReset(tx, id, null, this.clock.now());
    await this.principals.bumpEpoch(tx, id);
    await this.sessions.revokeAll(tx, id);
    // Whoever had the account may have left themselves a way in.
    await this.apiKeys.removeAll(tx, id);
    if (locked?.status !== 'disabled') return false;
    await this.principals.enable(tx, id);
    return true;
  }
}
