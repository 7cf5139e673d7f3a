import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { requestTrail } from '#platform/system/request-context.js';
import { AuditLog } from './audit-log.js';
import { AUDIT_EVENTS } from './domain/audit.events.js';
import { AUDIT_METRICS } from './domain/audit.metrics.js';
import { type DenialGroup, type DenialMatter, DenialTally } from './domain/denial-tally.js';
import { sourceDigest } from './source-digest.js';

/** What was refused, as the pipeline saw it. */
export interface DeniedRequest extends DenialMatter {
  readonly principal: Principal | null;
  /** The path, which only its digest is kept of. */
  readonly target: string;
}

const MINUTE_MILLIS = 60_000;

/**
 * Groups that wait to be written while the ledger cannot be: those of a minute at its fullest. What exceeds them is
 * lost, and confessed by its number.
 */
const WAITING_GROUPS_MAX = 1_024;

const RECORDER = systemPrincipal('audit-log');

/**
 * Denials, so that a flood of them fills neither the disk nor memory: of what one actor is refused on one route, by one
 * fault and in one minute, the first is written at once and the rest is counted and written as one entry when the
 * minute is over. A process that dies loses what it had counted of a minute, never a first.
 *
 * While the ledger is away, firsts and counts wait for it. What there is no room for is lost, and how many those were
 * becomes an entry as soon as one can be written.
 */
@Injectable()
export class DenialJournal implements OnApplicationShutdown {
  private tally = new DenialTally();
  private minute = 0;
  private waiting: DenialGroup[] = [];
  private lost = 0;

  constructor(
    private readonly log: AuditLog,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Resolves when the denial is durable or counted, and may take as long as the database does: who answers decides how
   * long to wait. Never rejects.
   */
  async record({ principal, target, ...matter }: DeniedRequest): Promise<void> {
    const now = this.clock.nowMillis();
    this.turnOver(now);
    // Without keys there is no name for who was refused: it is confessed by its number once there are.
    if (!this.keyring.isUnsealed) return this.lose(1);
    const trail = requestTrail();
    const source = trail === undefined ? null : sourceDigest(this.keyring, trail.source.ipAddress, now);
    const first = this.tally.note({ principal, source }, matter, this.targetDigest(target), now);
    if (first !== null) await this.tell([first]);
  }

  /** Writes what the minutes that have ended leave to be told. To be called every second or so. */
  async settle(): Promise<void> {
    this.turnOver(this.clock.nowMillis());
    await this.tell(this.waiting.splice(0));
    await this.confess();
  }

  /** The minute that is under way ends with the process. After the last request, before the pools close. */
  async onApplicationShutdown(): Promise<void> {
    this.keep(this.tally.rest());
    this.tally = new DenialTally();
    await this.settle();
  }

  /** Minutes are those of the clock, so that replicas count the same ones; one that steps back ends a minute like any other. */
  private turnOver(nowMillis: number): void {
    const minute = Math.floor(nowMillis / MINUTE_MILLIS);
    if (minute === this.minute) return;
    this.keep(this.tally.rest());
    this.tally = new DenialTally();
    this.minute = minute;
  }

  private keep(groups: readonly DenialGroup[]): void {
    const room = WAITING_GROUPS_MAX - this.waiting.length;
    this.waiting.push(...groups.slice(0, room));
    for (const { count } of groups.slice(room)) this.lose(count);
  }

  private lose(count: number): void {
    this.lost += count;
    this.metrics.increment(AUDIT_METRICS.audit_denials_lost_total, undefined, count);
  }

  /** What cannot be written now waits for the next turn. */
  private async tell(groups: readonly DenialGroup[]): Promise<void> {
    const outcomes = await Promise.allSettled(groups.map((group) => this.log.record(eventOf(group))));
    this.keep(groups.filter((_, index) => outcomes[index]!.status === 'rejected'));
  }

  private async confess(): Promise<void> {
    const count = this.lost;
    if (count === 0) return;
    this.lost = 0;
    try {
      await this.log.record({ kind: AUDIT_EVENTS['audit.denials.lost'], outcome: 'failure', actor: RECORDER, facts: { count } });
    } catch {
      this.lost += count;
    }
  }

  /** 64 bits under a key of its own: which paths are the same, and not which they are. */
  private targetDigest(target: string): string {
    return this.keyring.mac('audit-target', target).subarray(0, 8).toString('hex');
  }
}

/** What a group of more than one route or actor calls them. */
const MANY = 'many';

function eventOf({ pool, actor, matter, count, firstMillis, lastMillis, targets, targetsTotal }: DenialGroup): AuditEvent {
  const isFailure = matter !== null && matter.status >= 500;
  const { route = MANY, code = MANY, status = null, permission = null, suspicion = null } = matter ?? {};
  return {
    kind: AUDIT_EVENTS[isFailure ? 'request.fail' : 'access.denied'],
    outcome: isFailure ? 'failure' : 'denied',
    actor: actor?.principal ?? null,
    ...(actor?.source == null ? {} : { source: actor.source }),
    occurrences: { count, firstMillis, lastMillis },
    facts: {
      route,
      faultCode: code,
      targets,
      targetsTotal,
      ...(status === null ? {} : { httpStatus: status }),
      ...(permission === null ? {} : { permission }),
      ...(suspicion === null ? {} : { suspicion }),
      ...(actor === null ? { actors: pool === 'stranger' ? 'strangers' : 'principals' } : {}),
    },
  };
}
