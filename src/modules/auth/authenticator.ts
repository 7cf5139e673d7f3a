import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { type AccessTokenClaims, partiesOf, refusalOfClaims, type ValidityRefusal } from './domain/access-token.js';
import { accessTokenHeader, isTokenKeyAlgorithm } from './domain/compact-jws.js';
import { type AccessTokenKeys, type SignatureRefusal, verifyAccessToken } from './domain/verify-access-token.js';
import { dpopChallenge } from './dpop/dpop-proofs.js';
import type { SecurityState, SessionState } from './persistence/security-state.repository.js';
import { SecurityLookup } from './security-lookup.js';
import { TokenCache } from './token-cache.js';

/** Why a token was refused: for the log and the specs. A client only ever learns that it was. */
export type TokenRefusal = SignatureRefusal | ValidityRefusal | 'malformed' | 'no-session' | 'session-ended' | 'account-disabled' | 'epoch-passed' | 'wrong-certificate' | 'wrong-proof';

/** Thumbprints in base64url: of the connection's client certificate, and of the key that the request's proof was made with. */
export interface Possession {
  readonly certificateThumbprint: string | null;
  readonly proofThumbprint: string | null;
}

const NO_POSSESSION: Possession = { certificateThumbprint: null, proofThumbprint: null };

/** The keys as of one version of the keyring. */
interface KeySet {
  readonly version: number;
  readonly byHeader: AccessTokenKeys;
}

/** The key of a question that is only about the versions: no session has the nil UUID. */
const NO_SESSION = '00000000-0000-0000-0000-000000000000';

/**
 * Access token → principal. That a signature is good is a fact about the text and may be remembered; that the session
 * still stands is a fact about now, and is read from the database after the request arrived, for every request.
 */
@Injectable()
export class Authenticator {
  private readonly cache = new TokenCache();
  private readonly parties: { readonly issuer: string; readonly audience: string };
  /** What each principal was made from, for as long as somebody holds it. */
  private readonly claims = new WeakMap<Principal, AccessTokenClaims>();
  /** Those whom another kind of credential stands for: how that is asked about again. */
  private readonly others = new WeakMap<Principal, () => Promise<Principal>>();
  private keys: KeySet = { version: -1, byHeader: new Map() };
  private renewal: { readonly version: number; readonly done: Promise<void> } | null = null;

  constructor(
    private readonly lookup: SecurityLookup,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    config: Config,
  ) {
    this.parties = partiesOf(config.http.publicUrl);
  }

  /**
   * `possession` is what whoever sent the token proved besides. Throws
   * `unauthenticated` for every token that is not good now, there, and `unavailable` when that cannot be found out.
   */
  async authenticate(token: string, possession: Possession = NO_POSSESSION): Promise<Principal> {
    const { claims, state } = await this.standing(token);
    const unproven = refusalOfPossession(claims, possession);
    if (unproven !== null) throw refused(unproven);
    return this.made(claims, state);
  }

  /** What a token that is good now says, for who asks about it and does not use it: whatever it is bound to. Null for every other. */
  async inspect(token: string): Promise<AccessTokenClaims | null> {
    try {
      return (await this.standing(token)).claims;
    } catch (error) {
      if (error instanceof Fault && error.kind === REQUEST_FAULTS.unauthenticated) return null;
      throw error;
    }
  }

  private async standing(token: string): Promise<{ readonly claims: AccessTokenClaims; readonly state: SecurityState }> {
    const digest = TokenCache.digest(token);
    const keysBefore = this.keys;
    let claims = this.cache.get(digest, this.clock.nowMillis()) ?? this.verify(token, digest);
    // A kid that is not known may be a new key of another replica: only the counter can tell. The rest is final.
    if (typeof claims === 'string' && claims !== 'unknown-header') throw refused(claims);
    let state = await this.stateOf(claims);
    if (state.keyringVersion > this.keys.version) await this.renewKeys(state.keyringVersion);
    // By whomever they were renewed, this request or one beside it: what the older keys said no longer counts.
    if (this.keys !== keysBefore) {
      const before = claims;
      claims = this.verify(token, digest);
      if (typeof before === 'string' && typeof claims !== 'string') state = await this.stateOf(claims);
    }
    if (typeof claims === 'string') throw refused(claims);
    const refusal = refusalOfClaims(claims, this.parties, this.clock.nowMillis() / 1000) ?? refusalOfSession(claims, state.sessions.get(claims.sessionId));
    if (refusal !== null) throw refused(refusal);
    return { claims, state };
  }

  /**
   * The principal as of now, for what goes on long after its request was authenticated: session, account and epoch are
   * asked for again, and so is the policy's version. That the token has expired meanwhile ends nothing that it began.
   */
  async again(principal: Principal): Promise<Principal> {
    const other = this.others.get(principal);
    if (other !== undefined) return other();
    const claims = this.claims.get(principal);
    if (claims === undefined) throw new Error('only who was authenticated here can be asked for again');
    const state = await this.stateOf(claims);
    const refusal = refusalOfSession(claims, state.sessions.get(claims.sessionId));
    if (refusal !== null) throw refused(refusal);
    return this.made(claims, state);
  }

