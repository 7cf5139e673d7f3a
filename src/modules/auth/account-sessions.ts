import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import { AccountProtection } from './account-protection.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_PERMISSIONS } from './domain/auth.permissions.js';
import { PrincipalRepository } from './persistence/principal.repository.js';
import { type ListedSession, SessionRepository } from './persistence/session.repository.js';

export type { ListedSession };

/** Whose sessions: an id of the other kind is unknown, as in every list of accounts. */
export interface SessionOwner {
  readonly id: string;
  readonly kind: 'user' | 'service';
}

/**
 * The sessions that an account has now: for whoever it is, and for who administers accounts. One that is ended here is
 * refused from the next request on, at every replica, and its refresh token with it.
 */
@Injectable()
export class AccountSessions {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly rows: SessionRepository,
    private readonly principals: PrincipalRepository,
    private readonly protection: AccountProtection,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** One's own, oldest first. */
  async own(principal: Principal, page: PageRequest): Promise<Page<ListedSession>> {
    await this.policy.require(principal, AUTH_PERMISSIONS['account:read'], null);
    return this.uow.run(principal, (tx) => this.page(tx, principal.id, page));
  }

  /** One of one's own. Faults: not-found, for one that has ended too. */
  async endOwn(principal: Principal, sessionId: string): Promise<void> {
    await this.policy.require(principal, AUTH_PERMISSIONS['account:logout'], null);
    await this.uow.run(principal, (tx) => this.endOne(tx, principal, { id: principal.id, kind: kindOf(principal) }, sessionId));
  }

  /** All of one's own, or all but the one that asks. Returns how many ended. */
  async endAllOwn(principal: Principal, { others }: { readonly others: boolean }): Promise<number> {
    await this.policy.require(principal, AUTH_PERMISSIONS['account:logout'], null);
    return this.uow.run(principal, (tx) => this.endAll(tx, principal, { id: principal.id, kind: kindOf(principal) }, others ? principal.sessionId : null));
  }

  /** Faults: not-found. */
  async of(principal: Principal, owner: SessionOwner, page: PageRequest): Promise<Page<ListedSession>> {
    await this.policy.require(principal, AUTH_PERMISSIONS['sessions:read'], null);
    return this.uow.run(principal, async (tx) => {
      const found = await this.principals.lock(tx, owner.id, 'share');
      if (found?.kind !== owner.kind) throw new Fault(REQUEST_FAULTS['not-found']);
      return this.page(tx, owner.id, page);
    });
  }

  /** Faults: not-found, account-protected. */
  async endOneOf(principal: Principal, owner: SessionOwner, sessionId: string): Promise<void> {
    await this.policy.require(principal, AUTH_PERMISSIONS['sessions:revoke'], null);
    await this.uow.run(principal, async (tx) => {
      await this.requireAuthority(tx, principal, owner);
      await this.endOne(tx, principal, owner, sessionId);
    });
  }

  /** Returns how many ended. Faults: not-found, account-protected. */
  async endAllOf(principal: Principal, owner: SessionOwner): Promise<number> {
    await this.policy.require(principal, AUTH_PERMISSIONS['sessions:revoke'], null);
    return this.uow.run(principal, async (tx) => {
      await this.requireAuthority(tx, principal, owner);
      return this.endAll(tx, principal, owner, null);
    });
  }

  private async page(tx: Tx, ownerId: string, { limit, after }: PageRequest): Promise<Page<ListedSession>> {
    return pageOf(await this.rows.live(tx, ownerId, this.clock.now(), limit + 1, after), limit);
  }

  /** A login that is under way has committed before, and is among those that end; or it comes after, and is a new one. */
  private async requireAuthority(tx: Tx, principal: Principal, { id, kind }: SessionOwner): Promise<void> {
    const locked = await this.principals.lock(tx, id, 'update');
    if (locked?.kind !== kind) throw new Fault(REQUEST_FAULTS['not-found']);
    if (id !== principal.id) await this.protection.requireAuthorityOver(tx, principal, id);
  }

  private async endOne(tx: Tx, principal: Principal, owner: SessionOwner, sessionId: string): Promise<void> {
    if (!(await this.rows.end(tx, owner.id, sessionId, this.clock.now()))) throw new Fault(REQUEST_FAULTS['not-found']);
    await this.audit.append(tx, { kind: AUTH_EVENTS['auth.session.revoke'], outcome: 'success', actor: principal, targets: [targetOf(owner), { type: 'session', uid: sessionId }], facts: { sessionsEnded: 1 } });
  }

  private async endAll(tx: Tx, principal: Principal, owner: SessionOwner, keptId: string | null): Promise<number> {
    const sessionsEnded = await this.rows.revokeAll(tx, owner.id, this.clock.now(), keptId);
    await this.audit.append(tx, { kind: AUTH_EVENTS['auth.session.revoke'], outcome: 'success', actor: principal, targets: [targetOf(owner)], facts: { sessionsEnded } });
    return sessionsEnded;
  }
}

const kindOf = (principal: Principal): SessionOwner['kind'] => (principal.kind === 'service' ? 'service' : 'user');
const targetOf = ({ id, kind }: SessionOwner): { type: string; uid: string } => ({ type: kind === 'user' ? 'user' : 'service-account', uid: id });
