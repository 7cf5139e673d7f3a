import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Keyring } from '#modules/crypto/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { type Principal, type Scope, SCOPES } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import type { OAuthClient } from '../domain/oauth-client.js';
import { formatScopes } from '../domain/scope-request.js';
import { parseUserCode } from '../domain/user-code.js';
import { deviceCodeName } from '../login-name-digest.js';
import { LoginThrottle } from '../login-throttle.js';
import { tooManyAttempts } from '../password-login.js';
import { type DeviceAuthorization, DeviceAuthorizationRepository } from '../persistence/device-authorization.repository.js';
import { OAuthClientRepository } from '../persistence/oauth-client.repository.js';
import { PrincipalRepository } from '../persistence/principal.repository.js';
import { SessionRepository } from '../persistence/session.repository.js';
import { userCodeDigest } from './device-codes.js';

/** What a person is shown before they say anything. */
export interface WaitingDevice {
  readonly clientId: string;
  readonly clientName: string;
  /** What it would be given: of what it asks for, what the person's own token has. */
  readonly scopes: ReadonlySet<Scope>;
  /** Where it asked from: an address, as the pipeline believes it. */
  readonly source: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

interface Found {
  readonly row: DeviceAuthorization;
  readonly client: OAuthClient;
  readonly scopes: ReadonlySet<Scope>;
}

/** Attempts at codes are counted as of this place: not as of any source, since it is the person who tries. */
const COUNTED_AS = 'device-approval';

/**
 * The second step of RFC 8628: a person looks at what waits, and lets it in as themselves or does not. Only who logged in
 * here themselves may: a program, a key, or a device that was let in before would pass on what was given to it, and go on
 * doing so when that has ended.
 *
 * A code is short. Whoever tries codes is logged in, is slowed down after ten that are none, and would win no more than
 * that a stranger's device is let in as them.
 */
@Injectable()
export class DeviceApproval {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly rows: DeviceAuthorizationRepository,
    private readonly clients: OAuthClientRepository,
    private readonly principals: PrincipalRepository,
    private readonly sessions: SessionRepository,
    private readonly throttle: LoginThrottle,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Faults: login-needed, unknown-user-code, device-decided, too-many-attempts. */
  async look(principal: Principal, typed: string): Promise<WaitingDevice> {
    const { row, client, scopes } = await this.found(principal, typed, (_, found) => Promise.resolve(found));
    return { clientId: client.id, clientName: client.name, scopes, source: row.source, createdAt: row.createdAt, expiresAt: row.expiresAt };
  }

  /** As `look`; and invalid-scope where nothing of what it asks for is the person's to give. */
  async approve(principal: Principal, typed: string): Promise<void> {
    await this.decide(principal, typed, true);
  }

  async deny(principal: Principal, typed: string): Promise<void> {
    await this.decide(principal, typed, false);
  }

  private async decide(principal: Principal, typed: string, isApproved: boolean): Promise<void> {
    await this.found(principal, typed, async (tx, found) => {
      const { row, client, scopes } = found;
      if (isApproved && scopes.size === 0) throw new Fault(AUTH_FAULTS['invalid-scope']);
      const holder = await this.principals.lock(tx, principal.id, 'share');
      const session = await this.sessions.find(tx, principal.sessionId ?? client.id);
      // Disabled, or logged out, since it was authenticated; or of another kind than a login of ours.
      if (holder?.status !== 'active' || session === null || session.revokedAt !== null || session.clientId !== null) throw new Fault(AUTH_FAULTS['login-needed']);
      await this.rows.decide(tx, row.deviceCodeHash, { isApproved, principalId: principal.id, sessionId: session.id, epoch: holder.epoch, scopes: isApproved ? [...scopes] : row.scopes });
      await this.audit.append(tx, {
        kind: AUTH_EVENTS[isApproved ? 'auth.device.approve' : 'auth.device.deny'],
        outcome: 'success',
        actor: principal,
        targets: [{ type: 'user', uid: principal.id }, { type: 'client', uid: client.id }],
        facts: isApproved ? { scopes: formatScopes(scopes), privileges: [...scopes] } : { scopes: formatScopes(scopes) },
      });
      return found;
    });
  }

  /** A code that is none is counted, whatever becomes of the transaction; one that is takes the count back. */
  private async found(principal: Principal, typed: string, deed: (tx: Tx, found: Found) => Promise<Found>): Promise<Found> {
    await this.policy.require(principal, AUTH_PERMISSIONS['devices:approve'], null);
    if (principal.kind !== 'user' || principal.sessionId === null) throw new Fault(AUTH_FAULTS['login-needed']);
    const userCode = parseUserCode(typed);
    const keys = this.throttle.keysOf(deviceCodeName(principal.id), COUNTED_AS);
    const waitSeconds = await this.uow.run(principal, (tx) => this.throttle.charge(tx, keys));
    if (waitSeconds > 0) throw tooManyAttempts(waitSeconds);
    return this.uow.run(principal, async (tx) => {
      const row = userCode === null ? null : await this.rows.lockByUserCode(tx, userCodeDigest(this.keyring, userCode));
      const client = row === null ? null : await this.clients.lock(tx, row.clientId, 'share');
      if (row === null || client?.status !== 'active' || row.expiresAt <= this.clock.now()) throw new Fault(AUTH_FAULTS['unknown-user-code']);
      await this.throttle.forgive(tx, keys, 'password-change');
      if (row.isApproved !== null) throw new Fault(AUTH_FAULTS['device-decided']);
      return deed(tx, { row, client, scopes: new Set(SCOPES.filter((scope) => row.scopes.includes(scope) && client.scopes.includes(scope) && principal.scopes.has(scope))) });
    });
  }
}
