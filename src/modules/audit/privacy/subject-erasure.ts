import { Injectable } from '@nestjs/common';
import { ExpiredKeys } from '#platform/database/expired-keys.js';
import { onCommit, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { AuditLog } from '../audit-log.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import { AUDIT_FAULTS } from '../domain/audit.faults.js';
import { SubjectKeyRepository } from '../persistence/subject-key.repository.js';
import { SubjectKeys } from './subject-keys.js';

/**
 * So long after somebody was last active, what they did must still be attributable to a person: an intrusion is
 * commonly noticed within weeks, and who is about to be found out must not be forgotten in time.
 */
export const ERASURE_HOLD_DAYS = 90;

const DAY_MILLIS = 86_400_000;

/**
 * So far the search table may lag. Whoever did something since has a key of that month, made a month ago at most; what
 * would be missed for the hold to end early is 59 days old.
 */
const LAG_MILLIS_MAX = DAY_MILLIS;
const RETRY_AFTER_SECONDS = '60';

export interface Erasure {
  readonly subject: string;
  readonly erasedAt: Date;
  readonly keysDestroyed: number;
}

/** Of the account itself, which another module owns: erases it in this transaction, or refuses. */
export type AccountEraser = (tx: Tx) => Promise<{
  readonly kind: 'user' | 'service';
  readonly sessionsRemoved: number;
  /** Digests under which entries know its name: those about refused logins say no id, as there may be no such account. */
  readonly loginNames: readonly string[];
}>;

/** Asked last, in the transaction, when nothing else stands in the way: whether somebody agrees. Refuses by rejecting. */
export type Consent = (tx: Tx) => Promise<void>;

/**
 * Forgets a person: their keys are destroyed, and with them what every entry, copy and backup of an entry holds of
 * them; their account is emptied; no key is made for them again. No byte of the log changes, so every receipt and proof
 * holds. One transaction, and it is recorded.
 *
 * The hold ends 90 days after the later of two instants: the last entry of which the subject is the actor, as the search
 * table has it, and the making of their newest key. While the table is behind by more than a day, or the sequencer is
 * (a job that stands, a log that was succeeded), nobody knows the first, and nobody is erased. Strangers who try
 * somebody's name make no keys (SubjectKeys), and so cannot hold up an erasure.
 */
@Injectable()
export class SubjectErasure {
  constructor(
    private readonly units: UnitOfWork,
    private readonly rows: SubjectKeyRepository,
    private readonly keys: SubjectKeys,
    private readonly idempotencyKeys: ExpiredKeys,
    private readonly log: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** The caller has decided by permission. Faults: own-erasure, erasure-held, erasure-under-alert, unavailable while it is not known when they were last active, and those of the account. */
  async erase(principal: Principal, subject: string, eraseAccount: AccountEraser, consent: Consent): Promise<Erasure> {
    if (subject === principal.id) throw Fault.at(AUDIT_FAULTS['own-erasure'], '/subject', 'own');
    return this.units.run(principal, async (tx) => {
      // The account's lock first, the subject's last: a login holds the one when it comes to need the other.
      const { kind, sessionsRemoved, loginNames } = await eraseAccount(tx);
      await this.idempotencyKeys.removeOf(tx, subject);
      await this.rows.lock(tx, subject);
      const erasedAt = this.clock.now();
      await this.requireReleased(tx, subject, loginNames, erasedAt);
      await consent(tx);
      const keysDestroyed = await this.rows.destroy(tx, subject, erasedAt);
      onCommit(tx, () => this.keys.forget(subject));
      await this.log.append(tx, {
        kind: AUDIT_EVENTS['audit.subject.erase'],
        outcome: 'success',
        actor: principal,
        targets: [{ type: kind === 'user' ? 'user' : 'service-account', uid: subject }],
        facts: { keysDestroyed, sessionsRemoved },
      });
      return { subject, erasedAt, keysDestroyed };
    });
  }

  /**
   * The same of somebody whom a backup has brought back, who was erased at that time: nothing is asked, since it was then.
   * False where the backup has nothing of them; that they were erased is known afterwards all the same.
   */
  async repeat(tx: Tx, principal: Principal, subject: string, erasedAt: Date, eraseAccount: () => Promise<Omit<Awaited<ReturnType<AccountEraser>>, 'loginNames'> | null>): Promise<boolean> {
    if (await this.rows.isErased(tx, subject)) return false;
    const account = await eraseAccount();
    await this.idempotencyKeys.removeOf(tx, subject);
    await this.rows.lock(tx, subject);
    const keysDestroyed = await this.rows.destroy(tx, subject, erasedAt);
    if (account === null && keysDestroyed === 0) return false;
    await this.log.append(tx, {
      kind: AUDIT_EVENTS['audit.subject.erase'],
      outcome: 'success',
      actor: principal,
      targets: [{ type: account?.kind === 'service' ? 'service-account' : 'user', uid: subject }],
      facts: { keysDestroyed, sessionsRemoved: account?.sessionsRemoved ?? 0, isRepetition: true },
    });
    return true;
  }

  private async requireReleased(tx: Tx, subject: string, loginNames: readonly string[], now: Date): Promise<void> {
    const { lastEntryAt, newestKeyAt, hasOpenAlert, isBehind } = await this.rows.traces(tx, subject, loginNames, new Date(now.getTime() - LAG_MILLIS_MAX));
    if (isBehind) {
      throw new Fault(REQUEST_FAULTS.unavailable, { detail: 'The search table is behind the ledger: when they were last active is not known.', headers: { 'Retry-After': RETRY_AFTER_SECONDS } });
    }
    if (hasOpenAlert) throw new Fault(AUDIT_FAULTS['erasure-under-alert']);
    const lastMillis = Math.max(lastEntryAt?.getTime() ?? 0, newestKeyAt?.getTime() ?? 0);
    const heldUntil = new Date(lastMillis + ERASURE_HOLD_DAYS * DAY_MILLIS);
    if (heldUntil > now) throw new Fault(AUDIT_FAULTS['erasure-held'], { members: { heldUntil: heldUntil.toISOString() } });
  }
}
