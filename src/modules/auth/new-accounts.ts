import { Injectable } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { PrincipalRepository } from './persistence/principal.repository.js';
import { UserAccountRepository } from './persistence/user-account.repository.js';

export interface ChosenAccount {
  readonly username: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly passwordHash: string;
  /** Who made it possible, and so may not have it approve for them; null for nobody. */
  readonly createdBy: string | null;
}

/** Accounts of people who chose their password themselves: there is nothing for them to change. */
@Injectable()
export class NewAccounts {
  constructor(
    private readonly principals: PrincipalRepository,
    private readonly accounts: UserAccountRepository,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Fault: username-taken. */
  async insert(tx: Tx, { createdBy, ...account }: ChosenAccount): Promise<Principal> {
    const createdAt = this.clock.now();
    const id = this.randomness.uuidv7(createdAt.getTime());
    await this.principals.insert(tx, { id, kind: 'user', createdAt, createdBy });
    if (!(await this.accounts.insert(tx, { ...account, principalId: id, mustChangePassword: false, passwordChangedAt: createdAt }))) throw Fault.at(AUTH_FAULTS['username-taken'], '/username', 'taken');
    return newcomer(id, createdAt);
  }
}

/** For the entry of the deed that made them: they have no session yet, and no rights. */
function newcomer(id: string, at: Date): Principal {
  return {
    id,
    kind: 'user',
    sessionId: null,
    scopes: new Set(),
    assurance: 'aal1',
    authenticatedAtSeconds: Math.floor(at.getTime() / 1000),
    projectId: null,
    mustChangePassword: false,
    policyVersion: 0,
    transitVersion: 0,
  };
}
