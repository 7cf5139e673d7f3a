import { Injectable } from '@nestjs/common';
import { PolicyDecision } from '#modules/rbac/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { PASSKEYS_MAX } from '../domain/passkey.js';
import type { Registration } from '../domain/webauthn-response.js';
import { PasskeyRepository } from '../persistence/passkey.repository.js';
import { UserAccountRepository } from '../persistence/user-account.repository.js';
import { type IssuedToken, TokenIssuer } from '../token-issuer.js';
import { FactorChanges } from './factor-changes.js';
import { userHandleOf } from './passkey-login.js';
import { CHALLENGE_SECONDS, COSE_ALGORITHMS, type NewCredential, RelyingParty } from './relying-party.js';

/** What a page hands to `navigator.credentials.create`, as `parseCreationOptionsFromJSON` reads it. */
export interface PasskeyOffer {
  readonly rp: { readonly id: string; readonly name: string };
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string };
  readonly challenge: string;
  readonly pubKeyCredParams: readonly { readonly type: 'public-key'; readonly alg: number }[];
  readonly timeout: number;
  readonly excludeCredentials: readonly { readonly type: 'public-key'; readonly id: string; readonly transports: readonly string[] }[];
  readonly authenticatorSelection: { readonly residentKey: 'preferred'; readonly userVerification: 'required' };
  readonly attestation: 'none';
}

export interface PasskeyToEnrol {
  readonly registration: Registration;
  readonly label: string | null;
}

const NAME = 'Quantonium';

const ofEnrolment = (sessionId: string): string => `enrol:${sessionId}`;

/** One's own passkeys. */
@Injectable()
export class PasskeyEnrolment {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly changes: FactorChanges,
    private readonly relyingParty: RelyingParty,
    private readonly passkeys: PasskeyRepository,
    private readonly accounts: UserAccountRepository,
    private readonly issuer: TokenIssuer,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Faults: those of FactorChanges. */
  async offer(principal: Principal): Promise<PasskeyOffer> {
    await this.policy.require(principal, AUTH_PERMISSIONS['account:update'], null);
    return this.uow.run(principal, async (tx) => {
      const { sessionId } = await this.changes.begin(tx, principal);
      const account = await this.accounts.credentialOf(tx, principal.id);
      if (account === null) throw new Fault(REQUEST_FAULTS.forbidden);
      const known = await this.passkeys.keysOf(tx, principal.id);
      return {
        rp: { id: this.relyingParty.id, name: NAME },
        user: { id: userHandleOf(principal.id).toString('base64url'), name: account.username, displayName: account.displayName ?? account.username },
        challenge: await this.relyingParty.challenge(tx, ofEnrolment(sessionId)),
        pubKeyCredParams: COSE_ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
        timeout: CHALLENGE_SECONDS * 1000,
        excludeCredentials: known.map(({ credentialId, transports }) => ({ type: 'public-key', id: credentialId.toString('base64url'), transports })),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        attestation: 'none',
      };
    });
  }

  /** Faults: those of FactorChanges, enrolment-refused, passkey-taken. */
  async enrol(principal: Principal, { registration, label }: PasskeyToEnrol): Promise<{ readonly id: string; readonly token: IssuedToken }> {
    await this.policy.require(principal, AUTH_PERMISSIONS['account:update'], null);
    const credential = principal.sessionId === null ? null : await this.relyingParty.registered(registration, ofEnrolment(principal.sessionId));
    if (credential === null) throw new Fault(AUTH_FAULTS['enrolment-refused']);
    const { id, grant } = await this.uow.run(principal, async (tx) => {
      const changer = await this.changes.begin(tx, principal);
      const passkey = this.made(principal.id, credential, label);
      const isRoom = (await this.passkeys.keysOf(tx, principal.id)).length < PASSKEYS_MAX;
      if (!isRoom || !(await this.passkeys.insert(tx, passkey))) throw new Fault(AUTH_FAULTS['passkey-taken']);
      const proven = [credential.synced ? 'swk' : 'hwk', 'user', 'mfa'];
      return { id: passkey.id, grant: await this.changes.finish(tx, changer, { kind: AUTH_EVENTS['auth.mfa.enrol'], factor: 'webauthn', passkeyId: passkey.id, proven }) };
    });
    return { id, token: await this.issuer.issue(grant) };
  }

  /** Faults: those of FactorChanges, not-found. */
  async remove(principal: Principal, id: string): Promise<IssuedToken> {
    await this.policy.require(principal, AUTH_PERMISSIONS['account:update'], null);
    const grant = await this.uow.run(principal, async (tx) => {
      const changer = await this.changes.begin(tx, principal);
      if (!(await this.passkeys.remove(tx, principal.id, id))) throw new Fault(REQUEST_FAULTS['not-found']);
      return this.changes.finish(tx, changer, { kind: AUTH_EVENTS['auth.mfa.remove'], factor: 'webauthn', passkeyId: id, proven: null });
    });
    return this.issuer.issue(grant);
  }

  private made(principalId: string, credential: NewCredential, label: string | null): NewCredential & { id: string; principalId: string; label: string | null; createdAt: Date } {
    const createdAt = this.clock.now();
    return { ...credential, id: this.randomness.uuidv7(createdAt.getTime()), principalId, label, createdAt };
  }
}
