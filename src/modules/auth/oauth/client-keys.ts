import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { pointerPart } from '#pure/fault/json-pointer.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { CredentialReceivers, requireRoom } from '../credential-receivers.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { readClientJwk } from '../domain/client-jwk.js';
import type { ClientKey } from '../domain/oauth-client.js';
import { ClientKeyRepository } from '../persistence/client-key.repository.js';
import { ServiceAccountRepository } from '../persistence/service-account.repository.js';
import { SessionRepository } from '../persistence/session.repository.js';

const DAY_MILLIS = 24 * 3600 * 1000;

export interface NewClientKey {
  /** RFC 7517, as it was sent. */
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly label: string | null;
  readonly lifetimeDays: number;
}

/**
 * Public keys that programs sign assertions with. Whoever has the private one could be the account from then on: so
 * nobody gives one to an account that may do more than they may themselves.
 */
@Injectable()
export class ClientKeys {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly receivers: CredentialReceivers,
    private readonly accounts: ServiceAccountRepository,
    private readonly sessions: SessionRepository,
    private readonly rows: ClientKeyRepository,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /**
   * Faults: invalid-request for what is no public key that may sign, not-found, conflict for an account that is disabled,
   * key-taken, too-many-secrets, and those of granting the account's roles.
   */
  async create(principal: Principal, request: IdempotentRequest | null, accountId: string, { jwk, label, lifetimeDays }: NewClientKey): Promise<ClientKey> {
    await this.policy.require(principal, AUTH_PERMISSIONS['service-accounts:issue-secret'], null);
    const read = readClientJwk(jwk);
    if ('member' in read) throw Fault.at(REQUEST_FAULTS['invalid-request'], `/jwk/${pointerPart(read.member)}`, read.code, read.detail);
    const createdAt = this.clock.now();
    const { algorithm, kid, publicKey } = read;
    const expiresAt = new Date(createdAt.getTime() + lifetimeDays * DAY_MILLIS);
    const made: ClientKey = { id: this.randomness.uuidv7(createdAt.getTime()), thumbprint: read.thumbprint.toString('base64url'), kid, algorithm, label, createdAt, createdBy: principal.id, expiresAt };
    return this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        await this.insert(tx, principal, accountId, made, publicKey);
        return { resourceId: made.id, value: made };
      },
      (tx, id) => this.known(tx, accountId, id),
    );
  }

  /** Oldest first. */
  async list(principal: Principal, accountId: string): Promise<readonly ClientKey[]> {
    await this.policy.require(principal, AUTH_PERMISSIONS['service-accounts:read'], null);
    return this.uow.run(principal, async (tx) => {
      if ((await this.accounts.find(tx, accountId)) === null) throw new Fault(REQUEST_FAULTS['not-found']);
      return this.rows.list(tx, accountId);
    });
  }

  /** The sessions that began with it end with it. */
  async revoke(principal: Principal, accountId: string, id: string): Promise<void> {
    await this.policy.require(principal, AUTH_PERMISSIONS['service-accounts:revoke-secret'], null);
    await this.uow.run(principal, async (tx) => {
      await this.receivers.lockToRevoke(tx, principal, accountId);
      await this.known(tx, accountId, id);
      const sessionsEnded = await this.sessions.revokeAllOfCredential(tx, accountId, id, this.clock.now());
      await this.rows.remove(tx, id);
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.client-key.revoke'], outcome: 'success', actor: principal, targets: targetsOf(accountId, id), facts: { sessionsEnded } });
    });
  }

  private async insert(tx: Tx, principal: Principal, accountId: string, made: ClientKey, publicKey: Buffer): Promise<void> {
    await this.receivers.lock(tx, principal, accountId);
    requireRoom(await this.rows.list(tx, accountId), made.createdAt);
    if (!(await this.rows.insert(tx, accountId, made, publicKey))) throw Fault.at(AUTH_FAULTS['key-taken'], '/jwk', 'taken');
    const { algorithm, thumbprint, expiresAt } = made;
    await this.audit.append(tx, { kind: AUTH_EVENTS['auth.client-key.create'], outcome: 'success', actor: principal, targets: targetsOf(accountId, made.id), facts: { algorithm, thumbprint, expiresAtMillis: expiresAt.getTime() } });
  }

  private async known(tx: Tx, accountId: string, id: string): Promise<ClientKey> {
    const found = await this.rows.find(tx, accountId, id);
    if (found === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return found;
  }
}

function targetsOf(accountId: string, id: string): { type: string; uid: string }[] {
  return [{ type: 'service-account', uid: accountId }, { type: 'client-key', uid: id }];
}
