import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { type ExpectedVersion, requireVersion } from '#platform/database/expected-version.js';
import { type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import { type Principal, type Scope, SCOPES } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import type { OAuthClient } from '../domain/oauth-client.js';
import { formatScopes } from '../domain/scope-request.js';
import { isUsername } from '../domain/username.js';
import { DeviceAuthorizationRepository } from '../persistence/device-authorization.repository.js';
import { OAuthClientRepository } from '../persistence/oauth-client.repository.js';
import { Sessions } from '../sessions.js';

export interface ClientDraft {
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly dpopRequired: boolean;
}

/**
 * Programs that people use on their own machines. A client has no rights: it bounds what people's sessions with it may
 * be given. So nobody gives one a scope that their own token has not, by whatever change.
 */
@Injectable()
export class Clients {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly rows: OAuthClientRepository,
    private readonly devices: DeviceAuthorizationRepository,
    private readonly sessions: Sessions,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Faults: invalid-request, insufficient-scope, client-name-taken. */
  async create(principal: Principal, request: IdempotentRequest | null, draft: ClientDraft): Promise<OAuthClient> {
    await this.policy.require(principal, AUTH_PERMISSIONS['clients:create'], null);
    requireDraft(draft);
    requireOwn(principal, draft.scopes);
    return this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        const createdAt = this.clock.now();
        const { name, dpopRequired } = draft;
        const made: OAuthClient = { id: this.randomness.uuidv7(createdAt.getTime()), name, scopes: inOrder(draft.scopes), dpopRequired, status: 'active', createdAt, createdBy: principal.id, version: 1 };
        if (!(await this.rows.insert(tx, made))) throw Fault.at(AUTH_FAULTS['client-name-taken'], '/name', 'taken');
        await this.audit.append(tx, { kind: AUTH_EVENTS['auth.client.create'], outcome: 'success', actor: principal, targets: [{ type: 'client', uid: made.id }], facts: { scopes: formatScopes(draft.scopes), dpopRequired } });
        return { resourceId: made.id, value: made };
      },
      (tx, id) => this.known(tx, id),
    );
  }

  async get(principal: Principal, id: string): Promise<OAuthClient> {
    await this.policy.require(principal, AUTH_PERMISSIONS['clients:read'], null);
    return this.uow.run(principal, (tx) => this.known(tx, id));
  }

  /** In order of creation; the product's own first. */
  async list(principal: Principal, { limit, after }: PageRequest): Promise<Page<OAuthClient>> {
    await this.policy.require(principal, AUTH_PERMISSIONS['clients:read'], null);
    return pageOf(await this.uow.read(principal, (reading) => this.rows.page(reading, limit + 1, after)), limit);
  }

  /**
   * The whole of it. Sessions that have a scope which the client loses, or are not bound to a key where that is now
   * demanded, end: what was given before does not outlast what may be given. Faults: not-found, builtin-client,
   * precondition-failed, insufficient-scope for a scope that is added, client-name-taken.
   */
  async replace(principal: Principal, id: string, expected: ExpectedVersion, draft: ClientDraft): Promise<OAuthClient> {
    await this.policy.require(principal, AUTH_PERMISSIONS['clients:update'], null);
    requireDraft(draft);
    return this.uow.run(principal, async (tx) => {
      const before = await this.locked(tx, id, expected);
      if (before.createdBy === null) throw new Fault(AUTH_FAULTS['builtin-client']);
      const had = new Set(before.scopes);
      requireOwn(principal, new Set([...draft.scopes].filter((scope) => !had.has(scope))));
      await this.rows.update(tx, { id, name: draft.name, scopes: inOrder(draft.scopes), dpopRequired: draft.dpopRequired });
      const isNarrower = before.scopes.some((scope) => !draft.scopes.has(scope)) || (draft.dpopRequired && !before.dpopRequired);
      const sessionsEnded = isNarrower ? await this.end(tx, id) : 0;
      const facts = { scopes: formatScopes(draft.scopes), dpopRequired: draft.dpopRequired, sessionsEnded };
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.client.update'], outcome: 'success', actor: principal, targets: [{ type: 'client', uid: id }], facts });
      return this.known(tx, id);
    });
  }

  /** Its sessions end at once; devices that wait are not let in any more. */
  async disable(principal: Principal, id: string, expected: ExpectedVersion): Promise<OAuthClient> {
    await this.policy.require(principal, AUTH_PERMISSIONS['clients:disable'], null);
    return this.uow.run(principal, async (tx) => {
      const before = await this.locked(tx, id, expected);
      if (before.status === 'active') await this.rows.disable(tx, id, this.clock.now());
      const sessionsEnded = await this.end(tx, id);
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.client.disable'], outcome: 'success', actor: principal, targets: [{ type: 'client', uid: id }], facts: { sessionsEnded } });
      return this.known(tx, id);
    });
  }

  /** To enable one is to give it its scopes anew. Faults: not-found, precondition-failed, insufficient-scope. */
  async enable(principal: Principal, id: string, expected: ExpectedVersion): Promise<OAuthClient> {
    await this.policy.require(principal, AUTH_PERMISSIONS['clients:disable'], null);
    return this.uow.run(principal, async (tx) => {
      const before = await this.locked(tx, id, expected);
      requireOwn(principal, new Set(before.scopes));
      if (before.status === 'disabled') await this.rows.disable(tx, id, null);
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.client.enable'], outcome: 'success', actor: principal, targets: [{ type: 'client', uid: id }] });
      return this.known(tx, id);
    });
  }

  private async end(tx: Tx, id: string): Promise<number> {
    await this.devices.removeOfClient(tx, id);
    return this.sessions.revokeAllOfClient(tx, id);
  }

  private async locked(tx: Tx, id: string, expected: ExpectedVersion): Promise<OAuthClient> {
    const client = await this.rows.lock(tx, id, 'update');
    if (client === null) throw new Fault(REQUEST_FAULTS['not-found']);
    requireVersion(client, expected);
    return client;
  }

  private async known(tx: Tx, id: string): Promise<OAuthClient> {
    const client = await this.rows.find(tx, id);
    if (client === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return client;
  }
}

function requireDraft({ name, scopes }: ClientDraft): void {
  if (!isUsername(name)) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/name', 'not-a-name');
  if (scopes.size === 0) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/scope', 'required', 'At least one scope.');
}

/** RFC 6750 §3.1: names the scopes that would have helped. */
function requireOwn({ scopes }: Principal, given: ReadonlySet<Scope>): void {
  const missing = SCOPES.filter((scope) => given.has(scope) && !scopes.has(scope));
  if (missing.length === 0) return;
  throw new Fault(REQUEST_FAULTS['insufficient-scope'], { headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${missing.join(' ')}"` } });
}

const inOrder = (scopes: ReadonlySet<Scope>): readonly Scope[] => SCOPES.filter((scope) => scopes.has(scope));
