import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { VerifierKey } from '#pure/transparency-log/verifier-key.js';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { checkpointKeys } from '../checkpoint-note.js';
import { EntryRepository } from '../persistence/entry.repository.js';
import { LogCheckRepository } from '../persistence/log-check.repository.js';
import { TreeRepository } from '../persistence/tree.repository.js';
import { checkChain } from './chain-check.js';
import type { Findings } from './findings.js';
import { checkSpan, type Head, type LeafSpan, tilesForSpan } from './range-check.js';

const VERIFIER = systemPrincipal('ledger-verifier');

/** Leaves of a page, whole tiles: some hundred kilobytes at most sizes, 16 MiB at the limit of each entry. */
const PAGE_LEAVES = 1_024;
/** Two signatures are checked for each: half a millisecond. */
export const PAGE_CHECKPOINTS = 64;
/** Entries whose leaves are looked for in one statement. */
const PAGE_ENTRIES = 5_000;
/** A page of strays names so many of them; the others are named when these are gone. */
const STRAYS_NAMED = 20;

/** What a verification is held to: the log as it stood when that began. */
export interface Standpoint {
  readonly keys: readonly VerifierKey[];
  /** Null while the log is empty. */
  readonly head: Head | null;
  /** Number of the last checkpoint; 0 before the first. */
  readonly checkpoint: number;
}

/**
 * Checks the stored log against itself, trusting nothing but the entries' bytes and the keyring. It tells a log that
 * was altered by somebody without the signing keys; one who has them too is told by witnesses and by receipts only.
 *
 * A page is read in a transaction of its own and hashed after it, so that a working log waits for nobody. Everything
 * read is append-only, so pages of different moments fit together.
 */
@Injectable()
export class LogCheck {
  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly entries: EntryRepository,
    private readonly tree: TreeRepository,
    private readonly stored: LogCheckRepository,
    private readonly keyring: Keyring,
  ) {}

  async standpoint(): Promise<Standpoint> {
    const keys = await checkpointKeys(this.keyring, await this.units.run(VERIFIER, (tx) => this.tree.origin(tx)));
    return this.units.run(VERIFIER, async (tx) => {
      // In this order: what the checkpoint covers is below the head that is read after it.
      const last = await this.tree.lastCheckpoint(tx);
      return { keys, head: await this.tree.head(tx), checkpoint: last?.number ?? 0 };
    });
  }

  /** Checks the page of leaves that begins at `from`, a multiple of 256 below the head's size; returns where the next one begins. */
  async leaves(from: number, head: Head, findings: Findings): Promise<number> {
    const span: LeafSpan = { from, to: Math.min(from + PAGE_LEAVES, head.size) };
    const stored = await this.units.run(VERIFIER, async (tx) => ({
      leaves: (await this.entries.sequenced(tx, span.from, span.to - span.from)).filter(({ index }) => index < span.to),
      heads: await this.tree.headsBetween(tx, span.from, span.to),
      tiles: await this.tree.tiles(tx, tilesForSpan(span, head.size)),
      // After the entries: one that was pruned before they were read is below the minimum that is read now.
      minimumIndex: await this.stored.minimumIndex(tx),
    }));
    checkSpan({ ...span, ...stored, head }, findings);
    return span.to;
  }

  /** Checks the checkpoints that follow the given number, `limit` at most; returns the number of the last, or null when there were no more. */
  async checkpoints(after: number, limit: number, { keys, checkpoint, head }: Standpoint, findings: Findings): Promise<number | null> {
    const page = await this.units.run(VERIFIER, (tx) => this.tree.chainFrom(tx, after, limit + 1));
    const links = page.filter(({ number }) => number > after && number <= checkpoint).slice(0, limit);
    checkChain({ before: page.find(({ number }) => number === after) ?? null, links, last: checkpoint }, keys, findings);
    for (const { number, size } of links) if (size > (head?.size ?? 0)) findings.report(`checkpoint ${number} covers ${size} leaves, and the tree has ${head?.size ?? 0}`);
    return links.at(-1)?.number ?? null;
  }

  /**
   * Looks for entries that have no leaf and never will: below the mark up to which the sequencer takes everything to
   * have one, or under ids that the cluster has not given yet. `position` is a transaction id; returns the next one,
   * or null at the table's end.
   */
  async entriesWithoutLeaf(position: bigint, findings: Findings): Promise<bigint | null> {
    const page = await this.units.run(VERIFIER, (tx) => this.stored.strays(tx, position, PAGE_ENTRIES, STRAYS_NAMED));
    for (const id of page.strays) findings.report(`the entry ${id} has no leaf, and stands where none is looked for`, null, id);
    return page.next;
  }

  /** Leaves above the head: no turn of the sequencer leaves any. */
  async leavesBeyondHead(findings: Findings): Promise<void> {
    const beyond = await this.units.run(VERIFIER, (tx) => this.stored.leavesBeyondHead(tx, STRAYS_NAMED));
    for (const { index, id } of beyond) findings.report(`leaf ${index}, the entry ${id}, stands beyond the head`, index, id);
  }
}
