import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { CredentialReceivers, requireRoom } from './credential-receivers.js';
import type { ClientSecret } from './domain/account.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_PERMISSIONS } from './domain/auth.permissions.js';
import { formatSecret, SECRET_PREFIXES, SECRET_RANDOM_BYTES, secretHash } from './domain/random-secret.js';
import { ClientSecretRepository } from './persistence/client-secret.repository.js';
import { ServiceAccountRepository } from './persistence/service-account.repository.js';

const DAY_MILLIS = 24 * 3600 * 1000;

export interface NewClientSecret {
  readonly label: string | null;
  readonly lifetimeDays: number;
}

/**
 * Secrets that programs log in with. Whoever makes one sees it, and could be the account from then on: so nobody makes
 * one for an account that may do more than they may themselves.
 */
@Injectable()
export class ClientSecrets {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly receivers: CredentialReceivers,
    private readonly accounts: ServiceAccountRepository,
    private readonly rows: ClientSecretRepository,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /**
   * `secret` is in the first answer and nowhere else: a replay of the request is refused. Faults: not-found, conflict for
   * an account that is disabled, too-many-secrets, and those of granting the account's roles.
   */
  async create(principal: Principal, request: IdempotentRequest | null, accountId: string, wanted: NewClientSecret): Promise<ClientSecret & { readonly secret: string }> {
    await this.policy.require(principal, AUTH_PERMISSIONS['service-accounts:issue-secret'], null);
    const secret = formatSecret(SECRET_PREFIXES.clientSecret, this.randomness.bytes(SECRET_RANDOM_BYTES));
    const hash = secretHash(SECRET_PREFIXES.clientSecret, secret)!;
    return this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        const made = await this.insert(tx, principal, accountId, hash, wanted);
        return { resourceId: made.id, value: { ...made, secret }, secret: true };
      },
      // Never reached: what showed a secret is not replayed.
      async (tx, id) => ({ ...(await this.known(tx, accountId, id)), secret: '' }),
    );
  }

  /** Oldest first. */
  async list(principal: Principal, accountId: string): Promise<readonly ClientSecret[]> {
    await this.policy.require(principal, AUTH_PERMISSIONS['service-accounts:read'], null);
    return this.uow.run(principal, async (tx) => {
      if ((await this.accounts.find(tx, accountId)) === null) throw new Fault(REQUEST_FAULTS['not-found']);
      return this.rows.list(tx, accountId);
    });
  }

  /** The tokens that were given for it end with it. */
  async revoke(principal: Principal, accountId: string, id: string): Promise<void> {
    await this.policy.require(principal, AUTH_PERMISSIONS['service-accounts:revoke-secret'], null);
    await this.uow.run(principal, async (tx) => {
      await this.receivers.lockToRevoke(tx, principal, accountId);
      await this.known(tx, accountId, id);
      const sessionsEnded = await this.rows.remove(tx, id, this.clock.now());
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.client-secret.revoke'], outcome: 'success', actor: principal, targets: targetsOf(accountId, id), facts: { sessionsEnded } });
    });
  }

  private async insert(tx: Tx, principal: Principal, accountId: string, hash: Buffer, { label, lifetimeDays }: NewClientSecret): Promise<ClientSecret> {
    await this.receivers.lock(tx, principal, accountId);
    const now = this.clock.now();
    requireRoom(await this.rows.list(tx, accountId), now);
    const expiresAt = new Date(now.getTime() + lifetimeDays * DAY_MILLIS);
    const made: ClientSecret = { id: this.randomness.uuidv7(now.getTime()), label, createdAt: now, createdBy: principal.id, expiresAt };
    await this.rows.insert(tx, accountId, hash, made);
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.client-secret.create'],
      outcome: 'success',
      actor: principal,
      targets: targetsOf(accountId, made.id),
      facts: { expiresAtMillis: expiresAt.getTime() },
    });
    return made;
  }

  private async known(tx: Tx, accountId: string, id: string): Promise<ClientSecret> {
    const found = await this.rows.find(tx, accountId, id);
    if (found === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return found;
  }
}

function targetsOf(accountId: string, id: string): { type: string; uid: string }[] {
  return [{ type: 'service-account', uid: accountId }, { type: 'client-secret', uid: id }];
}
