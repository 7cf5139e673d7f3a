import { Injectable } from '@nestjs/common';
import { PolicyDecision } from '#modules/rbac/index.js';
import { type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import { CredentialReceivers } from '../credential-receivers.js';
import type { ApiKey } from '../domain/api-key.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { ApiKeyRepository } from '../persistence/api-key.repository.js';
import { ServiceAccountRepository } from '../persistence/service-account.repository.js';
import { ApiKeyRecords, type NewApiKey } from './api-key-records.js';

/**
 * Keys of service accounts: for programs that can keep a secret and not log in with it, as container clients of a pipeline
 * are. Whoever makes one sees it, and could be the account from then on, as far as the key's scopes go: so it takes what a
 * secret of the account takes, and the key is for no more than the login that makes it.
 */
@Injectable()
export class ServiceAccountKeys {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly receivers: CredentialReceivers,
    private readonly accounts: ServiceAccountRepository,
    private readonly records: ApiKeyRecords,
    private readonly rows: ApiKeyRepository,
  ) {}

  /**
   * `text` is the key, in the first answer and nowhere else: a replay of the request is refused. Faults: those of
   * `CredentialReceivers.lock`, possession-required for an account all of whose tokens are bound, insufficient-scope for a
   * scope that the caller's token has not, not-found for a project, too-many-keys.
   */
  async create(principal: Principal, request: IdempotentRequest | null, accountId: string, wanted: NewApiKey): Promise<ApiKey & { readonly text: string }> {
    await this.policy.require(principal, AUTH_PERMISSIONS['service-accounts:issue-secret'], null);
    const drawn = await this.records.draw(principal, wanted);
    return this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        const { dpopRequired } = await this.receivers.lock(tx, principal, accountId);
        // Whoever copied a key would need nothing else.
        if (dpopRequired) throw new Fault(AUTH_FAULTS['possession-required']);
        const made = await this.records.insert(tx, principal, { ownerId: accountId, ownerKind: 'service' }, drawn);
        return { resourceId: made.id, value: { ...made, text: drawn.text }, secret: true };
      },
      // Never reached: what showed a secret is not replayed.
      async (tx, id) => ({ ...(await this.known(tx, accountId, id)), text: '' }),
    );
  }

  /** In order of creation. */
  async list(principal: Principal, accountId: string, { limit, after }: PageRequest): Promise<Page<ApiKey>> {
    await this.policy.require(principal, AUTH_PERMISSIONS['service-accounts:read'], null);
    return this.uow.run(principal, async (tx) => {
      if ((await this.accounts.find(tx, accountId)) === null) throw new Fault(REQUEST_FAULTS['not-found']);
      return pageOf(await this.rows.page(tx, { ownerId: accountId, publicId: null }, limit + 1, after), limit);
    });
  }

  /** From the commit on it opens nothing, on every replica, and neither do the tokens of the registry that were had for it. */
  async revoke(principal: Principal, accountId: string, id: string): Promise<void> {
    await this.policy.require(principal, AUTH_PERMISSIONS['service-accounts:revoke-secret'], null);
    await this.uow.run(principal, async (tx) => {
      await this.receivers.lockToRevoke(tx, principal, accountId);
      await this.records.remove(tx, principal, await this.known(tx, accountId, id));
    });
  }

  private async known(tx: Tx, accountId: string, id: string): Promise<ApiKey> {
    const key = await this.rows.find(tx, id);
    if (key?.ownerId !== accountId) throw new Fault(REQUEST_FAULTS['not-found']);
    return key;
  }
}
