import { Injectable } from '@nestjs/common';
import { databaseCode } from '#platform/database/database-faults.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Semaphore } from '#platform/threads/semaphore.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { AuditLog } from '../audit-log.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import { AUDIT_FAULTS } from '../domain/audit.faults.js';
import { searchFacts, type SearchFilter, type SearchScope } from '../domain/search-filter.js';
import { type FoundPage, type Lookup, SearchLookupRepository } from '../persistence/search-lookup.repository.js';
import { SearchRepository } from '../persistence/search.repository.js';
import { TreeRepository } from '../persistence/tree.repository.js';

/** Searches that are at work in this process at once; so many more wait, and the rest is told to come back. */
const AT_ONCE = 4;
const WAITING_MAX = 64;
/** A page is found in some milliseconds where an index helps; what takes longer than this reads the table through. */
const STATEMENT_MILLIS_MAX = 5_000;
/** Windows of the log that one request looks through: then it answers with what it has, and where to go on. */
const PAGE_WINDOWS = 4;
/** SQLSTATE query_canceled: over its time. */
const OVER_TIME = '57014';

/** Who asks for what. */
export interface SearchRequest {
  readonly principal: Principal;
  readonly filter: SearchFilter;
  readonly scope: SearchScope;
  /** The one project that was asked for, to whose auditors the search itself is shown; null otherwise. */
  readonly projectId: string | null;
}

export interface SearchPage extends FoundPage {
  /** Leaves that were searched: those under the last published checkpoint, as far as the search table has come. */
  readonly size: number;
}

/** Finds entries in what is published of the log. Whoever searches is recorded, before anything is shown. */
@Injectable()
export class LedgerSearch {
  readonly #turns = new Semaphore(AT_ONCE, WAITING_MAX);

  constructor(
    private readonly units: UnitOfWork,
    private readonly tree: TreeRepository,
    private readonly table: SearchRepository,
    private readonly lookups: SearchLookupRepository,
    private readonly log: AuditLog,
  ) {}

  /** Newest first, those before the leaf `before`. Fewer than `limit`, with more to come, where most had to be passed over. Throws `search-too-wide`. */
  async page(request: SearchRequest, before: number | null, limit: number): Promise<SearchPage> {
    const { principal, filter, scope } = request;
    const page = await this.#turn(principal, async (tx) => {
      const size = await this.#size(tx);
      const lookup = await this.lookups.resolve(tx, filter, scope, size);
      // One too many says that there is a next page.
      const found = lookup === null ? NOTHING : await this.lookups.page(tx, lookup, 'newest', before, limit + 1, PAGE_WINDOWS);
      return { ...trimmed(found), size };
    });
    await this.record(request, { format: 'json', treeSize: page.size, count: page.entries.length });
    return page;
  }

  /** The search as it stands now, for whoever walks all of it; null for one that finds nothing. */
  async begin({ principal, filter, scope }: SearchRequest): Promise<{ readonly lookup: Lookup | null; readonly size: number }> {
    return this.#turn(principal, async (tx) => {
      const size = await this.#size(tx);
      return { lookup: await this.lookups.resolve(tx, filter, scope, size), size };
    });
  }

  /** Oldest first, those after the leaf `after`: a step of a walk. */
  walk(principal: Principal, lookup: Lookup, after: number | null, limit: number): Promise<FoundPage> {
    return this.#turn(principal, (tx) => this.lookups.page(tx, lookup, 'oldest', after, limit, 1));
  }

  async record({ principal, filter, projectId }: SearchRequest, facts: Readonly<Record<string, string | number>>): Promise<void> {
    const where = projectId === null ? {} : { projectId };
    await this.log.record({ kind: AUDIT_EVENTS['audit.search'], outcome: 'success', actor: principal, facts: { ...searchFacts(filter), ...facts }, ...where });
  }

  async #size(tx: Tx): Promise<number> {
    const published = (await this.tree.shownCheckpoint(tx))?.size ?? 0;
    return Math.min(published, await this.table.reach(tx));
  }

  #turn<T>(principal: Principal, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#turns.run(async () => {
      try {
        return await this.units.run(principal, async (tx) => {
          await this.lookups.limitTime(tx, STATEMENT_MILLIS_MAX);
          return work(tx);
        });
      } catch (error) {
        if (error instanceof Fault && databaseCode(error) === OVER_TIME) throw new Fault(AUDIT_FAULTS['search-too-wide'], { cause: error });
        throw error;
      }
    });
  }
}

const NOTHING: FoundPage = { entries: [], last: null };

/** Without the one too many: the next page begins with it, before the leaf after it. So does one that goes on in another window. */
function trimmed({ entries, last }: FoundPage): FoundPage {
  return last === null ? { entries, last } : { entries: entries.filter(({ index }) => index !== last), last: last + 1 };
}
