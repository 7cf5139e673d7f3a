import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision, RoleBindings } from '#modules/rbac/index.js';
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
import { type ServiceAccount, serviceAccountAttributes } from './domain/account.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { AUTH_PERMISSIONS } from './domain/auth.permissions.js';
import { isUsername } from './domain/username.js';
import { type LockedPrincipal, PrincipalRepository } from './persistence/principal.repository.js';
import { type ServiceAccountFilter, ServiceAccountRepository } from './persistence/service-account.repository.js';
import { Sessions } from './sessions.js';

export interface NewServiceAccount {
  readonly name: string;
  readonly dpopRequired?: boolean;
}

/**
 * Principals for programs. They can be bound to roles, and prove who they are by secrets (`ClientSecrets`). Of what its
 * roles say, an account may do what the person who answers for it may do too, at that time: so it loses with them what
 * they lose, and hands nobody more than they have.
 */
@Injectable()
export class ServiceAccounts {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly principals: PrincipalRepository,
    private readonly accounts: ServiceAccountRepository,
    private readonly suspension: AccountSuspension,
    private readonly protection: AccountProtection,
    private readonly sessions: Sessions,
    private readonly bindings: RoleBindings,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async create(principal: Principal, request: IdempotentRequest | null, wanted: NewServiceAccount): Promise<ServiceAccount> {
    await this.policy.require(principal, AUTH_PERMISSIONS['service-accounts:create'], null, { name: wanted.name, createdBy: principal.id });
    if (!isUsername(wanted.name)) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/name', 'not-a-name');
    return this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        const createdAt = this.clock.now();
        const id = this.randomness.uuidv7(createdAt.getTime());
        const { dpopRequired = false } = wanted;
        await this.principals.insert(tx, { id, kind: 'service', createdAt, createdBy: principal.id, dpopRequired });
        if (!(await this.accounts.insert(tx, { principalId: id, name: wanted.name, creatorId: principal.id }))) throw Fault.at(AUTH_FAULTS['name-taken'], '/name', 'taken');
        await this.audit.append(tx, { kind: AUTH_EVENTS['auth.service-account.create'], outcome: 'success', actor: principal, targets: [{ type: 'service-account', uid: id }], facts: { dpopRequired } });
        return { resourceId: id, value: await this.known(tx, id) };
      },
      (tx, id) => this.known(tx, id),
    );
  }

  async get(principal: Principal, id: string): Promise<ServiceAccount> {
    const account = await this.requireOf(principal, AUTH_PERMISSIONS['service-accounts:read'], id);
    if (account === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return account;
  }

  /** In order of creation. */
  async list(principal: Principal, wanted: ServiceAccountFilter, { limit, after }: PageRequest): Promise<Page<ServiceAccount>> {
    const filter = await this.policy.filter(principal, AUTH_PERMISSIONS['service-accounts:read']);
    return pageOf(await this.uow.read(principal, (reading) => this.accounts.page(reading, wanted, filter, limit + 1, after)), limit);
  }

  /**
   * A name: programs that log in by it have to be told; those that use the id do not. That its tokens are to be bound: its
   * sessions that are not end with this. That they need not be any more makes a copied secret enough again: only by who
   * could give it a secret. Faults: not-found, account-erased, account-protected, name-taken, those of granting its roles.
   */
  async update(principal: Principal, id: string, expected: ExpectedVersion, { name, dpopRequired }: Partial<NewServiceAccount>): Promise<ServiceAccount> {
    await this.requireOf(principal, AUTH_PERMISSIONS['service-accounts:update'], id);
    if (name === undefined && dpopRequired === undefined) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/name', 'required', 'One of name and dpopRequired at least.');
    if (name !== undefined && !isUsername(name)) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/name', 'not-a-name');
    return this.uow.run(principal, async (tx) => {
      if (dpopRequired === false) await this.protection.serialise(tx);
      const locked = await this.lock(tx, id);
      await this.protection.requireAuthorityOver(tx, principal, id);
      if (dpopRequired === false && locked.dpopRequired) await this.bindings.requireAuthorityOver(tx, principal, id);
      requireVersion(locked, expected);
      if (name !== undefined) await this.accounts.rename(tx, id, name);
      const demand = dpopRequired === undefined ? {} : { dpopRequired, sessionsEnded: await this.demand(tx, id, dpopRequired) };
      await this.principals.touch(tx, id);
      const fields = [...(name === undefined ? [] : ['name']), ...(dpopRequired === undefined ? [] : ['dpopRequired'])];
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.service-account.update'], outcome: 'success', actor: principal, targets: [{ type: 'service-account', uid: id }], facts: { fields, ...demand } });
      return this.known(tx, id);
    });
  }

  /**
   * From now on another person answers for the account, and it may do what they may. Its roles were held down by what the
   * former owner had: whoever lifts that needs all that the roles say, as if giving them anew. Nobody does it to the
   * account that they use. Faults: not-found, own-account, account-erased, those of granting the account's roles, and
   * invalid-request for an owner who is no active person.
   */
  async handOver(principal: Principal, id: string, expected: ExpectedVersion, ownerId: string): Promise<ServiceAccount> {
    await this.requireOf(principal, AUTH_PERMISSIONS['service-accounts:update'], id);
    if (id === principal.id) throw new Fault(AUTH_FAULTS['own-account']);
    return this.uow.run(principal, async (tx) => {
      await this.protection.serialise(tx);
      const locked = await this.lock(tx, id);
      await this.bindings.requireAuthorityOver(tx, principal, id);
      requireVersion(locked, expected);
      const owner = await this.principals.lock(tx, ownerId, 'share');
      if (owner?.kind !== 'user' || owner.status !== 'active') throw Fault.at(REQUEST_FAULTS['invalid-request'], '/ownerId', 'unknown', 'There is no such person with an active account.');
      const { ownerId: formerOwnerId } = await this.known(tx, id);
      await this.accounts.setOwner(tx, id, ownerId);
      await this.principals.touch(tx, id);
      await this.audit.append(tx, {
        kind: AUTH_EVENTS['auth.service-account.hand-over'],
        outcome: 'success',
        actor: principal,
        targets: [{ type: 'service-account', uid: id }, { type: 'user', uid: ownerId }],
        facts: { formerOwnerId },
      });
      return this.known(tx, id);
    });
  }

  async enable(principal: Principal, id: string, expected: ExpectedVersion = null): Promise<ServiceAccount> {
    await this.requireOf(principal, AUTH_PERMISSIONS['service-accounts:disable'], id);
    return this.uow.run(principal, async (tx) => {
      await this.suspension.enable(tx, principal, { id, kind: 'service', expected });
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.service-account.enable'], outcome: 'success', actor: principal, targets: [{ type: 'service-account', uid: id }] });
      return this.known(tx, id);
    });
  }

  async disable(principal: Principal, id: string, expected: ExpectedVersion = null): Promise<ServiceAccount> {
    await this.requireOf(principal, AUTH_PERMISSIONS['service-accounts:disable'], id);
    if (id === principal.id) throw new Fault(AUTH_FAULTS['own-account']);
    return this.uow.run(principal, async (tx) => {
      const sessionsEnded = await this.suspension.disable(tx, principal, { id, kind: 'service', expected });
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

  /** The account is locked: a login that is under way has committed before, and ends here, or finds the demand. Returns how many sessions ended. */
  private async demand(tx: Tx, id: string, dpopRequired: boolean): Promise<number> {
    await this.principals.setDpopRequired(tx, id, dpopRequired);
    return dpopRequired ? this.sessions.revokeUnbound(tx, id) : 0;
  }

  /** Of one that there is not, nothing is known: who may do it to every account learns so, others do not. */
  private async requireOf(principal: Principal, permission: Permission, id: string): Promise<ServiceAccount | null> {
    // Who may do it to none is refused before any is looked for: finding one takes longer than finding none.
    await this.policy.requireSomethingIn(principal, permission, null);
    const account = await this.uow.run(principal, (tx) => this.accounts.find(tx, id));
    await this.policy.requireFound(principal, permission, null, account === null ? {} : serviceAccountAttributes(account));
    return account;
  }

  private async lock(tx: Tx, id: string): Promise<LockedPrincipal> {
    const locked = await this.principals.lock(tx, id, 'update');
    if (locked?.kind !== 'service') throw new Fault(REQUEST_FAULTS['not-found']);
    if (locked.erased) throw new Fault(AUTH_FAULTS['account-erased']);
    return locked;
  }

  private async known(tx: Tx, id: string): Promise<ServiceAccount> {
    const account = await this.accounts.find(tx, id);
    if (account === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return account;
  }
}
