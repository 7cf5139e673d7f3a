import { Injectable } from '@nestjs/common';
import { RoleBindings } from '#modules/rbac/index.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { PrincipalRepository } from './persistence/principal.repository.js';

/** Who may be given what a program proves itself by, of whatever kind that is. */
@Injectable()
export class CredentialReceivers {
  constructor(
    private readonly bindings: RoleBindings,
    private readonly principals: PrincipalRepository,
  ) {}

  /**
   * To be called first in the transaction that gives: the service account stays locked until it ends. Faults: not-found,
   * conflict for an account that is disabled, and those of granting the account's roles, since who knows the credential
   * could be the account.
   */
  async lock(tx: Tx, giver: Principal, accountId: string): Promise<void> {
    await this.bindings.requireAuthorityOver(tx, giver, accountId);
    const account = await this.principals.lock(tx, accountId, 'update');
    if (account?.kind !== 'service') throw new Fault(REQUEST_FAULTS['not-found']);
    if (account.status !== 'active') throw new Fault(REQUEST_FAULTS.conflict, { detail: 'The service account is disabled.' });
  }
}

/** Enough to replace one while others are in use; what nobody remembers should be revoked and not joined. */
export const CREDENTIALS_MAX = 10;

/** Of one kind; those that have expired do not count. */
export function requireRoom(held: readonly { readonly expiresAt: Date }[], now: Date): void {
  if (held.filter(({ expiresAt }) => expiresAt > now).length >= CREDENTIALS_MAX) throw new Fault(AUTH_FAULTS['too-many-secrets']);
}
