import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Projects } from '#modules/rbac/index.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Principal, type Scope, SCOPES } from '#pure/principal/principal.js';
import { type ApiKey, API_KEYS_MAX, drawApiKey, readApiKey } from '../domain/api-key.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { formatScopes } from '../domain/scope-request.js';
import { ApiKeyRepository } from '../persistence/api-key.repository.js';

const DAY_MILLIS = 24 * 3600 * 1000;

export interface NewApiKey {
  readonly label: string | null;
  readonly scopes: ReadonlySet<Scope>;
  /** By id or slug; null: wherever whose key it is may be. */
  readonly project: string | null;
  readonly lifetimeDays: number;
}

/** A key that is not kept yet: what its maker may ask for, with its text. */
export interface DrawnApiKey extends Omit<NewApiKey, 'project'> {
  readonly text: string;
  readonly projectId: string | null;
}

/** How a key begins and ends, each with its entry in the ledger: the same whoever it stands for. Who may do so decide others. */
@Injectable()
export class ApiKeyRecords {
  constructor(
    private readonly projects: Projects,
    private readonly rows: ApiKeyRepository,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Before the transaction. Faults: invalid-request without a scope, insufficient-scope for one that the maker's token has not, not-found for a project. */
  async draw(maker: Principal, { project, ...wanted }: NewApiKey): Promise<DrawnApiKey> {
    requireScopes(maker, wanted.scopes);
    // Of a token that is for one project, a key is for that one too.
    const reference = project ?? maker.projectId;
    const projectId = reference === null ? null : (await this.projects.resolve(maker, reference)).id;
    return { ...wanted, projectId, text: drawApiKey((lengthBytes) => this.randomness.bytes(lengthBytes)) };
  }

  /** The caller holds the owner's lock, by which two who make the last one meet. Fault: too-many-keys. */
  async insert(tx: Tx, maker: Principal, owner: Pick<ApiKey, 'ownerId' | 'ownerKind'>, { text, label, scopes, projectId, lifetimeDays }: DrawnApiKey): Promise<ApiKey> {
    const now = this.clock.now();
    if ((await this.rows.count(tx, owner.ownerId, now)) >= API_KEYS_MAX) throw new Fault(AUTH_FAULTS['too-many-keys']);
    const { publicId, hash } = readApiKey(text)!;
    const made: ApiKey = {
      id: this.randomness.uuidv7(now.getTime()),
      publicId,
      ...owner,
      label,
      scopes: SCOPES.filter((scope) => scopes.has(scope)),
      projectId,
      createdAt: now,
      createdBy: maker.id,
      expiresAt: new Date(now.getTime() + lifetimeDays * DAY_MILLIS),
      lastUsedAt: null,
    };
    await this.rows.insert(tx, hash, made);
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.api-key.create'],
      outcome: 'success',
      actor: maker,
      ...(projectId === null ? {} : { projectId }),
      targets: targetsOf(made),
      facts: { publicId, scopes: formatScopes(scopes), expiresAtMillis: made.expiresAt.getTime() },
    });
    return made;
  }

  /** Of two who revoke it at once, one does. Fault: not-found. */
  async remove(tx: Tx, actor: Principal, key: ApiKey): Promise<void> {
    if (!(await this.rows.remove(tx, key.id))) throw new Fault(REQUEST_FAULTS['not-found']);
    await this.noteRemoved(tx, actor, key);
  }

  async noteRemoved(tx: Tx, actor: Principal, key: ApiKey): Promise<void> {
    await this.audit.append(tx, { kind: AUTH_EVENTS['auth.api-key.revoke'], outcome: 'success', actor, targets: targetsOf(key) });
  }
}

/** A key that is good for nothing is a mistake. */
function requireScopes(maker: Principal, wanted: ReadonlySet<Scope>): void {
  if (wanted.size === 0) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/scopes', 'required');
  const missing = SCOPES.filter((scope) => wanted.has(scope) && !maker.scopes.has(scope));
  if (missing.length === 0) return;
  throw new Fault(REQUEST_FAULTS['insufficient-scope'], { headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${missing.join(' ')}"` } });
}

function targetsOf({ id, ownerId, ownerKind }: ApiKey): { type: string; uid: string }[] {
  return [{ type: ownerKind === 'user' ? 'user' : 'service-account', uid: ownerId }, { type: 'api-key', uid: id }];
}
