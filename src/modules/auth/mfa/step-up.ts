import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { PasswordHasher } from '#modules/crypto/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { AssuranceLevel, Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { PASSWORD_CODE_POINTS_MAX } from '../domain/password-policy.js';
import { LoginJournal } from '../login-journal.js';
import { LoginThrottle } from '../login-throttle.js';
import { tooManyAttempts } from '../password-login.js';
import { PasskeyRepository } from '../persistence/passkey.repository.js';
import { type LockedPrincipal, PrincipalRepository } from '../persistence/principal.repository.js';
import { type Credential, UserAccountRepository } from '../persistence/user-account.repository.js';
import { Sessions } from '../sessions.js';
import { type IssuedToken, type TokenGrant, TokenIssuer } from '../token-issuer.js';
import { FactorProofs, type FactorProof, type PreparedProof } from './factor-proofs.js';
import { type PasskeyQuestion, RelyingParty } from './relying-party.js';
import { factorRefusal } from './second-factor-login.js';
import { SecondFactors } from './second-factors.js';

export type StepUpProof = FactorProof | { readonly factor: 'password'; readonly password: string };

type Outcome = { readonly grant: TokenGrant } | { readonly refusal: Fault };

/** Stands for the address in the throttle: whoever holds a token may guess here no faster than at the login. */
const SOURCE = 'step-up';

const ofSession = (sessionId: string): string => `session:${sessionId}`;

/**
 * The holder of a session proves themselves anew, and gets a token that says so (RFC 9470): what refused them for the
 * level or the age of their login takes them now. Of an account with a second factor only that raises anything; of one
 * without, the password makes the login fresh and no stronger.
 */
@Injectable()
export class StepUp {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly factors: SecondFactors,
    private readonly proofs: FactorProofs,
    private readonly relyingParty: RelyingParty,
    private readonly passkeys: PasskeyRepository,
    private readonly principals: PrincipalRepository,
    private readonly accounts: UserAccountRepository,
    private readonly throttle: LoginThrottle,
    private readonly hasher: PasswordHasher,
    private readonly sessions: Sessions,
    private readonly issuer: TokenIssuer,
    private readonly audit: AuditLog,
    private readonly journal: LoginJournal,
  ) {}

  async question(principal: Principal): Promise<PasskeyQuestion> {
    const sessionId = sessionOf(principal);
    return this.uow.run(principal, async (tx) => this.relyingParty.question(tx, ofSession(sessionId), await this.passkeys.keysOf(tx, principal.id)));
  }

  /** Faults: second-factor-refused, too-many-codes; wrong-password, too-many-attempts; second-factor-required for a password that is not enough; forbidden for who has no session to raise. */
  async raise(principal: Principal, proof: StepUpProof): Promise<IssuedToken> {
    const sessionId = sessionOf(principal);
    const outcome = proof.factor === 'password' ? await this.byPassword(principal, proof.password) : await this.byFactor(principal, sessionId, proof);
    if ('grant' in outcome) return this.issuer.issue(outcome.grant, principal.mustChangePassword);
    if (proof.factor !== 'password') await this.journal.factorRefused(principal.id, proof.factor, outcome.refusal, principal);
    throw outcome.refusal;
  }

  private async byFactor(principal: Principal, sessionId: string, proof: FactorProof): Promise<Outcome> {
    const prepared = await this.proofs.prepare(proof, ofSession(sessionId), principal.id);
    return this.uow.run(principal, (tx) => this.raiseByFactor(tx, principal, prepared));
  }

  private async raiseByFactor(tx: Tx, principal: Principal, proof: PreparedProof): Promise<Outcome> {
    const locked = await this.principals.lock(tx, principal.id, 'share');
    const acceptance = await this.proofs.accept(tx, principal.id, proof);
    if (!acceptance.accepted) return { refusal: factorRefusal(acceptance.waitSeconds) };
    // A passkey that verified its holder is two factors by itself; a code is the second one to what the session began with.
    const methods = proof.factor === 'webauthn' ? [...acceptance.methods, 'mfa'] : ['pwd', ...acceptance.methods, 'mfa'];
    return { grant: await this.raiseIn(tx, principal, locked, { assurance: 'aal2', methods }) };
  }

  private async byPassword(principal: Principal, password: string): Promise<Outcome> {
    const { credential, keys, waitSeconds, owesFactor } = await this.uow.run(principal, async (tx) => {
      const credential = await this.accounts.credentialOf(tx, principal.id);
      if (credential === null) throw new Fault(REQUEST_FAULTS.forbidden);
      const keys = this.throttle.keysOf(credential.username, SOURCE);
      const owesFactor = (await this.factors.of(tx, principal.id)).length > 0;
      return { credential, keys, owesFactor, waitSeconds: owesFactor ? 0 : await this.throttle.charge(tx, keys) };
    });
    if (owesFactor) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/factor', 'second-factor-required', 'a second factor of the account');
    if (waitSeconds > 0) return { refusal: tooManyAttempts(waitSeconds) };
    const typed = password.length > 2 * PASSWORD_CODE_POINTS_MAX ? '' : password;
    if (!(await this.hasher.verify(typed, credential.passwordHash))) {
      const refusal = Fault.at(AUTH_FAULTS['wrong-password'], '/password', 'wrong-password');
      await this.journal.failed(credential.username, credential, refusal);
      return { refusal };
    }
    return this.uow.run(principal, async (tx) => {
      const locked = await this.principals.lock(tx, principal.id, 'share');
      await this.requireUnchanged(tx, credential);
      await this.throttle.forgive(tx, keys, 'password-change');
      return { grant: await this.raiseIn(tx, principal, locked, { assurance: principal.assurance, methods: ['pwd'] }) };
    });
  }

  /** While argon2 ran, another password may have been set, or a factor added, which is asked for from then on. */
  private async requireUnchanged(tx: Tx, credential: Credential): Promise<void> {
    const now = await this.accounts.credentialOf(tx, credential.principalId);
    const factors = await this.factors.of(tx, credential.principalId);
    if (now?.passwordHash !== credential.passwordHash || factors.length > 0) throw new Fault(REQUEST_FAULTS.conflict);
  }

  private async raiseIn(tx: Tx, principal: Principal, locked: LockedPrincipal | null, { assurance, methods }: { readonly assurance: AssuranceLevel; readonly methods: readonly string[] }): Promise<TokenGrant> {
    const sessionId = sessionOf(principal);
    const grant = locked?.status !== 'active' ? null : await this.sessions.raise(tx, locked, sessionId, { assurance, methods });
    if (grant === null) throw new Fault(REQUEST_FAULTS.unauthenticated);
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.mfa.step-up'],
      outcome: 'success',
      actor: principal,
      targets: [{ type: 'user', uid: principal.id }, { type: 'session', uid: sessionId }],
      facts: { methods, assurance, privileges: [`acr:${assurance}`] },
    });
    return grant;
  }
}

/** What has no session, a key for instance, can be made no stronger. */
function sessionOf({ sessionId }: Principal): string {
  if (sessionId === null) throw new Fault(REQUEST_FAULTS.forbidden);
  return sessionId;
}
