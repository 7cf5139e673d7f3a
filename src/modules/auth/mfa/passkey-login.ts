import { Injectable } from '@nestjs/common';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { requestedScopes } from '../domain/scope-request.js';
import type { Assertion } from '../domain/webauthn-response.js';
import { type LoginAccount, LoginJournal } from '../login-journal.js';
import { type PasskeyKey, PasskeyRepository } from '../persistence/passkey.repository.js';
import { PrincipalRepository } from '../persistence/principal.repository.js';
import { UserAccountRepository } from '../persistence/user-account.repository.js';
import { boundTo, Sessions, type SessionTerms } from '../sessions.js';
import { type IssuedToken, type TokenGrant, TokenIssuer } from '../token-issuer.js';
import { FactorProofs } from './factor-proofs.js';
import { type PasskeyQuestion, type ProvenPasskey, RelyingParty } from './relying-party.js';

export interface PasskeyLoginRequest {
  readonly assertion: Assertion;
  /** RFC 6749 `scope`; everything when it is absent. */
  readonly scope?: string;
  /** Of the key whose proof came with the request: the tokens are bound to it. Null: to none. */
  readonly dpopThumbprint?: Buffer | null;
}

type Asked = Pick<SessionTerms, 'scopes' | 'confirmation'>;

interface Opened {
  readonly grant: TokenGrant;
  readonly mustChangePassword: boolean;
}

const SYSTEM = systemPrincipal('passkey-login');
const BOUND_TO = 'login';

/**
 * A passkey alone → session and token. Its authenticator has verified its holder (a PIN, a finger), so that there are two
 * factors in it: aal2. Who it is stands in the passkey; no name is asked for, so there is none to find out about.
 */
@Injectable()
export class PasskeyLogin {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly relyingParty: RelyingParty,
    private readonly proofs: FactorProofs,
    private readonly passkeys: PasskeyRepository,
    private readonly principals: PrincipalRepository,
    private readonly accounts: UserAccountRepository,
    private readonly sessions: Sessions,
    private readonly issuer: TokenIssuer,
    private readonly journal: LoginJournal,
  ) {}

  async question(): Promise<PasskeyQuestion> {
    return this.uow.run(SYSTEM, (tx) => this.relyingParty.question(tx, BOUND_TO, []));
  }

  /** Fault: passkey-refused, for one that is not known, does not fit, or is of an account that is disabled. */
  async login({ assertion, scope, dpopThumbprint }: PasskeyLoginRequest): Promise<IssuedToken> {
    const asked = { scopes: requestedScopes(scope), confirmation: boundTo(dpopThumbprint) };
    const found: { passkey: PasskeyKey | null; account: LoginAccount | null } = { passkey: null, account: null };
    const proven = await this.relyingParty.proven(assertion, BOUND_TO, async (tx) => {
      found.passkey = await this.passkeys.findByCredential(tx, assertion.credentialId);
      found.account = found.passkey === null ? null : await this.accounts.credentialOf(tx, found.passkey.principalId);
      return isSamePerson(found.passkey, assertion.userHandle) ? found.passkey : null;
    });
    const opened = proven === null || found.passkey === null ? null : await this.open(found.passkey.principalId, proven, asked);
    if (opened === null) throw await this.journal.failed(`passkey:${assertion.credentialId.toString('base64url')}`, found.account, new Fault(AUTH_FAULTS['passkey-refused']));
    this.journal.countSuccess();
    return this.issuer.issue(opened.grant, opened.mustChangePassword);
  }

  private async open(principalId: string, proven: ProvenPasskey, asked: Asked): Promise<Opened | null> {
    return this.uow.run(SYSTEM, (tx) => this.openIn(tx, principalId, proven, asked));
  }

  private async openIn(tx: Tx, principalId: string, proven: ProvenPasskey, asked: Asked): Promise<Opened | null> {
    const principal = await this.principals.lock(tx, principalId, 'share');
    const account = await this.accounts.credentialOf(tx, principalId);
    if (principal?.status !== 'active' || account === null) return null;
    const acceptance = await this.proofs.acceptPasskey(tx, proven);
    if (!acceptance.accepted) return null;
    const grant = await this.sessions.open(tx, principal, { ...asked, methods: [...acceptance.methods, 'mfa'], assurance: 'aal2', refreshable: true });
    await this.journal.succeeded(tx, grant, account);
    return { grant, mustChangePassword: account.mustChangePassword };
  }
}

/** A passkey that names somebody names the account that it was made for (WebAuthn §7.2, step 6). */
function isSamePerson(passkey: PasskeyKey | null, userHandle: Buffer | null): boolean {
  return passkey !== null && userHandle !== null && userHandle.equals(userHandleOf(passkey.principalId));
}

/** What authenticators know the person by: the bytes of the id, which says nothing about them. */
export function userHandleOf(principalId: string): Buffer {
  return Buffer.from(principalId.replaceAll('-', ''), 'hex');
}
