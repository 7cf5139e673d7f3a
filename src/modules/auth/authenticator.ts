import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { type AccessTokenClaims, parseClaims, partiesOf, refusalOfClaims } from './domain/access-token.js';
import type { SecurityState, SessionState } from './persistence/security-state.repository.js';
import { SecurityLookup } from './security-lookup.js';
import { SignedTokens } from './signed-tokens.js';
import { refused, type TokenRefusal } from './token-refusal.js';

/** Thumbprints in base64url: of the connection's client certificate, and of the key that the request's proof was made with. */
export interface Possession {
  readonly certificateThumbprint: string | null;
  readonly proofThumbprint: string | null;
}

const NO_POSSESSION: Possession = { certificateThumbprint: null, proofThumbprint: null };

/** The key of a question that is only about the versions: no session has the nil UUID. */
const NO_SESSION = '00000000-0000-0000-0000-000000000000';

/**
 * Access token → principal. That a signature is good is a fact about the text and may be remembered; that the session
 * still stands is a fact about now, and is read from the database after the request arrived, for every request.
 */
@Injectable()
export class Authenticator {
  private readonly tokens: SignedTokens<AccessTokenClaims>;
  private readonly parties: { readonly issuer: string; readonly audience: string };
  /** What each principal was made from, for as long as somebody holds it. */
  private readonly claims = new WeakMap<Principal, AccessTokenClaims>();
  /** Those whom another kind of credential stands for: how that is asked about again. */
  private readonly others = new WeakMap<Principal, () => Promise<Principal>>();

  constructor(
    private readonly lookup: SecurityLookup,
    keyring: Keyring,
    private readonly clock: Clock,
    config: Config,
  ) {
    this.parties = partiesOf(config.http.publicUrl);
    this.tokens = new SignedTokens({ purpose: 'jwt', type: 'at+jwt', parse: parseClaims }, keyring, clock);
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
    const { claims, state } = await this.tokens.read(token, (said) => this.stateOf(said));
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

  private stateOf(claims: AccessTokenClaims | null): Promise<SecurityState> {
    return this.lookup.find({ sessionId: claims?.sessionId ?? NO_SESSION });
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