  /** As `again`, for what a client can ask for anew with another token: it ends with the one that it was asked for with. */
  async current(principal: Principal): Promise<Principal> {
    const claims = this.claims.get(principal);
    const refusal = claims === undefined ? null : refusalOfClaims(claims, this.parties, this.clock.nowMillis() / 1000);
    if (refusal !== null) throw refused(refusal);
    return this.again(principal);
  }

  /** For who authenticates by another kind of credential. */
  vouch(principal: Principal, again: () => Promise<Principal>): Principal {
    this.others.set(principal, again);
    return principal;
  }

  private made(claims: AccessTokenClaims, state: SecurityState): Principal {
    const principal = principalOf(claims, state);
    this.claims.set(principal, claims);
    return principal;
  }

  /** The signature and the form, from the text and the keys at hand; remembers what it found good. */
  private verify(token: string, digest: string): AccessTokenClaims | TokenRefusal {
    const claims = verifyAccessToken(token, this.keys.byHeader);
    if (typeof claims !== 'string') this.cache.put(digest, claims, this.clock.nowMillis());
    return claims;
  }

  private stateOf(claims: AccessTokenClaims | TokenRefusal): Promise<SecurityState> {
    return this.lookup.find({ sessionId: typeof claims === 'string' ? NO_SESSION : claims.sessionId });
  }

  /** Loads the keys as of `version`, once for all who ask for it, and forgets every signature that older ones found good. */
  private async renewKeys(version: number): Promise<void> {
    if (this.renewal?.version !== version) {
      const renewal = { version, done: this.loadKeys(version) };
      this.renewal = renewal;
      // A failed load is asked again by the next request; a good one stays in `keys`.
      renewal.done.catch(() => undefined).finally(() => (this.renewal === renewal ? (this.renewal = null) : undefined));
    }
    await this.renewal.done;
  }

  private async loadKeys(version: number): Promise<void> {
    const verifiers = await this.keyring.verifiers('jwt', version);
    // A key's record says what it is for: no token can ask to be verified by another algorithm.
    const byHeader = new Map(verifiers.flatMap((verifier) => (isTokenKeyAlgorithm(verifier.algorithm) ? [[accessTokenHeader(verifier.keyId, verifier.algorithm), verifier] as const] : [])));
    this.keys = { version, byHeader };
    this.cache.clear();
  }
}

function refusalOfSession(claims: AccessTokenClaims, session: SessionState | undefined): TokenRefusal | null {
  if (session === undefined || session.principalId !== claims.subject || session.kind !== claims.subjectKind) return 'no-session';
  return refusalOfState(session, claims.epoch);
}

/** A token that is bound is good with what it is bound to; one that is not comes without a proof, or the proof was for another. */
function refusalOfPossession({ confirmation }: AccessTokenClaims, { certificateThumbprint, proofThumbprint }: Possession): TokenRefusal | null {
  if (confirmation?.kind === 'dpop' || proofThumbprint !== null) return confirmation?.kind === 'dpop' && confirmation.thumbprint === proofThumbprint ? null : 'wrong-proof';
  return confirmation === null || confirmation.thumbprint === certificateThumbprint ? null : 'wrong-certificate';
}

/** Whether a credential that was given in this epoch still stands. */
export function refusalOfState(session: SessionState, epoch: number): TokenRefusal | null {
  if (session.revoked || session.expired) return 'session-ended';
  if (session.status !== 'active') return 'account-disabled';
  return session.epoch === epoch ? null : 'epoch-passed';
}

function principalOf(claims: AccessTokenClaims, state: SecurityState): Principal {
  return Object.freeze({
    id: claims.subject,
    kind: claims.subjectKind,
    sessionId: claims.sessionId,
    scopes: claims.scopes,
    assurance: claims.assurance,
    authenticatedAtSeconds: claims.authenticatedAtSeconds,
    projectId: claims.projectId,
    mustChangePassword: state.sessions.get(claims.sessionId)?.mustChangePassword ?? false,
    ...marksOf(state.sessions.get(claims.sessionId)),
    policyVersion: state.policyVersion,
    transitVersion: state.transitVersion,
  });
}

/** What is said of the principal of an account that is not like most. */
export function marksOf(session: SessionState | undefined): Pick<Principal, 'breakGlassId' | 'holdsBreakGlass' | 'withoutSecondFactor'> {
  return { ...(session?.withoutSecondFactor === true ? { withoutSecondFactor: true as const } : {}), ...breakGlassOf(session) };
}

function breakGlassOf(session: SessionState | undefined): Pick<Principal, 'breakGlassId' | 'holdsBreakGlass'> {
  if (session?.breakGlassId == null) return {};
  return { breakGlassId: session.breakGlassId, ...(session.holdsBreakGlass ? { holdsBreakGlass: true as const } : {}) };
}

export function refused(refusal: TokenRefusal): Fault {
  const challenge = refusal === 'wrong-proof' ? { headers: { 'WWW-Authenticate': dpopChallenge('invalid_token') } } : {};
  return new Fault(REQUEST_FAULTS.unauthenticated, { ...challenge, cause: new TokenRefused(refusal) });
}

/** The reason beneath an `unauthenticated`: logged, never rendered. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';

  constructor(readonly refusal: TokenRefusal) {
    super(`access token refused: ${refusal}`);
  }
}
