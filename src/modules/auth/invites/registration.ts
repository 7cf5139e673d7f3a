import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PasswordHasher } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { isUsername } from '../domain/username.js';
import { NewAccounts } from '../new-accounts.js';
import { requirePassword } from '../new-password.js';
import type { AcceptedInvite } from './invite-acceptance.js';

const SYSTEM = systemPrincipal('registration');

/**
 * Accounts that strangers make, where the operator says so. Such an account has no role: until somebody gives it one it
 * may look at itself and nothing else. A name that is taken is said to be, which no registration can hide.
 */
@Injectable()
export class Registration {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly accounts: NewAccounts,
    private readonly hasher: PasswordHasher,
    private readonly audit: AuditLog,
    private readonly config: Config,
  ) {}

  /** Faults: registration-closed, password-rejected, username-taken. */
  async register({ username, password, displayName }: { readonly username: string; readonly password: string; readonly displayName: string | null }): Promise<AcceptedInvite> {
    if (this.config.registration !== 'open') throw new Fault(AUTH_FAULTS['registration-closed']);
    if (!isUsername(username)) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/username', 'not-a-username');
    requirePassword(password, '/password', [username, displayName ?? '']);
    const passwordHash = await this.hasher.hash(password);
    return this.uow.run(SYSTEM, async (tx) => {
      const person = await this.accounts.insert(tx, { username, displayName, email: null, passwordHash, createdBy: null });
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.register'], outcome: 'success', actor: person, targets: [{ type: 'user', uid: person.id }], personal: { subject: person.id, userName: username } });
      return { id: person.id, username };
    });
  }
}
