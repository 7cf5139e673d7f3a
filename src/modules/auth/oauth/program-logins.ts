import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { CoalescedLookup } from '#platform/database/coalesced-lookup.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { type RequestTrail, requestTrail, runWithoutTrail } from '#platform/system/request-context.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Scope, systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { invalidClient } from '../domain/client-proof.js';
import type { ClientAuthMethod } from '../domain/oauth-client.js';
import { formatScopes } from '../domain/scope-request.js';
import { actorOf } from '../login-journal.js';
import type { LockedPrincipal } from '../persistence/principal.repository.js';
import { Sessions } from '../sessions.js';
import type { Binding, TokenGrant } from '../token-issuer.js';
import { ClientAuthentication, type ProvenProgram } from './client-authentication.js';

/** A program that has shown who it is, and wants to be let in. */
export interface ProgramLogin {
  readonly client: ProvenProgram;
  readonly scopes: ReadonlySet<Scope>;
  readonly confirmation: Binding | null;
}

/** With the request that it came by, which is not the one that its transaction is begun in. */
interface Waiting extends ProgramLogin {
  readonly trail: RequestTrail | undefined;
}

interface Proven extends Waiting {
  readonly principal: LockedPrincipal;
}

/** RFC 8176: what a program showed. */
const METHODS: Readonly<Record<ClientAuthMethod, readonly string[]>> = {
  none: [],
  client_secret_basic: ['pwd'],
  client_secret_post: ['pwd'],
  private_key_jwt: ['swk'],
  tls_client_auth: ['swk'],
};

/** Logins a transaction: it takes some milliseconds, and whoever comes last of them waits as long as whoever comes first. */
const LOGINS_MAX = 64;

const SYSTEM = systemPrincipal('program-logins');

/**
 * Sessions of programs, each with its entry in the ledger. Those that wait at the same time share a transaction, which
 * is what a login costs most: its locks, its statements and its commit are then those of all. One is under way at a
 * time; the next takes everybody who has come meanwhile.
 *
 * What is shared decides for nobody but who is let in by it. Each program is judged by rows that are its own; whom it
 * does not let in (somebody is changing the account, the secret is gone), and everybody in it if it fails, is judged
 * again in a transaction of their own, where nobody else waits.
 */
@Injectable()
export class ProgramLogins {
  private readonly together = new CoalescedLookup<Waiting, ReadonlyMap<Waiting, TokenGrant>>((logins) => runWithoutTrail(() => this.uow.run(SYSTEM, (tx) => this.openThose(tx, logins))), LOGINS_MAX);

  constructor(
    private readonly uow: UnitOfWork,
    private readonly authentication: ClientAuthentication,
    private readonly sessions: Sessions,
    private readonly audit: AuditLog,
  ) {}

  /** Or why not: what the program showed is no longer good, or was an assertion that was used before; or it is to bind its tokens. */
  async open(login: ProgramLogin): Promise<TokenGrant | Fault> {
    const waiting = { ...login, trail: requestTrail() };
    return (await this.shared(waiting)) ?? this.uow.run(SYSTEM, (tx) => this.openAlone(tx, waiting));
  }

  private async shared(waiting: Waiting): Promise<TokenGrant | null> {
    // An assertion is used up by a row that another replica may be holding: that is waited for alone.
    if (waiting.client.assertion !== null) return null;
    try {
      return (await this.together.find(waiting)).get(waiting) ?? null;
    } catch (error) {
      // Whether it was committed is not known: to do it again might record it twice.
      if (error instanceof Fault && error.kind === REQUEST_FAULTS.unavailable) throw error;
      return null;
    }
  }

  private async openThose(tx: Tx, logins: readonly Waiting[]): Promise<ReadonlyMap<Waiting, TokenGrant>> {
    const principals = await this.authentication.proveAll(tx, logins.map(({ client }) => client));
    const proven = logins.flatMap((login, at) => (principals[at] == null || isUnbound(login, principals[at]) ? [] : [{ login, principal: principals[at] }]));
    const grants = await this.enter(tx, proven.map(({ login, principal }) => ({ ...login, principal })));
    return new Map(proven.map(({ login }, at) => [login, grants[at]!]));
  }

  private async openAlone(tx: Tx, login: Waiting): Promise<TokenGrant | Fault> {
    const principal = await this.authentication.prove(tx, login.client);
    if (principal === null) return invalidClient();
    if (isUnbound(login, principal)) return new Fault(AUTH_FAULTS['invalid-dpop-proof']);
    const [grant] = await this.enter(tx, [{ ...login, principal }]);
    return grant!;
  }

  private async enter(tx: Tx, logins: readonly Proven[]): Promise<readonly TokenGrant[]> {
    if (logins.length === 0) return [];
    const grants = this.sessions.openAll(tx, logins.map(({ principal, client: { method, credential }, scopes, confirmation, trail }) => ({
      principal,
      terms: { scopes, methods: METHODS[method], assurance: 'aal1', confirmation, credentialId: credential.id, source: trail?.source.ipAddress ?? null, userAgent: trail?.source.userAgent ?? null },
    })));
    await this.audit.appendAll(tx, logins.map(({ principal, client: { credential }, scopes, trail }, at) => ({
      trail,
      event: {
        kind: AUTH_EVENTS['auth.login'],
        outcome: 'success',
        actor: actorOf(grants[at]!),
        targets: [{ type: 'service-account', uid: principal.id }, { type: 'session', uid: grants[at]!.sessionId }, { type: credential.type, uid: credential.id }],
        facts: { scopes: formatScopes(scopes) },
      },
    })));
    return grants;
  }
}

/** A secret that was copied comes like this. */
function isUnbound({ confirmation }: ProgramLogin, { dpopRequired }: LockedPrincipal): boolean {
  return dpopRequired && confirmation === null;
}
