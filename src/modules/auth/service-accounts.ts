import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import { AccountSuspension } from './account-suspension.js';
import type { ServiceAccount } from './domain/account.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { AUTH_PERMISSIONS } from './domain/auth.permissions.js';
import { isUsername } from './domain/username.js';
import { PrincipalRepository } from './persistence/principal.repository.js';
import { ServiceAccountRepository } from './persistence/service-account.repository.js';

/** Principals for programs. They can be bound to roles, and prove who they are by secrets (`ClientSecrets`). */
@Injectable()
export class ServiceAccounts {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly principals: PrincipalRepository,
    private readonly accounts: ServiceAccountRepository,
    private readonly suspension: AccountSuspension,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async create(principal: Principal, request: IdempotentRequest | null, wanted: { readonly name: string }): Promise<ServiceAccount> {
    await this.policy.require(principal, AUTH_PERMISSIONS['service-accounts:create'], null);
    if (!isUsername(wanted.name)) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/name', 'not-a-name');
    return this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        const createdAt = this.clock.now();
        const id = this.randomness.uuidv7(createdAt.getTime());
        await this.principals.insert(tx, { id, kind: 'service', createdAt, createdBy: principal.id });
        if (!(await this.accounts.insert(tx, { principalId: id, name: wanted.name, creatorId: principal.id }))) throw Fault.at(AUTH_FAULTS['name-taken'], '/name', 'taken');
        await this.audit.append(tx, { kind: AUTH_EVENTS['auth.service-account.create'], outcome: 'success', actor: principal, targets: [{ type: 'service-account', uid: id }] });
        return { resourceId: id, value: await this.known(tx, id) };
      },
      (tx, id) => this.known(tx, id),
    );
  }

  async get(principal: Principal, id: string): Promise<ServiceAccount> {
    await this.policy.require(principal, AUTH_PERMISSIONS['service-accounts:read'], null);
    return this.uow.run(principal, (tx) => this.known(tx, id));
  }

  /** In order of creation. */
  async list(principal: Principal, { limit, after }: PageRequest): Promise<Page<ServiceAccount>> {
    await this.policy.require(principal, AUTH_PERMISSIONS['service-accounts:read'], null);
    return pageOf(await this.uow.run(principal, (tx) => this.accounts.page(tx, limit + 1, after)), limit);
  }

  async disable(principal: Principal, id: string): Promise<ServiceAccount> {
    await this.policy.require(principal, AUTH_PERMISSIONS['service-accounts:disable'], null);
    if (id === principal.id) throw new Fault(AUTH_FAULTS['own-account']);
    return this.uow.run(principal, async (tx) => {
      const sessionsEnded = await this.suspension.disable(tx, principal, { id, kind: 'service' });
      await this.audit.append(tx, {
        kind: AUTH_EVENTS['auth.service-account.disable'],
        outcome: 'success',
        actor: principal,
        targets: [{ type: 'service-account', uid: id }],
        facts: { sessionsEnded },
      });
      return this.known(tx, id);
    });
  }

  private async known(tx: Tx, id: string): Promise<ServiceAccount> {
    const account = await this.accounts.find(tx, id);
    if (account === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return account;
  }
}
