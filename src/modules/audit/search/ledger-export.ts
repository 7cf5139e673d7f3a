import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { canonicalJsonBytes } from '#pure/canonical-json/canonical-json.js';
import { printableJson } from '#pure/encoding/printable.js';
import { encodeBase64 } from '#pure/encoding/base64.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { AuditLog } from '../audit-log.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import type { FoundEntry } from '../domain/search-filter.js';
import { readEntryObject } from '../domain/search-row.js';
import type { Lookup } from '../persistence/search-lookup.repository.js';
import { LedgerSearch, type SearchRequest } from './ledger-search.js';

/** At once in one process: each holds a page in memory and asks the database for one after another. */
export const EXPORTS_MAX = 4;
/** Of one principal: nobody takes all the room. */
export const EXPORTS_PER_PRINCIPAL_MAX = 2;
/** Millions of entries come in that time; who takes them more slowly is asked to begin where they stopped. */
export const EXPORT_MILLIS_MAX = 3_600_000;
/** Somebody else's export takes seconds to minutes. */
const RETRY_AFTER_SECONDS = '10';
/** Entries a page: a quarter of a megabyte as they are, 8 MiB at the limit of each. */
const PAGE_ENTRIES = 500;
const NEWLINE = Buffer.from('\n');

/** Rejects once the principal may not have any more of what the export shows; asks afresh each time. */
export type ExportStanding = () => Promise<void>;

/**
 * A whole result as NDJSON, oldest first, the bytes of each entry as they are stored. What is exported is fixed when
 * it begins: the log up to a size. Between two pages nothing is held open, neither a transaction nor a cursor, so a
 * client may read slowly; a page is fetched when the one before has been taken, and given out when session and
 * permissions still stand. Whoever is locked out keeps what was under way, and gets no page more.
 */
@Injectable()
export class LedgerExport implements BeforeApplicationShutdown {
  private readonly logger = new Logger('export');
  /** With the id of whose it is. */
  readonly #open = new Map<Readable, string>();

  constructor(
    private readonly search: LedgerSearch,
    private readonly log: AuditLog,
  ) {}

  /**
   * The record of the search is durable before there is a first byte, that of its end before the last: a stream that
   * breaks off is one whose end is not recorded as complete. Throws `unavailable` where too many are at it already.
   */
  async open(request: SearchRequest, standing: ExportStanding): Promise<Readable> {
    this.#requireRoom(request.principal.id);
    const progress = { count: 0, complete: false };
    const { promise: begun, resolve: begin } = Promise.withResolvers<Lookup | null>();
    const stream = Readable.from(this.#lines(request, standing, begun, progress), { objectMode: false });
    // Taken before anything is waited for, or a thousand that arrive together would all find room.
    this.#open.set(stream, request.principal.id);
    const over = setTimeout(() => stream.destroy(new Error('an export does not last longer')), EXPORT_MILLIS_MAX).unref();
    // Whoever sends the stream hears of an error too; before somebody does, it must not be nobody's.
    stream.on('error', () => undefined);
    const recordEnd = AsyncLocalStorage.bind(() => this.#recordEnd(request, progress));
    stream.once('close', () => {
      clearTimeout(over);
      this.#open.delete(stream);
      if (!progress.complete) recordEnd().catch((error: unknown) => this.logger.error('the end of an export was not recorded', { error }));
    });
    try {
      const { lookup, size } = await this.search.begin(request);
      await this.search.record(request, { format: 'ndjson', treeSize: size });
      begin(lookup);
      return stream;
    } catch (error) {
      // Nothing was given out: there is no end to record.
      progress.complete = true;
      stream.destroy();
      throw error;
    }
  }

  /** Exports that are running are cut: an answer that breaks off is not mistaken for a whole one, and can be asked for again. */
  beforeApplicationShutdown(): void {
    for (const stream of this.#open.keys()) stream.destroy(new Error('the server stops'));
  }

  #requireRoom(principalId: string): void {
    const own = [...this.#open.values()].filter((id) => id === principalId).length;
    if (this.#open.size < EXPORTS_MAX && own < EXPORTS_PER_PRINCIPAL_MAX) return;
    const whose = own < EXPORTS_PER_PRINCIPAL_MAX ? '' : ' of yours';
    throw new Fault(REQUEST_FAULTS.unavailable, { detail: `Too many exports${whose} are running.`, headers: { 'Retry-After': RETRY_AFTER_SECONDS } });
  }

  async *#lines(request: SearchRequest, standing: ExportStanding, begun: Promise<Lookup | null>, progress: { count: number; complete: boolean }): AsyncGenerator<Buffer> {
    const lookup = await begun;
    for (let after: number | null = null; lookup !== null; ) {
      const { entries, last } = await this.search.walk(request.principal, lookup, after, PAGE_ENTRIES);
      await standing();
      progress.count += entries.length;
      if (entries.length > 0) yield Buffer.concat(entries.flatMap((entry) => [lineOf(entry), NEWLINE]));
      if (last === null) break;
      after = last;
    }
    await this.#recordEnd(request, { ...progress, complete: true });
    progress.complete = true;
  }

  async #recordEnd({ principal, projectId }: SearchRequest, { count, complete }: { count: number; complete: boolean }): Promise<void> {
    const where = projectId === null ? {} : { projectId };
    await this.log.record({ kind: AUDIT_EVENTS['audit.export'], outcome: complete ? 'success' : 'failure', actor: principal, facts: { count, complete }, ...where });
  }
}

/** The stored bytes, or others of the same value where those could be taken for more than a line; where they are not the one line of JSON that they should be, an object that brings them as base64. */
function lineOf({ index, id, body }: FoundEntry): Buffer {
  // Ours are printable throughout; whoever else appends must not write lines that only some readers see.
  if (readEntryObject(body) !== null) return Buffer.from(printableJson(body.toString('utf8')), 'utf8');
  return Buffer.from(canonicalJsonBytes({ metadata: { event_code: 'unreadable', sequence: index, uid: id }, raw_data: encodeBase64(body) }));
}
