import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { rootFromTiles, tilesForRoot } from '#pure/merkle/proof.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { Checkpoint } from '#pure/transparency-log/checkpoint.js';
import type { VerifierKey } from '#pure/transparency-log/verifier-key.js';
import { SequencerUnitOfWork, type Tx } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { Alerts } from '../alerting/alerts.js';
import { AuditLog } from '../audit-log.js';
import { checkpointKey } from '../checkpoint-note.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import { AUDIT_METRICS } from '../domain/audit.metrics.js';
import { AttestorRepository } from '../persistence/attestor.repository.js';
import { TreeRepository } from '../persistence/tree.repository.js';

const WATCH = systemPrincipal('fork-watch');

/**
 * Of the rule that ships for the same entry (log_forked.yml): raised here, nobody waits for the log to be read on; and
 * when it is, what the rule finds adds to this alert, and does not tell the same twice.
 */
export const FORK_ALERT = { ruleId: '850941d7-4f1e-4f3b-af57-7a4317369e14', title: 'The log contradicts what was attested outside of it', severity: 'critical', group: {} } as const;

/** Somebody outside who can be asked what they hold. */
export interface OutsideView {
  readonly name: string;
  readonly isLocal: boolean;
  last(keys: readonly VerifierKey[]): Promise<Checkpoint | null>;
}

/** How long boot waits for all of them together. Who answers later is heard at the next look. */
const LOOK_MILLIS = 3_000;
/** Keys of the log change with a rotation, and what is signed by a new one is noted when it is anchored. */
const KEYS_MILLIS = 60_000;

/**
 * Holds the database against what was laid down outside of it. Who is ahead of the database, or has another root at a
 * size that it has, shows that it was rolled back or rewritten: the log is then FORKED. Nothing is signed any more by
 * any replica, for a second signature over the same place in the log would convict it for good; recording goes on, and
 * what was published stays readable. Only an operator ends it (docs/ledger.md).
 */
export class ForkWatch {
  private readonly logger = new Logger('ledger');
  /** The largest that each has shown, under the log's present name. */
  private readonly claims = new Map<string, Checkpoint>();
  private known: { readonly origin: string; readonly keys: readonly VerifierKey[]; readonly atMillis: number } | null = null;
  private hasLooked = false;

  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly tree: TreeRepository,
    private readonly attestors: AttestorRepository,
    private readonly keyring: Keyring,
    private readonly views: readonly OutsideView[],
    private readonly log: Pick<AuditLog, 'append'>,
    private readonly alerts: Pick<Alerts, 'raise'>,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {}

  /**
   * Asks everybody at the first call, and afterwards who is near. To be called before the database is read: what is
   * outside was in the database first, so that nothing that is newer than the reading can be taken for a fork.
   */
  async look(whom: 'near' | 'all'): Promise<void> {
    const views = whom === 'all' || !this.hasLooked ? this.views : this.views.filter(({ isLocal }) => isLocal);
    const keys = views.length === 0 ? null : await this.logKeys();
    // Without a name, or a key, nothing can have been signed. What is outside under another name is another log's.
    if (keys === null || keys.length === 0) return;
    const asked = Promise.all(views.map((view) => this.ask(view, keys)));
    await Promise.race([asked, sleep(LOOK_MILLIS, undefined, { ref: false })]);
    this.hasLooked = true;
  }

  /** Asks one of them now, whether or not the others were asked. */
  async lookAt(view: OutsideView): Promise<void> {
    const keys = await this.logKeys();
    if (keys !== null && keys.length > 0) await this.ask(view, keys);
  }

  /** What somebody outside holds, heard in another way. */
  hear(name: string, claim: Checkpoint): void {
    const known = this.claims.get(name);
    if (known === undefined || known.origin !== claim.origin || claim.size >= known.size) this.claims.set(name, claim);
  }

  /** The largest checkpoint of this name that anybody outside has shown. */
  largest(origin: string): Checkpoint | null {
    const claims = [...this.claims.values()].filter((claim) => claim.origin === origin);
    return claims.reduce<Checkpoint | null>((largest, claim) => (claim.size > (largest?.size ?? 0) ? claim : largest), null);
  }

