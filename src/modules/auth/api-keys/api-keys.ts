import { Injectable } from '@nestjs/common';
import { PolicyDecision } from '#modules/rbac/index.js';
import { type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import { shows } from '#pure/policy/row-filter.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { AccountProtection } from '../account-protection.js';
import { type ApiKey, readApiKey } from '../domain/api-key.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { type ApiKeyFilter, ApiKeyRepository } from '../persistence/api-key.repository.js';
import { PrincipalRepository } from '../persistence/principal.repository.js';
import { SessionRepository } from '../persistence/session.repository.js';
import { ApiKeyRecords, type NewApiKey } from './api-key-records.js';

const SYSTEM = systemPrincipal('api-keys');

/**
 * Keys of people for their programs. Each is made by its owner alone, by a login and never by another key, and for no
 * more than that login is good for; what it may do is decided at each of its requests, as what its owner may do then.
 */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly principals: PrincipalRepository,
    private readonly sessions: SessionRepository,
    private readonly protection: AccountProtection,
    private readonly records: ApiKeyRecords,
    private readonly rows: ApiKeyRepository,
  ) {}

  /**
   * `text` is the key, in the first answer and nowhere else: a replay of the request is refused. Faults: people-only,
   * insufficient-scope for a scope that the caller's token has not, not-found for a project, too-many-keys.
   */
  async create(principal: Principal, request: IdempotentRequest | null, wanted: NewApiKey): Promise<ApiKey & { readonly text: string }> {
    await this.policy.require(principal, AUTH_PERMISSIONS['api-keys:create'], null);
    if (principal.kind !== 'user') throw new Fault(AUTH_FAULTS['people-only']);
    const drawn = await this.records.draw(principal, wanted);
    return this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        await this.requireLogin(tx, principal);
        const made = await this.records.insert(tx, principal, { ownerId: principal.id, ownerKind: 'user' }, drawn);
        return { resourceId: made.id, value: { ...made, text: drawn.text }, secret: true };
      },
      // Never reached: what showed a secret is not replayed.
      async (tx, id) => ({ ...found(await this.rows.find(tx, id)), text: '' }),
    );
  }

  /** One's own, and everybody's for who may see those. In order of creation. */
  async list(principal: Principal, wanted: ApiKeyFilter, { limit, after }: PageRequest): Promise<Page<ApiKey>> {
    await this.policy.require(principal, AUTH_PERMISSIONS['api-keys:read'], null);
    const ownerId = (await this.mayFor(principal, 'api-keys:read-any')) ? wanted.ownerId : principal.id;
    // Asked for somebody else's: there are none, rather than one's own.
    if (wanted.ownerId !== null && wanted.ownerId !== ownerId) return { items: [], next: null };
    return pageOf(await this.uow.read(principal, (reading) => this.rows.page(reading, { ...wanted, ownerId }, limit + 1, after)), limit);
  }

  async get(principal: Principal, id: string): Promise<ApiKey> {
    await this.policy.require(principal, AUTH_PERMISSIONS['api-keys:read'], null);
    const isAny = await this.mayFor(principal, 'api-keys:read-any');
    return this.uow.run(principal, (tx) => this.visible(tx, principal, id, isAny));
  }

  /** From the commit on it opens nothing, on every replica. Faults: not-found, account-protected for another's who stands above. */
  async revoke(principal: Principal, id: string): Promise<void> {
    await this.policy.require(principal, AUTH_PERMISSIONS['api-keys:revoke'], null);
    const isAny = await this.mayFor(principal, 'api-keys:revoke-any');
    await this.uow.run(principal, async (tx) => {
      const key = await this.visible(tx, principal, id, isAny);
      if (key.ownerId !== principal.id) await this.protection.requireAuthorityOver(tx, principal, key.ownerId);
      await this.records.remove(tx, principal, key);
    });
  }

  /**
   * By who has the key itself, whoever that is: a key that turned up somewhere is ended by whoever found it, also while its
   * owner cannot log in. It is its owner's deed, as whatever else is done with it. False when there is no such key.
   */
  async giveBack(text: string): Promise<boolean> {
    const key = readApiKey(text);
    if (key === null) return false;
    return this.uow.run(SYSTEM, async (tx) => {
      const removed = await this.rows.removeByHash(tx, key.hash);
      if (removed === null) return false;
      await this.records.noteRemoved(tx, holderOf(removed), removed);
      return true;
    });
  }

  /**
   * The login that asks still stands, under the lock that a change of the password and a disabling take too: whoever was
   * thrown out a moment ago leaves no key behind.
   */
  private async requireLogin(tx: Tx, { id, sessionId }: Principal): Promise<void> {
    const owner = await this.principals.lock(tx, id, 'update');
    const session = sessionId === null ? null : await this.sessions.find(tx, sessionId);
    if (owner?.status !== 'active' || session === null || session.revokedAt !== null) throw new Fault(REQUEST_FAULTS.unauthenticated);
  }

  private async visible(tx: Tx, principal: Principal, id: string, isAny: boolean): Promise<ApiKey> {
    const key = found(await this.rows.find(tx, id));
    if (key.ownerId !== principal.id && !isAny) throw new Fault(REQUEST_FAULTS['not-found'], { concealed: true });
    return key;
  }

  /** What a token is too narrow for it is not refused for here: one's own are seen all the same. */
  private async mayFor(principal: Principal, permission: 'api-keys:read-any' | 'api-keys:revoke-any'): Promise<boolean> {
    const { scope } = AUTH_PERMISSIONS[permission];
    return principal.scopes.has(scope) && shows(await this.policy.filter(principal, AUTH_PERMISSIONS[permission]), null, {});
  }
}

function found(key: ApiKey | null): ApiKey {
  if (key === null) throw new Fault(REQUEST_FAULTS['not-found']);
  return key;
}

function holderOf({ id, ownerId, ownerKind, scopes, projectId, createdAt }: ApiKey): Principal {
  const authenticatedAtSeconds = Math.floor(createdAt.getTime() / 1000);
  return { id: ownerId, kind: ownerKind, sessionId: null, apiKeyId: id, scopes: new Set(scopes), assurance: 'aal1', authenticatedAtSeconds, projectId, mustChangePassword: false, policyVersion: 0, transitVersion: 0 };
}
