import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { type Scope, systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { AUTH_METRICS } from './domain/auth.metrics.js';
import { formatScopes, requestedScopes } from './domain/scope-request.js';
import { actorOf } from './password-login.js';
import { type CertificateHolder, ClientCertificateRepository } from './persistence/client-certificate.repository.js';
import { PrincipalRepository } from './persistence/principal.repository.js';
import { Sessions } from './sessions.js';
import { type IssuedToken, type TokenGrant, TokenIssuer } from './token-issuer.js';

export interface CertificateLoginRequest {
  /** Of the connection, in base64url: the handshake proved who has its key. Null where there was none to rely on. */
  readonly thumbprint: string | null;
  /** RFC 6749 `scope`; everything when it is absent. */
  readonly scope?: string;
}

const SYSTEM = systemPrincipal('certificate-login');

/**
 * Client certificate → session and token, which is then good over connections of the same certificate alone (RFC 8705
 * §3): whoever takes the token out of a log or a memory has nothing. There is nothing to guess, so nothing is throttled
 * beyond what every stranger is.
 */
@Injectable()
export class CertificateLogin {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly certificates: ClientCertificateRepository,
    private readonly principals: PrincipalRepository,
    private readonly sessions: Sessions,
    private readonly issuer: TokenIssuer,
    private readonly audit: AuditLog,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {}

  /** Faults: certificate-refused for none, one that no account has, and one of an account that is disabled, alike. */
  async login({ thumbprint, scope }: CertificateLoginRequest): Promise<IssuedToken> {
    const scopes = requestedScopes(scope);
    const grant = thumbprint === null ? null : await this.uow.run(SYSTEM, (tx) => this.open(tx, thumbprint, scopes));
    if (grant === null) throw await this.failed(thumbprint);
    this.metrics.increment(AUTH_METRICS.auth_logins_total, { outcome: 'succeeded' });
    return this.issuer.issue(grant);
  }

  /** Null unless certificate and account stand now. The share lock orders this against a disabling and a revocation. */
  private async open(tx: Tx, thumbprint: string, scopes: ReadonlySet<Scope>): Promise<TokenGrant | null> {
    const found = await this.certificates.holderOf(tx, thumbprint, this.clock.now());
    if (found === null) return null;
    const principal = await this.principals.lock(tx, found.accountId, 'share');
    const holder = await this.certificates.holderOf(tx, thumbprint, this.clock.now());
    if (principal?.status !== 'active' || holder?.id !== found.id) return null;
    const grant = await this.sessions.open(tx, principal, { scopes, methods: ['swk'], assurance: 'aal1', confirmation: { kind: 'certificate', thumbprint: Buffer.from(thumbprint, 'base64url') } });
    await this.audit.append(tx, { kind: AUTH_EVENTS['auth.login'], outcome: 'success', actor: actorOf(grant), targets: targetsOf(holder, grant), facts: { scopes: formatScopes(scopes), thumbprint } });
    return grant;
  }

  private async failed(thumbprint: string | null): Promise<Fault> {
    this.metrics.increment(AUTH_METRICS.auth_logins_total, { outcome: 'failed' });
    const reason = thumbprint === null ? 'no-certificate' : 'unknown-certificate';
    await this.audit.record({ kind: AUTH_EVENTS['auth.login.failed'], outcome: 'failure', actor: null, facts: { reason, ...(thumbprint === null ? {} : { thumbprint }) } });
    return new Fault(AUTH_FAULTS['certificate-refused']);
  }
}

function targetsOf(holder: CertificateHolder, grant: TokenGrant): { type: string; uid: string }[] {
  return [{ type: 'service-account', uid: holder.accountId }, { type: 'session', uid: grant.sessionId }, { type: 'client-certificate', uid: holder.id }];
}
