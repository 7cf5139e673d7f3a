import { systemPrincipal } from '#pure/principal/principal.js';
import { parseNote } from '#pure/transparency-log/note.js';
import { SequencerUnitOfWork, type Tx } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { readCheckpoint } from '../checkpoint-note.js';
import { AttestorRepository } from '../persistence/attestor.repository.js';
import { TreeRepository } from '../persistence/tree.repository.js';
import { type Anchor, type AnchoredCheckpoint, AnchorFailure } from './anchor.js';
import type { AttestorJournal } from './attestor-journal.js';
import { Backoff } from './backoff.js';
import { NoAnswer } from './bounded-request.js';
import type { ForkWatch } from './fork-watch.js';

const ANCHORING = systemPrincipal('anchoring');

/**
 * While the log grows. A file takes 250 bytes a note, 2 MB a day at most; what others keep for us is asked for less
 * often. What is published between two notes is what a rollback could take back without being told by the anchor.
 */
const LOCAL_CADENCE_MILLIS = 10_000;
const SHARED_CADENCE_MILLIS = 60_000;

export type AnchoringTurn = 'anchored' | 'not-due' | 'failed';

/**
 * Lays published checkpoints down in one anchor: the first at once, then one a cadence, the latest always. What an
 * anchor does or does not do holds nobody up: neither requests nor the next checkpoint wait for it.
 */
export class Anchoring {
  private readonly backoff: Backoff;
  /** By this process; a shared anchor's state is in the database besides, so that replicas do not all send the same. */
  private lastPut: { readonly size: number; readonly atMillis: number } | null = null;

  constructor(
    readonly anchor: Anchor,
    private readonly units: SequencerUnitOfWork,
    private readonly tree: TreeRepository,
    private readonly attestors: AttestorRepository,
    private readonly journal: AttestorJournal,
    private readonly watch: Pick<ForkWatch, 'hear'>,
    private readonly clock: Clock,
  ) {
    this.backoff = new Backoff(clock);
  }

  /** One turn. `isLast`: the process ends, and what is not anchored now waits for the next start. */
  async turn(isLast = false): Promise<AnchoringTurn> {
    if (this.backoff.isPausing) return 'not-due';
    const due = await this.units.run(ANCHORING, (tx) => this.readDue(tx, isLast));
    if (due === null) return 'not-due';
    try {
      await this.anchor.put(due);
    } catch (error) {
      this.backoff.failed();
      await this.units.run(ANCHORING, (tx) => this.journal.failed(tx, this.anchor.name, 'anchor', wordsOf(error)));
      return 'failed';
    }
    this.backoff.succeeded();
    this.lastPut = { size: due.size, atMillis: this.clock.monotonicMillis() };
    this.watch.hear(this.anchor.name, readCheckpoint(due.note)!);
    await this.units.run(ANCHORING, (tx) => this.journal.confirmed(tx, this.anchor.name, 'anchor', due.size));
    return 'anchored';
  }

  private async readDue(tx: Tx, isLast: boolean): Promise<AnchoredCheckpoint | null> {
    const shown = await this.tree.shownCheckpoint(tx);
    // A log that is forked must not cover up in the anchor what tells that it is.
    if (shown === null || (await this.attestors.forkReason(tx)) !== null) return null;
    const { size, ageMillis } = this.anchor.isLocal ? this.lastOfProcess() : await this.lastOfAll(tx);
    const cadence = this.anchor.isLocal ? LOCAL_CADENCE_MILLIS : SHARED_CADENCE_MILLIS;
    if (shown.size <= size || (!isLast && ageMillis < cadence)) return null;
    const [signature] = parseNote(Buffer.from(shown.note, 'utf8')).signatures;
    return { size: shown.size, keyId: signature!.keyId, note: shown.note, published: shown.note + shown.cosignatures };
  }

  private lastOfProcess(): { size: number; ageMillis: number } {
    if (this.lastPut === null) return { size: 0, ageMillis: Infinity };
    return { size: this.lastPut.size, ageMillis: this.clock.monotonicMillis() - this.lastPut.atMillis };
  }

  private async lastOfAll(tx: Tx): Promise<{ size: number; ageMillis: number }> {
    const { size, confirmedAgeMillis } = await this.attestors.find(tx, this.anchor.name);
    return { size, ageMillis: confirmedAgeMillis ?? Infinity };
  }
}

/** For the ledger and the operator. Of errors that are not ours only the code: a message may hold a path or an address. */
function wordsOf(error: unknown): string {
  if (error instanceof AnchorFailure || error instanceof NoAnswer) return error.message;
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === undefined ? 'it failed' : `it failed with ${code}`;
}
