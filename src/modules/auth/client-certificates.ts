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
import type { ClientCertificate } from './domain/account.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { AUTH_PERMISSIONS } from './domain/auth.permissions.js';
import { type CertificateRefusal, readCertificate } from './domain/presented-certificate.js';
import { ClientCertificateRepository } from './persistence/client-certificate.repository.js';
import { ServiceAccountRepository } from './persistence/service-account.repository.js';

const REFUSALS: Readonly<Record<CertificateRefusal, string>> = {
  'holds-a-private-key': 'It holds a private key, which is nobody’s business but its owner’s: make a new one.',
  'not-one-certificate': 'One X.509 certificate in PEM.',
};

export interface NewClientCertificate {
  /** PEM. */
  readonly certificate: string;
  readonly label: string | null;
}

/**
 * Certificates that programs log in with over TLS. Whoever has the key of one could be the account from then on: so
 * nobody gives one to an account that may do more than they may themselves.
 */
@Injectable()
export class ClientCertificates {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly receivers: CredentialReceivers,
    private readonly accounts: ServiceAccountRepository,
    private readonly rows: ClientCertificateRepository,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /**
   * Faults: invalid-request for what is no certificate or has ended, not-found, conflict for an account that is disabled,
   * certificate-taken, too-many-secrets, and those of granting the account's roles.
   */
  async create(principal: Principal, request: IdempotentRequest | null, accountId: string, wanted: NewClientCertificate): Promise<ClientCertificate> {
    await this.policy.require(principal, AUTH_PERMISSIONS['service-accounts:issue-secret'], null);
    const read = readCertificate(wanted.certificate);
    if (typeof read === 'string') throw Fault.at(REQUEST_FAULTS['invalid-request'], '/certificate', read, REFUSALS[read]);
    const createdAt = this.clock.now();
    if (read.expiresAt <= createdAt) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/certificate', 'expired', 'A certificate whose time is not over.');
    const made: ClientCertificate = { id: this.randomness.uuidv7(createdAt.getTime()), ...read, label: wanted.label, createdAt, createdBy: principal.id };
    return this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        await this.insert(tx, principal, accountId, made);
        return { resourceId: made.id, value: made };
      },
      (tx, id) => this.known(tx, accountId, id),
    );
  }

  /** Oldest first. */
  async list(principal: Principal, accountId: string): Promise<readonly ClientCertificate[]> {
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
      const sessionsEnded = await this.rows.remove(tx, accountId, await this.known(tx, accountId, id), this.clock.now());
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.client-certificate.revoke'], outcome: 'success', actor: principal, targets: targetsOf(accountId, id), facts: { sessionsEnded } });
    });
  }

  private async insert(tx: Tx, principal: Principal, accountId: string, made: ClientCertificate): Promise<void> {
    await this.receivers.lock(tx, principal, accountId);
    requireRoom(await this.rows.list(tx, accountId), made.createdAt);
    if (!(await this.rows.insert(tx, accountId, made))) throw Fault.at(AUTH_FAULTS['certificate-taken'], '/certificate', 'taken');
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.client-certificate.create'],
      outcome: 'success',
      actor: principal,
      targets: targetsOf(accountId, made.id),
      facts: { thumbprint: made.thumbprint, expiresAtMillis: made.expiresAt.getTime() },
    });
  }

  private async known(tx: Tx, accountId: string, id: string): Promise<ClientCertificate> {
    const found = await this.rows.find(tx, accountId, id);
    if (found === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return found;
  }
}

function targetsOf(accountId: string, id: string): { type: string; uid: string }[] {
  return [{ type: 'service-account', uid: accountId }, { type: 'client-certificate', uid: id }];
}
