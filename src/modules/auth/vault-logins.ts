import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Keyring } from '#modules/crypto/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_FAULTS } from './domain/auth.faults.js';
import { AUTH_METRICS } from './domain/auth.metrics.js';
import { SECRET_PREFIXES, secretHash } from './domain/random-secret.js';
import { formatScopes } from './domain/scope-request.js';
import { loginNameDigest, serviceLoginName } from './login-name-digest.js';
import { LoginThrottle } from './login-throttle.js';
import { actorOf, PasswordLogin, tooManyAttempts } from './password-login.js';
import { ClientSecretRepository } from './persistence/client-secret.repository.js';
import { PrincipalRepository } from './persistence/principal.repository.js';
import { ServiceAccountRepository } from './persistence/service-account.repository.js';
import type { TokenGrant } from './token-issuer.js';
import { type TokenStanding, VaultTokens } from './vault-tokens.js';

export interface IssuedVaultToken {
  /** A secret: in the answer's body and nowhere else. */
  readonly token: string;
  readonly standing: TokenStanding;
}

interface SecretLogin {
  /** The service account's id or name. */
  readonly roleId: string;
  readonly secretId: string;
  /** The client's address as the pipeline believes it. */
  readonly source: string;
}

/** Account and secret as far as they were found. */
interface Found {
  readonly accountId: string | null;
  readonly clientSecretId: string | null;
}

const SYSTEM = systemPrincipal('vault-login');
const NOBODY = '00000000-0000-0000-0000-000000000000';
/** The hash of no secret: what is none runs the same statements as one that is not known. */
const NO_HASH = Buffer.alloc(32);

/**
 * The logins of Vault's clients: `userpass` is the password login, `approle` a service account with a secret of its own.
 * Whoever fails learns that they failed: an unknown account, a wrong, revoked or expired secret and a disabled account
 * run the same statements and get the same answer and the same entry.
 *
 * A secret of 264 bits cannot be guessed, so that who has it is never held up by those who have not: of a service account
 * only failures are counted, and only they are refused for their number, as at the OAuth endpoints.
 */
@Injectable()
export class VaultLogins {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly passwords: PasswordLogin,
    private readonly tokens: VaultTokens,
    private readonly accounts: ServiceAccountRepository,
    private readonly secrets: ClientSecretRepository,
    private readonly principals: PrincipalRepository,
    private readonly throttle: LoginThrottle,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {}

  /** Faults: vault-login-refused, too-many-attempts; password-change-required for a password that opens nothing yet, second-factor-required for one that is not enough. */
  async byPassword(request: { readonly username: string; readonly password: string; readonly source: string }): Promise<IssuedVaultToken> {
    const token = this.tokens.draw();
    const opened = await this.passwords.authenticate(request, {
      refusal: new Fault(AUTH_FAULTS['vault-login-refused'], { detail: 'invalid username or password' }),
      takesOneTime: false,
      // This dialect's way to ask for one is not spoken here.
      ticketScopes: null,
      open: (tx, principal) => this.tokens.open(tx, principal, token, { method: 'userpass', secret: null }),
    });
    if ('ticket' in opened) throw new Error('a ticket was given where none can be used');
    return { token, standing: await this.tokens.standing(actorOf(opened.grant)) };
  }

  /** Faults: vault-login-refused, too-many-attempts; possession-required for an account whose tokens are to be bound. */
  async bySecret(request: SecretLogin): Promise<IssuedVaultToken> {
    const hash = secretHash(SECRET_PREFIXES.clientSecret, request.secretId) ?? NO_HASH;
    const found = await this.uow.run(SYSTEM, (tx) => this.find(tx, request, hash));
    const token = this.tokens.draw();
    const grant = await this.uow.run(SYSTEM, (tx) => this.open(tx, found, hash, token));
    if (grant instanceof Fault) throw await this.failed(request, found, grant);
    this.metrics.increment(AUTH_METRICS.auth_logins_total, { outcome: 'succeeded' });
    return { token, standing: await this.tokens.standing(actorOf(grant)) };
  }

  private async find(tx: Tx, { roleId }: SecretLogin, hash: Buffer): Promise<Found> {
    const account = await this.accounts.findByReference(tx, roleId);
    return { accountId: account?.id ?? null, clientSecretId: (await this.secrets.match(tx, account?.id ?? NOBODY, hash, this.clock.now()))?.id ?? null };
  }

  /** A fault unless account and secret stand now. The share lock orders this against a disabling and a revocation. */
  private async open(tx: Tx, { accountId, clientSecretId }: Found, hash: Buffer, token: string): Promise<TokenGrant | Fault> {
    const principal = await this.principals.lock(tx, accountId ?? NOBODY, 'share');
    const secret = await this.secrets.match(tx, accountId ?? NOBODY, hash, this.clock.now());
    if (principal?.status !== 'active' || secret === null || secret.id !== clientSecretId) return new Fault(AUTH_FAULTS['vault-login-refused'], { detail: 'invalid role or secret ID' });
    // What this dialect gives out is good for whoever has it. Only the holder of the right secret is told so.
    if (principal.dpopRequired) return new Fault(AUTH_FAULTS['possession-required']);
    const grant = await this.tokens.open(tx, principal, token, { method: 'approle', secret });
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.login'],
      outcome: 'success',
      actor: actorOf(grant),
      targets: [{ type: 'service-account', uid: principal.id }, { type: 'session', uid: grant.sessionId }, { type: 'client-secret', uid: clientSecretId }],
      facts: { scopes: formatScopes(grant.scopes) },
    });
    return grant;
  }

  private async failed({ roleId, source }: SecretLogin, { accountId }: Found, refusal: Fault): Promise<Fault> {
    // The same for a name and for the id that it stands for; of what is neither, nothing is told.
    const name = serviceLoginName(accountId ?? roleId);
    const waitSeconds = await this.uow.run(SYSTEM, (tx) => this.throttle.charge(tx, this.throttle.keysOf(name, source)));
    const fault = waitSeconds > 0 ? tooManyAttempts(waitSeconds) : refusal;
    this.metrics.increment(AUTH_METRICS.auth_logins_total, { outcome: waitSeconds > 0 ? 'throttled' : 'failed' });
    await this.audit.record({
      kind: AUTH_EVENTS['auth.login.failed'],
      outcome: 'failure',
      actor: null,
      facts: { loginName: loginNameDigest(this.keyring, name), reason: fault.kind.code },
      personal: { subject: accountId },
    });
    return fault;
  }
}
