import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Keyring } from '#modules/crypto/index.js';
import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { RELEASE } from '#pure/release/release.js';
import { isRetryable } from '#platform/database/database-faults.js';
import { leaveToCommit, onCommit, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Randomness } from '#platform/system/randomness.js';
import { type RequestTrail, requestTrail, runWithoutTrail, runWithTrail } from '#platform/system/request-context.js';
import { AUDIT_METRICS, categoryOf } from './domain/audit.metrics.js';
import { composeEntry } from './domain/ocsf-entry.js';
import { GroupCommit } from './group-commit.js';
import { EntryRepository, type StoredEntry } from './persistence/entry.repository.js';
import type { PersonalDataSealer } from './privacy/personal-data-sealer.js';
import { sourceDigest } from './source-digest.js';

const RECORDER = systemPrincipal('audit-log');

/** An event, and the request that it is an event of; undefined for background work. */
export interface TrailedEvent {
  readonly event: AuditEvent;
  readonly trail: RequestTrail | undefined;
}

/**
 * Where deeds are recorded. An entry is durable when the transaction that appended it has committed; that it is a leaf
 * of the tree comes later and nobody waits for it.
 */
@Injectable()
export class AuditLog implements OnApplicationShutdown {
  private readonly group = new GroupCommit<StoredEntry>((batch) => this.commit(batch));

  /**
   * @param units of any login that may append.
   * @param keyring sealed in a worker, where no request is served.
   */
  constructor(
    private readonly units: UnitOfWork,
    private readonly entries: EntryRepository,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly keyring: Pick<Keyring, 'macKey'>,
    private readonly metrics: Metrics,
    private readonly personal: Pick<PersonalDataSealer, 'seal'>,
  ) {}

  /**
   * Records a deed in its own transaction: both commit or neither does. Returns the entry's id, a UUIDv7.
   * Where the entry cannot be stored, the unit of work fails with the fault `audit-unavailable` at its commit, which is
   * sent without waiting for this one's answer.
   */
  async append(tx: Tx, event: AuditEvent): Promise<string> {
    const [id] = await this.appendAll(tx, [{ event, trail: requestTrail() }]);
    return id!;
  }

  /** As `append`, for deeds of several requests that share a transaction: each entry tells of its own request. */
  async appendAll(tx: Tx, events: readonly TrailedEvent[]): Promise<readonly string[]> {
    const startedMillis = this.clock.monotonicMillis();
    // Lost a race: the unit of work does the deed again, and the entry with it.
    const refuse = (cause: unknown): never => {
      throw isRetryable(cause) ? cause : this.unavailable(cause);
    };
    const composing = events.map(({ event, trail }) => inTrail(trail, () => this.compose(event, tx)));
    const entries = await Promise.all(composing).catch(refuse);
    const answered = (): void => this.metrics.observe(AUDIT_METRICS.audit_append_duration_seconds, (this.clock.monotonicMillis() - startedMillis) / 1000);
    leaveToCommit(tx, this.entries.appendAll(tx, entries).then(answered, refuse));
    onCommit(tx, () => events.forEach(({ event, trail }, at) => this.committed(trail, entries[at]!.id, event)));
    crashPoint('audit.append.before-commit');
    return entries.map(({ id }) => id);
  }

  /** Records an event that has no deed (a failed login, a read that is recorded). Resolves when it is durable. */
  async record(event: AuditEvent): Promise<string> {
    const trail = requestTrail();
    let entry: StoredEntry;
    try {
      entry = await this.compose(event, null);
      await this.group.add(entry);
    } catch (cause) {
      throw this.unavailable(cause);
    }
    this.committed(trail, entry.id, event);
    return entry.id;
  }

  /** Waits until nothing that was accepted is unwritten: after the last request, before the pools close. */
  async onApplicationShutdown(): Promise<void> {
    await this.group.flush();
  }

  private async compose(event: AuditEvent, tx: Tx | null): Promise<StoredEntry> {
    const timeMillis = this.clock.nowMillis();
    const id = this.randomness.uuidv7(timeMillis);
    const trail = requestTrail();
    const source = event.source ?? (trail === undefined ? null : sourceDigest(this.keyring, trail.source.ipAddress, timeMillis));
    const traceId = traceIdOf(trail, event);
    const personal = await this.personal.seal(tx, event, id, timeMillis);
    const stamp = { id, timeMillis, requestId: trail?.requestId ?? null, traceId, source, personal, productVersion: RELEASE.version };
    const entry = composeEntry(event, stamp);
    if (entry === null) throw new Error(`${event.kind.code}: its body would be longer than an entry may be`);
    return { id, ...entry };
  }

  private async commit(batch: readonly StoredEntry[]): Promise<void> {
    await this.units.run(RECORDER, async (tx) => leaveToCommit(tx, this.entries.appendAll(tx, batch)));
    crashPoint('audit.group.after-commit');
    this.metrics.observe(AUDIT_METRICS.audit_group_commit_entries, batch.length);
  }

  private committed(trail: RequestTrail | undefined, id: string, { kind }: AuditEvent): void {
    trail?.committedEvents.push({ id, code: kind.code });
    this.metrics.increment(AUDIT_METRICS.audit_entries_total, { category: categoryOf(kind.classUid) });
  }

  private unavailable(cause: unknown): Fault {
    this.metrics.increment(AUDIT_METRICS.audit_write_errors_total);
    return new Fault(REQUEST_FAULTS['audit-unavailable'], { headers: { 'Retry-After': '1' }, cause });
  }
}

function inTrail<T>(trail: RequestTrail | undefined, work: () => T): T {
  return trail === undefined ? runWithoutTrail(work) : runWithTrail(trail, work);
}

/**
 * The caller's own trace id only where an authenticated principal is the actor. A stranger's is a text of their choice
 * in clear, in bytes that nothing may take away: in its place stands the request's own id, as if none had been sent.
 */
function traceIdOf(trail: RequestTrail | undefined, { actor }: AuditEvent): string | null {
  if (trail === undefined || trail.trace === null) return null;
  const isAuthenticated = actor !== null && actor.kind !== 'system';
  return isAuthenticated ? trail.trace.traceId : trail.requestId.replaceAll('-', '');
}
