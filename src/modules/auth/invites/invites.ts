import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Keyring } from '#modules/crypto/index.js';
import { PolicyDecision, Projects, RoleBindings } from '#modules/rbac/index.js';
import { Config } from '#platform/config/config.js';
import { type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { LETTER_SEAL, letterOrder } from '#platform/outbox/letter.js';
import { Outbox } from '#platform/outbox/outbox.js';
import { OutboxRows } from '#platform/outbox/outbox-rows.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import { type Principal, SCOPES } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { type Invite, INVITES_MAX, type PromisedRole } from '../domain/invite.js';
import { formatSecret, SECRET_PREFIXES, SECRET_RANDOM_BYTES, secretHash } from '../domain/random-secret.js';
import { isUsername } from '../domain/username.js';
import { inviteLetter, linkOf } from '../one-time-link.js';
import { InviteRepository } from '../persistence/invite.repository.js';
import { UserAccountRepository } from '../persistence/user-account.repository.js';

const HOUR_MILLIS = 3600 * 1000;

export interface WantedRole {
  /** By id or name. */
  readonly role: string;
  /** By id or slug; null: global. */
  readonly project: string | null;
  readonly expiresAt: Date | null;
}

export interface NewInvite {
  readonly username: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly roles: readonly WantedRole[];
  readonly lifetimeHours: number;
}

export interface MadeInvite {
  readonly invite: Invite;
  /** Null: it was mailed, and who invited does not see it. */
  readonly link: string | null;
}

/** Where letters about an invitation go through, one after another. */
export const inviteLetters = (id: string): string => `letter:invite:${id}`;

/**
 * Accounts that people make for themselves, with a password that nobody else ever knew. An invitation promises roles, as
 * far as who invites could give them; they are given at the acceptance, as far as they still can.
 */
@Injectable()
export class Invites {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly policy: PolicyDecision,
    private readonly bindings: RoleBindings,
    private readonly projects: Projects,
    private readonly rows: InviteRepository,
    private readonly accounts: UserAccountRepository,
    private readonly outbox: Outbox,
    private readonly outboxRows: OutboxRows,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly config: Config,
  ) {}

  /**
   * Faults: username-taken, too-many-invites, and for the roles those of binding them. A replay of a request whose answer
   * held the link is refused; one whose link was mailed is shown again.
   */
  async create(principal: Principal, request: IdempotentRequest | null, wanted: NewInvite): Promise<MadeInvite> {
    await this.policy.require(principal, AUTH_PERMISSIONS['users:invite'], null);
    if (!isUsername(wanted.username)) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/username', 'not-a-username');
    const asked = await this.promises(principal, wanted.roles);
    const secret = formatSecret(SECRET_PREFIXES.invite, this.randomness.bytes(SECRET_RANDOM_BYTES));
    const isMailed = wanted.email !== null && this.config.alerting.email !== null;
    const link = linkOf(this.config.http.publicUrl, 'invite', secret);
    return this.uow.runOnce<MadeInvite>(
      principal,
      request,
      async (tx) => {
        const invite = await this.insert(tx, principal, secret, wanted, asked);
        if (isMailed) await this.mail(tx, invite, link);
        return { resourceId: invite.id, value: { invite, link: isMailed ? null : link }, secret: !isMailed };
      },
      async (tx, id) => ({ invite: found(await this.rows.find(tx, id)), link: null }),
    );
  }

  /** In order of creation. */
  async list(principal: Principal, { limit, after }: PageRequest): Promise<Page<Invite>> {
    await this.policy.require(principal, AUTH_PERMISSIONS['users:invite'], null);
    return pageOf(await this.uow.read(principal, (reading) => this.rows.page(reading, limit + 1, after)), limit);
  }

  /** Whoever may invite may take back what another promised: it only takes away. */
  async revoke(principal: Principal, id: string): Promise<void> {
    await this.policy.require(principal, AUTH_PERMISSIONS['users:invite'], null);
    await this.uow.run(principal, async (tx) => {
      if (!(await this.rows.remove(tx, id))) throw new Fault(REQUEST_FAULTS['not-found']);
      await this.outboxRows.forget(tx, inviteLetters(id));
      await this.audit.append(tx, { kind: AUTH_EVENTS['auth.invite.revoke'], outcome: 'success', actor: principal, targets: [{ type: 'invite', uid: id }] });
    });
  }

  private async promises(principal: Principal, roles: readonly WantedRole[]): Promise<readonly PromisedRole[]> {
    const promised: PromisedRole[] = [];
    for (const { role, project, expiresAt } of roles) {
      promised.push({ roleId: role, projectId: project === null ? null : (await this.projects.resolve(principal, project)).id, expiresAt });
    }
    return promised;
  }

  private async insert(tx: Tx, principal: Principal, secret: string, wanted: NewInvite, asked: readonly PromisedRole[]): Promise<Invite> {
    // By what holds here: rights that were taken since the request came are gone.
    await this.bindings.requireStill(tx, principal, AUTH_PERMISSIONS['users:invite']);
    const roles: PromisedRole[] = [];
    for (const role of asked) roles.push({ ...role, roleId: await this.bindings.requireGrantable(tx, principal, role) });
    if ((await this.accounts.credentialByUsername(tx, wanted.username)) !== null) throw Fault.at(AUTH_FAULTS['username-taken'], '/username', 'taken');
    // Under the lock on the policy's version: no two count at once.
    if ((await this.rows.count(tx)) >= INVITES_MAX) throw new Fault(AUTH_FAULTS['too-many-invites']);
    const now = this.clock.now();
    const { username, displayName, email, lifetimeHours } = wanted;
    const invite: Invite = { id: this.randomness.uuidv7(now.getTime()), username, displayName, email, roles, invitedBy: principal.id, createdAt: now, expiresAt: new Date(now.getTime() + lifetimeHours * HOUR_MILLIS) };
    const { assurance, projectId } = principal;
    await this.rows.insert(tx, secretHash(SECRET_PREFIXES.invite, secret)!, invite, { scopes: SCOPES.filter((scope) => principal.scopes.has(scope)), assurance, projectId });
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.invite.create'],
      outcome: 'success',
      actor: principal,
      targets: [{ type: 'invite', uid: invite.id }],
      facts: { roles: roles.map(({ roleId, projectId: place }) => (place === null ? roleId : `${roleId}@${place}`)), expiresAtMillis: invite.expiresAt.getTime() },
    });
    return invite;
  }

  private async mail(tx: Tx, { id, username, email, expiresAt }: Invite, link: string): Promise<void> {
    const { host } = new URL(this.config.http.publicUrl);
    await this.outbox.enqueue(tx, letterOrder(this.keyring.sealer(LETTER_SEAL), inviteLetters(id), inviteLetter(email!, link, { host, username, expiresAt })));
  }
}

function found(invite: Invite | null): Invite {
  if (invite === null) throw new Fault(REQUEST_FAULTS['not-found']);
  return invite;
}
