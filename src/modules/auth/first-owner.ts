import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PasswordHasher } from '#modules/crypto/index.js';
import { RoleBindings } from '#modules/rbac/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { VersionCounters } from '#platform/database/version-counters.js';
import { Clock } from '#platform/system/clock.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Randomness } from '#platform/system/randomness.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { isUsername } from './domain/username.js';
import { generateOneTimePassword } from './one-time-password.js';
import { PrincipalRepository } from './persistence/principal.repository.js';
import { UserAccountRepository } from './persistence/user-account.repository.js';

export interface OwnerPlan {
  readonly username: string;
  /** Chosen by the operator, and need not be changed; null to have a one-time password made. */
  readonly chosenPassword: string | null;
}

/**
 * What is done with a one-time password around the commit. `keep` runs before it and must be durable when it
 * resolves, so that no crash leaves an owner whose password nobody ever saw; `reveal` runs after it, `discard`
 * instead of it when another replica was first.
 */
export interface PasswordHandOver {
  keep(oneTimePassword: string): Promise<void>;
  reveal(username: string, oneTimePassword: string): Promise<void>;
  discard(): Promise<void>;
}

const SYSTEM = systemPrincipal('first-owner');

/** Makes the first owner of an installation that has none: once, whichever replica gets there first. */
@Injectable()
export class FirstOwner {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly bindings: RoleBindings,
    private readonly counters: VersionCounters,
    private readonly principals: PrincipalRepository,
    private readonly accounts: UserAccountRepository,
    private readonly hasher: PasswordHasher,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** True when this call made the owner. Where there is any account, it is not the first start: who has lost the owner's runs `recover-owner`. */
  async ensure(plan: OwnerPlan, handOver: PasswordHandOver): Promise<boolean> {
    if (!isUsername(plan.username)) throw new Error('BOOTSTRAP_OWNER_USERNAME is not a username');
    if (await this.uow.run(SYSTEM, (tx) => this.accounts.any(tx))) return false;
    const oneTimePassword = plan.chosenPassword === null ? generateOneTimePassword(this.randomness) : null;
    const passwordHash = await this.hasher.hash(plan.chosenPassword ?? oneTimePassword!);
    if (oneTimePassword !== null) await handOver.keep(oneTimePassword);
    // An error here may hide a commit whose answer was lost: what was kept stays, since it may be the owner's password.
    const made = await this.make(plan.username, passwordHash, oneTimePassword !== null);
    crashPoint('auth.first-owner.after-commit');
    if (oneTimePassword !== null) await (made ? handOver.reveal(plan.username, oneTimePassword) : handOver.discard());
    return made;
  }

  private async make(username: string, passwordHash: string, mustChangePassword: boolean): Promise<boolean> {
    return this.uow.run(SYSTEM, async (tx) => {
      // The counter's row lock: the second replica waits here, and then finds the owner.
      await this.counters.bump(tx, 'policy');
      if (await this.accounts.any(tx)) return false;
      const createdAt = this.clock.now();
      const id = this.randomness.uuidv7(createdAt.getTime());
      await this.principals.insert(tx, { id, kind: 'user', createdAt, createdBy: null });
      const account = { principalId: id, username, displayName: null, passwordHash, mustChangePassword, passwordChangedAt: createdAt };
      await this.accounts.insert(tx, account);
      await this.bindings.bindFirstOwner(tx, id);
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.owner.bootstrap'], outcome: 'success', actor: SYSTEM, targets: [{ type: 'user', uid: id }], personal: { subject: id, userName: username } });
      return true;
    });
  }
}
