import { Injectable } from '@nestjs/common';
import { newTilesFor } from '#pure/merkle/tile-append.js';
import { rightEdge } from '#pure/merkle/tile.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { SequencerUnitOfWork, type Tx } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { AUDIT_METRICS } from './domain/audit.metrics.js';
import { type PendingEntry, SequencingRepository, type Turn } from './persistence/sequencing.repository.js';
import { TreeRepository } from './persistence/tree.repository.js';

const SEQUENCER = systemPrincipal('audit-sequencer');

/** Entries a turn, at most: about half a second of hashing and writing, so that a backlog never holds the lock for long. */
export const TURN_ENTRIES_MAX = 5_000;

/**
 * Gives committed entries their place in the tree. Any replica may try at any time; one at a time succeeds.
 *
 * One transaction makes the leaves, the tiles, the head and the low-water mark, so a crash at any line leaves either
 * the whole turn or none of it, and the entries of a lost turn are found again by the next one. The order is that of
 * transaction ids as far as they were visible: it is not claimed to be the order in which things happened.
 */
@Injectable()
export class Sequencer {
  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly sequencing: SequencingRepository,
    private readonly tree: TreeRepository,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {}

  /** Sequences what is pending, up to a turn's limit. Returns how many leaves were added; 0 also when another replica is at it. */
  async sequence(): Promise<number> {
    const startedMillis = this.clock.monotonicMillis();
    const added = await this.units.run(SEQUENCER, (tx) => this.turn(tx));
    if (added === 0) return 0;
    crashPoint('audit.sequence.after-commit');
    this.metrics.observe(AUDIT_METRICS.audit_sequenced_entries, added);
    this.metrics.observe(AUDIT_METRICS.audit_sequencing_duration_seconds, (this.clock.monotonicMillis() - startedMillis) / 1000);
    return added;
  }

  private async turn(tx: Tx): Promise<number> {
    const turn = await this.sequencing.takeTurn(tx);
    if (turn === null) return 0;
    // In another cluster than the one that gave the mark, it means nothing: search everything once, from the start.
    const isForeign = turn.lowWater.systemIdentifier !== turn.systemIdentifier;
    const pending = await this.sequencing.pending(tx, isForeign ? 0n : turn.lowWater.xid, isForeign, TURN_ENTRIES_MAX);
    if (pending.length > 0) await this.extendTree(tx, pending);
    // Without new leaves the mark may stay: there is nothing above it that the search would have to pass over.
    if (pending.length > 0 || isForeign) await this.advance(tx, turn, isForeign, pending);
    crashPoint('audit.sequence.before-commit');
    return pending.length;
  }

  private async extendTree(tx: Tx, pending: readonly PendingEntry[]): Promise<void> {
    const head = await this.tree.head(tx);
    const size = head?.size ?? 0;
    const edge = await this.tree.tileReader(tx, rightEdge(size));
    // The tiles must lead to the head that was stored with them, or the next head would cover up what was changed.
    if (head !== null && !newTilesFor(size, [], edge).root.equals(head.root)) {
      throw new Error(`the stored tiles do not lead to the head of size ${size}: the log is not extended`);
    }
    const leaves = pending.map(({ id, hash }) => ({ entryId: id, hash }));
    const grown = newTilesFor(size, leaves.map(({ hash }) => hash), edge);
    await this.sequencing.addLeaves(tx, size, leaves);
    crashPoint('audit.sequence.after-leaves');
    await this.sequencing.putTiles(tx, grown.tiles);
    crashPoint('audit.sequence.after-tiles');
    await this.sequencing.addHead(tx, grown);
  }

  /**
   * Moves the mark as far as is proven: below the floor every transaction has ended, and this turn saw all of them
   * unless its limit cut it short. Cut short in a foreign cluster, the next turn must search everything again.
   */
  private async advance(tx: Tx, turn: Turn, isForeign: boolean, pending: readonly PendingEntry[]): Promise<void> {
    const isCutShort = pending.length === TURN_ENTRIES_MAX;
    if (isForeign && isCutShort) return;
    const last = pending.at(-1)?.xid ?? turn.xidFloor;
    const reached = isCutShort && last < turn.xidFloor ? last : turn.xidFloor;
    await this.sequencing.setLowWater(tx, reached, turn.systemIdentifier);
  }
}
