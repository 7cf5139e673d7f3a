import { Injectable } from '@nestjs/common';
import { systemPrincipal } from '#pure/principal/principal.js';
import { SequencerUnitOfWork, type Tx } from '#platform/database/unit-of-work.js';
import { type CursorName, CursorRepository } from './persistence/cursor.repository.js';
import { EntryRepository } from './persistence/entry.repository.js';

const FOLLOWER = systemPrincipal('log-follower');

/** An entry at its place in the log, as a follower is handed it. */
export interface FollowedEntry {
  readonly index: number;
  readonly id: string;
  /** The stored bytes; null when they were pruned before the follower came to them. */
  readonly body: Buffer | null;
}

/**
 * Reads the log on, in leaf order: every entry once, none skipped, whichever replica does it. What the work writes and
 * the place that was reached commit together, so a crash at any line leaves either the whole page done or none of it,
 * and a work that throws meets the same page again. Leaves are numbered without gaps and committed in turns, hence
 * what follows the cursor is never behind something that is yet to come. An entry that a follower had in a log before this
 * one is passed over.
 */
@Injectable()
export class LogFollower {
  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly cursors: CursorRepository,
    private readonly entries: EntryRepository,
  ) {}

  /**
   * Hands the next `limit` entries at most to `work`. Returns how many were passed: 0 without a call of `work` when nothing
   * is new, or another replica is at it. The work may run again where its transaction lost a deadlock.
   */
  follow(name: CursorName, limit: number, work: (tx: Tx, page: readonly FollowedEntry[]) => Promise<void>): Promise<number> {
    return this.units.run(FOLLOWER, async (tx) => {
      const next = await this.cursors.take(tx, name);
      const page = next === null ? [] : await this.entries.sequenced(tx, next, limit);
      const last = page.at(-1);
      if (last === undefined) return 0;
      const had = await this.cursors.readBefore(tx, name, page.map(({ id }) => id));
      const fresh = page.filter(({ id }) => !had.has(id));
      if (fresh.length > 0) await work(tx, fresh);
      await this.cursors.move(tx, name, last.index + 1);
      return page.length;
    });
  }
}
