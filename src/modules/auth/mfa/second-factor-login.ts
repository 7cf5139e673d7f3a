import { Injectable } from '@nestjs/common';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { LoginJournal } from '../login-journal.js';
import { LoginThrottle } from '../login-throttle.js';
import { PasskeyRepository } from '../persistence/passkey.repository.js';
import { PrincipalRepository } from '../persistence/principal.repository.js';
import { UserAccountRepository } from '../persistence/user-account.repository.js';
import { boundTo, Sessions } from '../sessions.js';
import { type Binding, type IssuedToken, type TokenGrant, TokenIssuer } from '../token-issuer.js';
import { FactorProofs, type FactorProof, type PreparedProof } from './factor-proofs.js';
import { LoginTickets, ofTicket } from './login-tickets.js';
import { type PasskeyQuestion, RelyingParty } from './relying-party.js';

export interface SecondFactorRequest {
  readonly ticket: string;
  readonly proof: FactorProof;
  /** The client's address as the pipeline believes it. */
  readonly source: string;
  /** Of the key whose proof came with this half of the login: the tokens are bound to it. Null: to none. */
  readonly dpopThumbprint?: Buffer | null;
}

type Outcome = { readonly grant: TokenGrant; readonly mustChangePassword: boolean } | { readonly refusal: Fault; readonly principalId: string | null };

const SYSTEM = systemPrincipal('second-factor-login');

/** The second half of a login whose first was a password: ticket and second factor → session and token, at aal2. */
@Injectable()
export class SecondFactorLogin {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly tickets: LoginTickets,
    private readonly proofs: FactorProofs,
    private readonly relyingParty: RelyingParty,
    private readonly passkeys: PasskeyRepository,
    private readonly principals: PrincipalRepository,
    private readonly accounts: UserAccountRepository,
    private readonly throttle: LoginThrottle,
    private readonly sessions: Sessions,
    private readonly issuer: TokenIssuer,
    private readonly journal: LoginJournal,
  ) {}

  /** What the person's passkeys are to sign. Fault: ticket-refused. */
  async question(ticket: string): Promise<PasskeyQuestion> {
    const hash = this.tickets.hashOf(ticket);
    const question = await this.uow.run(SYSTEM, async (tx) => {
      const held = hash === null ? null : await this.tickets.find(tx, hash, 'look');
      return held === null ? null : this.relyingParty.question(tx, ofTicket(hash!), await this.passkeys.keysOf(tx, held.principalId));
    });
    if (question === null) throw new Fault(AUTH_FAULTS['ticket-refused']);
    return question;
  }

  /** Faults: ticket-refused, second-factor-refused, too-many-codes. */
  async complete({ ticket, proof, source, dpopThumbprint }: SecondFactorRequest): Promise<IssuedToken> {
    const hash = this.tickets.hashOf(ticket);
    const held = hash === null ? null : await this.uow.run(SYSTEM, (tx) => this.tickets.find(tx, hash, 'look'));
    if (hash === null || held === null) throw new Fault(AUTH_FAULTS['ticket-refused']);
    const prepared = await this.proofs.prepare(proof, ofTicket(hash), held.principalId);
    const outcome = await this.uow.run(SYSTEM, (tx) => this.open(tx, hash, held.principalId, prepared, { source, confirmation: boundTo(dpopThumbprint) }));
    if ('refusal' in outcome) {
      if (outcome.principalId !== null) await this.journal.factorRefused(outcome.principalId, proof.factor, outcome.refusal);
      throw outcome.refusal;
    }
    this.journal.countSuccess();
    return this.issuer.issue(outcome.grant, outcome.mustChangePassword);
  }

  /**
   * Commits what was wrong, too: a ticket ends with its fifth wrong answer. The principal is locked before the ticket, as
   * everywhere; the ticket before the factor, so that of two who bring one ticket the second finds it used.
   */
  private async open(tx: Tx, hash: Buffer, principalId: string, proof: PreparedProof, { source, confirmation }: { readonly source: string; readonly confirmation: Binding | null }): Promise<Outcome> {
    const principal = await this.principals.lock(tx, principalId, 'share');
    const ticket = await this.tickets.find(tx, hash, 'lock');
    const account = await this.accounts.credentialOf(tx, principalId);
    // Another epoch: password or factors were changed since, or the sessions ended.
    if (principal?.status !== 'active' || account === null || ticket?.epoch !== principal.epoch) return { refusal: new Fault(AUTH_FAULTS['ticket-refused']), principalId: null };
    const acceptance = await this.proofs.accept(tx, principalId, proof);
    if (!acceptance.accepted) {
      await this.tickets.fail(tx, hash);
      return { refusal: factorRefusal(acceptance.waitSeconds), principalId };
    }
    await this.tickets.use(tx, hash);
    await this.throttle.forgive(tx, this.throttle.keysOf(account.username, source), 'login');
    const grant = await this.sessions.open(tx, principal, { scopes: new Set(ticket.scopes), methods: ['pwd', ...acceptance.methods, 'mfa'], assurance: 'aal2', refreshable: true, confirmation });
    await this.journal.succeeded(tx, grant, account);
    return { grant, mustChangePassword: account.mustChangePassword };
  }
}

/** Wrong, or not looked at for a while. */
export function factorRefusal(waitSeconds: number): Fault {
  if (waitSeconds === 0) return new Fault(AUTH_FAULTS['second-factor-refused']);
  return new Fault(AUTH_FAULTS['too-many-codes'], { headers: { 'Retry-After': String(waitSeconds) } });
}
