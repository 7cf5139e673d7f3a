import { Injectable } from '@nestjs/common';
import { systemPrincipal } from '#pure/principal/principal.js';
import { SequencerUnitOfWork, type Tx } from '#platform/database/unit-of-work.js';
import { searchRowOf } from '../domain/search-row.js';
import { type FollowedEntry, LogFollower } from '../log-follower.js';
import { EntryRepository } from '../persistence/entry.repository.js';
import { SearchRepository, SPAN_LEAVES } from '../persistence/search.repository.js';

const INDEXER = systemPrincipal('search-index');

/** Entries a turn, at most: some 50 ms, so that one that is killed has lost little. */
export const INDEX_ENTRIES_MAX = 1_000;

/** Keeps the search table: made from the entries' bytes, and no part of any proof. */
@Injectable()
export class SearchIndex {
  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly follower: LogFollower,
    private readonly entries: EntryRepository,
    private readonly search: SearchRepository,
  ) {}

  /** Adds what was sequenced since. Returns how many entries there were; 0 also when another replica is at it. */
  extend(): Promise<number> {
    return this.follower.follow('search', INDEX_ENTRIES_MAX, (tx, page) => this.put(tx, page[0]!.index, page.at(-1)!.index + 1, page));
  }

  /**
   * Makes the table again from the entries, a span a transaction, beside whoever searches or extends it: what was not
   * reached yet is as it was. It covers what the table had reached when it began; the rest is extended as ever. Ended
   * at any point it can be begun again, from the start or from where it was. Yields the leaves that are done.
   */
  async *rebuild(from: number): AsyncGenerator<{ readonly done: number; readonly of: number }> {
    const of = await this.units.run(INDEXER, (tx) => this.search.reach(tx));
    for (let start = from - (from % SPAN_LEAVES); start < of; start += SPAN_LEAVES) {
      const below = Math.min(start + SPAN_LEAVES, of);
      await this.units.run(INDEXER, (tx) => this.rebuildSpan(tx, start, below));
      yield { done: below, of };
    }
  }

  private async rebuildSpan(tx: Tx, start: number, below: number): Promise<void> {
    // The last span may be one that is being extended: then what was said of it stays, and is wide enough.
    if (below - start === SPAN_LEAVES) await this.search.forgetSpan(tx, start);
    await this.put(tx, start, below, await this.entries.sequenced(tx, start, below - start));
  }

  /** What was pruned is not found any more. */
  private async put(tx: Tx, from: number, below: number, page: readonly FollowedEntry[]): Promise<void> {
    const rows = page.flatMap(({ index, body }) => (body === null ? [] : [{ index, ...searchRowOf(body) }]));
    await this.search.replace(tx, from, below, rows);
  }
}
