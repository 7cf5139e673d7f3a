import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Keyring } from '#modules/crypto/index.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import type { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { AUTH_METRICS } from './domain/auth.metrics.js';
import type { Factor } from './domain/factor.js';
import { formatScopes } from './domain/scope-request.js';
import { loginNameDigest } from './login-name-digest.js';
import type { Credential } from './persistence/user-account.repository.js';
import type { TokenGrant } from './token-issuer.js';

/** Whose login it is. */
export type LoginAccount = Pick<Credential, 'principalId' | 'username' | 'mustChangePassword'>;

/**
 * What is recorded of logins of people, by whatever they prove themselves with. Entries name the account by a keyed digest
 * of what was typed, which those of failed and of successful logins share.
 */
@Injectable()
export class LoginJournal {
  constructor(
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly metrics: Metrics,
  ) {}

  /** In the transaction that opens the session. */
  async succeeded(tx: Tx, grant: TokenGrant, { username, mustChangePassword }: LoginAccount): Promise<void> {
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.login'],
      outcome: 'success',
      actor: actorOf(grant),
      targets: [{ type: 'user', uid: grant.principalId }, { type: 'session', uid: grant.sessionId }],
      facts: { loginName: loginNameDigest(this.keyring, username), scopes: formatScopes(grant.scopes), mustChangePassword, methods: grant.methods },
      personal: { subject: grant.principalId, userName: username },
    });
  }

  /** The password was right, and a second factor is asked for. */
  async asked(tx: Tx, { principalId, username }: LoginAccount, factors: readonly Factor[]): Promise<void> {
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.mfa.challenge'],
      outcome: 'success',
      actor: null,
      targets: [{ type: 'user', uid: principalId }],
      facts: { loginName: loginNameDigest(this.keyring, username), factors },
      personal: { subject: principalId, userName: username },
    });
  }

  /** It was asked for, and what came was not it. `actor` is who is logged in already. */
  async factorRefused(principalId: string, factor: Factor, fault: Fault, actor: Principal | null = null): Promise<void> {
    await this.audit.record({
      kind: AUTH_EVENTS['auth.mfa.challenge'],
      outcome: 'failure',
      actor,
      targets: [{ type: 'user', uid: principalId }],
      facts: { factor, reason: fault.kind.code },
      personal: { subject: principalId },
    });
  }

  /** Once the session's transaction has committed. */
  countSuccess(): void {
    this.metrics.increment(AUTH_METRICS.auth_logins_total, { outcome: 'succeeded' });
  }

  /** `typed` stands for the account: of one that is not known, nothing else is told. Gives the fault back. */
  async failed(typed: string, account: LoginAccount | null, fault: Fault): Promise<Fault> {
    this.metrics.increment(AUTH_METRICS.auth_logins_total, { outcome: fault.kind === AUTH_FAULTS['too-many-attempts'] ? 'throttled' : 'failed' });
    await this.audit.record({
      kind: AUTH_EVENTS['auth.login.failed'],
      outcome: 'failure',
      actor: null,
      facts: { loginName: loginNameDigest(this.keyring, typed), reason: fault.kind.code },
      // Names of accounts only: people type passwords into the name field.
      personal: account === null ? { subject: null } : { subject: account.principalId, userName: account.username },
    });
    return fault;
  }
}

/** Who did it, for the entry: the principal that this login makes. */
export function actorOf(grant: TokenGrant): Principal {
  return {
    id: grant.principalId,
    kind: grant.principalKind,
    sessionId: grant.sessionId,
    scopes: grant.scopes,
    assurance: grant.assurance,
    authenticatedAtSeconds: grant.authenticatedAtSeconds,
    projectId: grant.projectId,
    mustChangePassword: false,
    ...(grant.breakGlassId === null ? {} : { breakGlassId: grant.breakGlassId }),
    policyVersion: 0,
    transitVersion: 0,
  };
}
