import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Keyring } from '#modules/crypto/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { SourceBlocks } from '#platform/http/rate-limit/source-blocks.js';
import { sourceKeyOf } from '#platform/http/rate-limit/source-key.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { requestTrail, runWithTrail } from '#platform/system/request-context.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Page, PageRequest } from '#pure/paging/page.js';
import { shows } from '#pure/policy/row-filter.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from './domain/auth.events.js';
import { AUTH_PERMISSIONS } from './domain/auth.permissions.js';
import { blockSeconds, type SourceBlock } from './domain/source-block.js';
import { SourceBlockRepository } from './persistence/source-block.repository.js';

const SYSTEM = systemPrincipal('rate-limits');
/** Offences that are written down at once; of a source whose turn does not come, the next refusal tells again. */
const WRITING_MAX = 8;

/**
 * Sources that went on after they had been refused. Kept in the database, so that they hold on every replica, outlive
 * a restart and are recorded with the entry of the ledger that says so; each process knows those in force by a copy,
 * which it renews every second, and asks nobody while it answers.
 *
 * A source stands there as a keyed digest. Its address is in the entry of the ledger alone, as ciphertext, like every
 * other's. What a block closes is asking without a credential: see `count-source.ts`.
 */
@Injectable()
export class BlockedSources extends SourceBlocks {
  private readonly logger = new Logger('rate-limits');
  /** By digest, until when on the monotonic clock. */
  private deadlines = new Map<string, number>();
  private readonly writing = new Set<string>();

  constructor(
    private readonly uow: UnitOfWork,
    private readonly rows: SourceBlockRepository,
    private readonly policy: PolicyDecision,
    private readonly audit: AuditLog,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {
    super();
  }

  override secondsLeft(source: string): number {
    if (this.deadlines.size === 0) return 0;
    const deadline = this.deadlines.get(this.digestOf(source).toString('base64'));
    return deadline === undefined ? 0 : Math.max(0, Math.ceil((deadline - this.clock.monotonicMillis()) / 1000));
  }

  override offended(source: string): void {
    if (this.writing.has(source) || this.writing.size >= WRITING_MAX) return;
    this.writing.add(source);
    const trail = requestTrail();
    // The request is answered without waiting for it, and its answer names no entry of this one.
    const writing = (): Promise<void> => this.block(source);
    void (trail === undefined ? writing() : runWithTrail({ ...trail, committedEvents: [] }, writing))
      .catch((error: unknown) => this.logger.warn('a source was not blocked', { error }))
      .finally(() => this.writing.delete(source));
  }

  /** Takes over what other replicas have blocked and lifted. */
  async refresh(): Promise<void> {
    const live = await this.uow.read(SYSTEM, (reading) => this.rows.live(reading));
    const now = this.clock.monotonicMillis();
    this.deadlines = new Map(live.map(({ source, secondsLeft }) => [source.toString('base64'), now + secondsLeft * 1000]));
  }

  /** Those in force, oldest first; of one address when it is given. */
  async list(principal: Principal, address: string | null, page: PageRequest): Promise<Page<SourceBlock>> {
    const filter = await this.policy.filter(principal, AUTH_PERMISSIONS['access:read']);
    // They belong to no project and have no attributes: all of them are shown, or none.
    if (!shows(filter, null, {})) return { items: [], next: null };
    const source = address === null ? null : this.digestOf(sourceKeyOf(address));
    return this.uow.run(principal, (tx) => this.rows.page(tx, source, page));
  }

  /** Ends it, and forgets the offences before it. Here at once, on other replicas within a second or two. Faults: not-found. */
  async lift(principal: Principal, id: string): Promise<void> {
    await this.policy.require(principal, AUTH_PERMISSIONS['access:unblock'], null);
    const lifted = await this.uow.run(principal, async (tx) => {
      const block = await this.rows.remove(tx, id);
      if (block === null) throw new Fault(REQUEST_FAULTS['not-found']);
      await this.audit.append(tx, { kind: AUTH_EVENTS['access.source.unblock'], outcome: 'success', actor: principal, targets: [{ type: 'source-block', uid: id }], facts: { offences: block.offences } });
      return block;
    });
    this.deadlines.delete(lifted.source.toString('base64'));
  }

  private async block(source: string): Promise<void> {
    const digest = this.digestOf(source);
    const id = this.randomness.uuidv7(this.clock.nowMillis());
    const seconds = await this.uow.run(SYSTEM, async (tx) => {
      const known = await this.rows.lock(tx, id, digest);
      if (known === null) return 0;
      const offences = known.offences + 1;
      const durationSeconds = blockSeconds(offences);
      await this.rows.begin(tx, id, digest, offences, durationSeconds);
      await this.rows.prune(tx);
      await this.audit.append(tx, { kind: AUTH_EVENTS['access.source.block'], outcome: 'denied', actor: null, targets: [{ type: 'source-block', uid: id }], facts: { offences, durationSeconds } });
      return durationSeconds;
    });
    if (seconds > 0) this.deadlines.set(digest.toString('base64'), this.clock.monotonicMillis() + seconds * 1000);
  }

  private digestOf(source: string): Buffer {
    return this.keyring.mac('source-block', Buffer.from(source, 'utf8'));
  }
}