  /** Why the database cannot be the log that was attested; null when it can. */
  private async contradiction(tx: Tx, origin: string): Promise<string | null> {
    const signed = (await this.tree.lastCheckpoint(tx))?.size ?? 0;
    for (const [name, claim] of this.claims) {
      if (claim.origin !== origin || claim.size === 0) continue;
      if (claim.size > signed) return aheadOf(name, claim.size, signed);
      const reader = await this.tree.tileReader(tx, tilesForRoot(claim.size));
      if (!rootFromTiles(claim.size, reader).equals(claim.root)) return `${name} holds another root at size ${claim.size}`;
    }
    return null;
  }

  /**
   * The check: everybody at boot and for the operator's commands, who is near before each signature (with what the
   * others were last heard to hold). Null: nothing outside contradicts the database.
   */
  async examine(whom: 'near' | 'all'): Promise<string | null> {
    await this.look(whom);
    if (this.claims.size === 0) return null;
    return this.units.run(WATCH, async (tx) => {
      const origin = await this.tree.origin(tx);
      return origin === null ? null : this.contradiction(tx, origin);
    });
  }

  /** Puts the log into FORKED, with its entry and its alert in the same transaction. The first reason stays. */
  async declare(reason: string): Promise<void> {
    const isNew = await this.units.run(WATCH, async (tx) => {
      if (!(await this.attestors.fork(tx, reason))) return false;
      const id = await this.log.append(tx, { kind: AUDIT_EVENTS['audit.log.fork'], outcome: 'failure', actor: WATCH, facts: { reason } });
      const nowMillis = this.clock.nowMillis();
      const seen = { firstSeenMillis: nowMillis, lastSeenMillis: nowMillis, entryIds: [id] };
      await this.alerts.raise(tx, { ...FORK_ALERT, subjects: [], loginNames: [], count: 1, ...seen }, nowMillis);
      return true;
    });
    if (isNew) this.say(reason);
  }

  /** An alert in place of FORKED: somebody says what would be a fork, and does not show a note that the log has signed. */
  async doubt(tx: Tx, name: string, entryId: string | null): Promise<void> {
    const nowMillis = this.clock.nowMillis();
    const seen = { firstSeenMillis: nowMillis, lastSeenMillis: nowMillis, entryIds: entryId === null ? [] : [entryId] };
    await this.alerts.raise(tx, { ruleId: 'audit-unproven-fork', title: 'A witness contradicts the ledger and does not prove it', severity: 'high', group: { attestor: name }, subjects: [], loginNames: [], count: 1, ...seen }, nowMillis);
  }

  /** Boot's step: looks at everybody, declares what it finds, and says what stands. Returns the reason while the log is forked. */
  async begin(): Promise<string | null> {
    const found = await this.examine('all');
    if (found !== null) await this.declare(found);
    const reason = await this.standing();
    if (reason !== null) this.say(reason);
    return reason;
  }

  /** Why the log is forked, null while it is not. */
  async standing(): Promise<string | null> {
    const reason = await this.units.run(WATCH, (tx) => this.attestors.forkReason(tx));
    this.metrics.set(AUDIT_METRICS.audit_forked, reason === null ? 0 : 1);
    return reason;
  }

  private say(reason: string): void {
    this.logger.error('THE LEDGER IS FORKED: nothing is signed until an operator has decided, see docs/ledger.md', { reason });
    this.metrics.set(AUDIT_METRICS.audit_forked, 1);
  }

  private async ask(view: OutsideView, keys: readonly VerifierKey[]): Promise<void> {
    try {
      const claim = await view.last(keys);
      if (claim !== null) this.hear(view.name, claim);
    } catch (error) {
      // What cannot be read contradicts nothing; that it cannot is told by whoever writes there.
      if (!this.hasLooked) this.logger.warn('what was attested outside cannot be read', { attestor: view.name, error });
    }
  }

  /** Ed25519 keys of the log, of every version: what a revoked one signed is out there all the same. */
  private async logKeys(): Promise<readonly VerifierKey[] | null> {
    const origin = await this.units.run(WATCH, (tx) => this.tree.origin(tx));
    if (origin === null) return null;
    const nowMillis = this.clock.monotonicMillis();
    if (this.known?.origin === origin && this.known.keys.length > 0 && nowMillis - this.known.atMillis < KEYS_MILLIS) return this.known.keys;
    const versions = await this.keyring.everyVersion('audit-checkpoint');
    const keys = versions.map((version) => checkpointKey(origin, 'audit-checkpoint', version));
    this.known = { origin, keys, atMillis: nowMillis };
    return keys;
  }
}

export function aheadOf(name: string, size: number, signed: number): string {
  return `${name} holds a checkpoint of size ${size}, and the last one in the database has ${signed}`;
}
