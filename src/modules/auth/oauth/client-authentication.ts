import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Keyring } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { CoalescedLookup } from '#platform/database/coalesced-lookup.js';
import { type Reading, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { noteAuthenticated } from '#platform/system/request-context.js';
import type { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_METRICS } from '../domain/auth.metrics.js';
import { type VerifiedAssertion, verifyAssertion } from '../domain/client-assertion.js';
import { type ClientProof, type ClientRequest, invalidClient, readProof } from '../domain/client-proof.js';
import type { ClientAuthMethod, OAuthClient } from '../domain/oauth-client.js';
import { loginNameDigest, serviceLoginName } from '../login-name-digest.js';
import { LoginThrottle } from '../login-throttle.js';
import { tooManyAttempts } from '../password-login.js';
import { type ClientStanding, ClientStandingRepository } from '../persistence/client-standing.repository.js';
import { OAuthClientRepository } from '../persistence/oauth-client.repository.js';
import { type LockedPrincipal, PrincipalRepository } from '../persistence/principal.repository.js';

/** A service account that has shown who it is. What it showed may be gone a moment later: whoever gives it something asks `prove`. */
export interface ProvenProgram {
  readonly kind: 'program';
  readonly id: string;
  readonly method: ClientAuthMethod;
  /** Of what it showed: a secret, a key or a certificate. */
  readonly credential: { readonly type: 'client-secret' | 'client-key' | 'client-certificate'; readonly id: string };
  readonly certificateThumbprint: Buffer | null;
  readonly proof: ClientProof;
  readonly assertion: VerifiedAssertion | null;
  readonly source: string;
}

/** A client that keeps no secret, and that anybody may say to be. */
export interface NamedClient {
  readonly kind: 'public';
  readonly id: string;
  readonly client: OAuthClient;
}

export type AuthenticatedClient = ProvenProgram | NamedClient;

const SYSTEM = systemPrincipal('client-authentication');
type Credential = ProvenProgram['credential'];

/**
 * Who asks at the OAuth endpoints. An unknown client, a wrong or expired secret, an assertion that was used before and a
 * disabled account get the same answer and the same entry.
 *
 * Nothing that a client proves itself by can be guessed, so that who has it is never held up by those who have not: only
 * failures are counted, per client and source, and only they are refused for their number.
 */
@Injectable()
export class ClientAuthentication {
  private readonly audiences: ReadonlySet<string>;
  private readonly lookup = new CoalescedLookup<ClientProof, ReadonlyMap<ClientProof, ClientStanding | null>>((proofs) => this.uow.read(SYSTEM, (reading) => this.standingsOf(reading, proofs)));

  constructor(
    private readonly uow: UnitOfWork,
    private readonly standings: ClientStandingRepository,
    private readonly clients: OAuthClientRepository,
    private readonly principals: PrincipalRepository,
    private readonly throttle: LoginThrottle,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
    { http: { publicUrl } }: Config,
  ) {
    this.audiences = new Set([publicUrl, `${publicUrl}/oauth/token`]);
  }

  /** Faults: invalid-request, invalid-client, too-many-attempts. */
  async authenticate(request: ClientRequest): Promise<AuthenticatedClient> {
    const proof = readProof(request);
    const client = proof.method === 'none' ? await this.named(proof) : ((await this.proven(proof, request.source)) ?? (proof.method === 'tls_client_auth' ? await this.named(proof) : null));
    if (client === null) throw await this.failed(proof.claimed, request.source);
    // A name is no proof: what comes with it may be one (a code, a token), and says so then.
    noteAuthenticated(client.kind === 'program');
    return client;
  }

  /**
   * In the transaction that gives something: the account under a lock that orders this against a disabling and a
   * revocation, and what it showed asked for again. An assertion is used up here, with what it was good for or not at
   * all. Null when that is no longer, or an assertion was used before.
   */
  async prove(tx: Tx, { id, proof, credential, assertion }: ProvenProgram): Promise<LockedPrincipal | null> {
    const principal = await this.principals.lock(tx, id, 'share');
    if (principal?.status !== 'active') return null;
    const now = this.clock.now();
    if (assertion !== null) {
      if (!(await this.standings.useAssertion(tx, assertion.digest, assertion.expiresAt))) return null;
      return (await this.standings.keysOf(tx, id, now)).some((key) => key.id === credential.id) ? principal : null;
    }
    const [standing] = await this.standings.find(tx, [proof], now);
    return hasStill(standing, credential) ? principal : null;
  }

  /**
   * As `prove`, of several at once, none of whom waits for anybody. Null means nothing yet: somebody is changing the
   * account, or it is an assertion; such a one is proved alone.
   */
  async proveAll(tx: Tx, clients: readonly ProvenProgram[]): Promise<readonly (LockedPrincipal | null)[]> {
    const asked = clients.filter(({ assertion }) => assertion === null);
    // Both are sent at once, and the second sees what has committed by the time that the first has its locks.
    const [locked, standings] = await Promise.all([this.principals.lockIdle(tx, [...new Set(asked.map(({ id }) => id))]), this.standingsOf(tx, asked.map(({ proof }) => proof))]);
    const active = new Map(locked.filter(({ status }) => status === 'active').map((principal) => [principal.id, principal]));
    return clients.map(({ id, proof, credential }) => (hasStill(standings.get(proof), credential) ? (active.get(id) ?? null) : null));
  }

  /** Where nothing is given that a transaction would be needed for. Faults: invalid-client, too-many-attempts. */
  async proveAlone(client: ProvenProgram): Promise<void> {
    if (client.assertion === null) return;
    const principal = await this.uow.run(SYSTEM, (tx) => this.prove(tx, client));
    if (principal === null) throw await this.failed(client.proof.claimed, client.source);
  }

  /** Counts and records that somebody failed to be this client, for `refusal`; what they are answered with. */
  async failed(claimed: string, source: string, refusal: Fault = invalidClient()): Promise<Fault> {
    const name = serviceLoginName(claimed);
    const waitSeconds = await this.uow.run(SYSTEM, (tx) => this.throttle.charge(tx, this.throttle.keysOf(name, source)));
    const fault = waitSeconds > 0 ? tooManyAttempts(waitSeconds) : refusal;
    this.metrics.increment(AUTH_METRICS.auth_logins_total, { outcome: waitSeconds > 0 ? 'throttled' : 'failed' });
    await this.audit.record({
      kind: AUTH_EVENTS['auth.login.failed'],
      outcome: 'failure',
      actor: null,
      facts: { loginName: loginNameDigest(this.keyring, name), reason: fault.kind.code },
    });
    return fault;
  }

  private async named({ clientId }: ClientProof): Promise<NamedClient | null> {
    const client = clientId === null ? null : await this.uow.read(SYSTEM, (reading) => this.clients.find(reading, clientId));
    return client?.status === 'active' ? { kind: 'public', id: client.id, client } : null;
  }

  private async proven(proof: ClientProof, source: string): Promise<ProvenProgram | null> {
    const { assertion, clientId } = proof;
    const standing = (await this.lookup.find(proof)).get(proof);
    const verified = assertion === null ? null : await this.verifiedBy(clientId, assertion);
    if (typeof verified === 'string' || standing == null || !standing.isActive) return null;
    const credential: Credential | null = verified === null ? credentialOf(standing) : { type: 'client-key', id: verified.keyId };
    if (credential === null) return null;
    const { accountId: id } = standing;
    return { kind: 'program', id, method: proof.method, credential, certificateThumbprint: proof.certificateThumbprint, proof, assertion: verified, source };
  }

  private async verifiedBy(clientId: string | null, assertion: NonNullable<ClientProof['assertion']>): Promise<ReturnType<typeof verifyAssertion>> {
    const now = this.clock.now();
    const keys = await this.uow.read(SYSTEM, (reading) => this.standings.keysOf(reading, clientId, now));
    return verifyAssertion(assertion, keys, this.audiences, now.getTime() / 1000);
  }

  private async standingsOf(reading: Reading, proofs: readonly ClientProof[]): Promise<ReadonlyMap<ClientProof, ClientStanding | null>> {
    const standings = await this.standings.find(reading, proofs, this.clock.now());
    return new Map(proofs.map((proof, at) => [proof, standings[at] ?? null]));
  }
}

function hasStill(standing: ClientStanding | null | undefined, credential: Credential): boolean {
  return standing != null && credentialOf(standing)?.id === credential.id;
}

/** Of what was asked for, what the account has. */
function credentialOf({ secretId, certificateId }: ClientStanding): Credential | null {
  if (secretId !== null) return { type: 'client-secret', id: secretId };
  return certificateId === null ? null : { type: 'client-certificate', id: certificateId };
}
