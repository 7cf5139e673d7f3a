import { Injectable } from '@nestjs/common';
import { leafHash } from '#pure/merkle/hashing.js';
import { newTilesFor } from '#pure/merkle/tile-append.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { Checkpoint } from '#pure/transparency-log/checkpoint.js';
import { encodeBase64 } from '#pure/encoding/base64.js';
import { SequencerUnitOfWork, type Tx } from '#platform/database/unit-of-work.js';
import { AuditLog } from '../audit-log.js';
import { readCheckpoint } from '../checkpoint-note.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import { LedgerVerifier } from '../verification/ledger-verifier.js';
import { AttestorRepository } from '../persistence/attestor.repository.js';
import { EntryRepository } from '../persistence/entry.repository.js';
import { SequencingRepository } from '../persistence/sequencing.repository.js';
import { SuccessionRepository } from '../persistence/succession.repository.js';
import { TreeRepository } from '../persistence/tree.repository.js';
import { ForkWatch } from './fork-watch.js';

const OPERATOR = systemPrincipal('operator');

/** Why the operator's command is not carried out, in one sentence. */
export class SuccessionRefusal extends Error {
  override readonly name = 'SuccessionRefusal';
}

export interface Succession {
  readonly formerOrigin: string;
  readonly origin: string;
  /** Of the last checkpoint that anybody has of the old log. */
  readonly formerSize: number;
}

/**
 * The two ways out of FORKED. Either the right database is back, and what is outside agrees again; or it is lost, and
 * the log ends: a successor begins under a new name, whose first entry names the old log and the last checkpoint that
 * is attested of it. Both are an operator's decision and are recorded.
 */
@Injectable()
export class LogSuccession {
  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly tree: TreeRepository,
    private readonly entries: EntryRepository,
    private readonly sequencing: SequencingRepository,
    private readonly attestors: AttestorRepository,
    private readonly successions: SuccessionRepository,
    private readonly watch: ForkWatch,
    private readonly verifier: LedgerVerifier,
    private readonly log: AuditLog,
  ) {}

  /** Lets the log be signed again, if nothing outside contradicts it any more and it does not contradict itself. Throws SuccessionRefusal. */
  async resume(): Promise<void> {
    if ((await this.watch.standing()) === null) throw new SuccessionRefusal('the log is not forked: there is nothing to clear');
    const contradiction = await this.watch.examine('all');
    if (contradiction !== null) throw new SuccessionRefusal(`${contradiction}: restore the newer database, or let a successor begin (npm run succeed-log)`);
    const { mismatches } = await this.verifier.verifyHead();
    if (mismatches.length > 0) throw new SuccessionRefusal(`the stored log contradicts itself: ${mismatches.join('; ')}`);
    await this.units.run(OPERATOR, async (tx) => {
      if (!(await this.attestors.resume(tx))) return;
      await this.log.append(tx, { kind: AUDIT_EVENTS['audit.log.resume'], outcome: 'success', actor: OPERATOR });
    });
  }

  /**
   * Ends the log and begins its successor, in one transaction of the login that owns the schema and with everybody else
   * held back, so that a crash leaves the one or the other. Servers may run: deeds wait for the end of it, and what is
   * signed meanwhile belongs to a name that is not the log's any more, and is not stored. Throws SuccessionRefusal.
   */
  async succeed(): Promise<Succession> {
    await this.watch.look('all');
    return this.units.run(OPERATOR, async (tx) => {
      await this.successions.lock(tx);
      const origin = await this.tree.origin(tx);
      if (origin === null || (await this.attestors.forkReason(tx)) === null) throw new SuccessionRefusal('the log is not forked: only a log that cannot go on is succeeded');
      const attested = await this.lastAttested(tx, origin);
      const successor = successorOf(origin, await this.successions.formerOrigins(tx));
      // While the old leaves are there: they tell what has been read.
      await this.successions.moveCursors(tx);
      await this.successions.setAside(tx, { origin, size: attested.size, root: attested.root, note: (await this.tree.lastCheckpoint(tx))?.note ?? '' }, successor);
      await this.begin(tx, { formerOrigin: origin, formerSize: attested.size, formerRoot: encodeBase64(attested.root) });
      return { formerOrigin: origin, origin: successor, formerSize: attested.size };
    });
  }

  /** The largest checkpoint that anybody holds of the old log: those outside, or the database itself. */
  private async lastAttested(tx: Tx, origin: string): Promise<Checkpoint> {
    const stored = await this.tree.lastCheckpoint(tx);
    const own = stored === null ? null : readCheckpoint(stored.note);
    const outside = this.watch.largest(origin);
    const largest = [own, outside].reduce((a, b) => (b !== null && b.size > (a?.size ?? -1) ? b : a), null);
    if (largest === null) throw new SuccessionRefusal('nothing was ever signed under the name of this log');
    return largest;
  }

  /** Entry 0 of the successor, with its leaf, tile and head. All other entries get their places from the sequencer, behind it. */
  private async begin(tx: Tx, facts: Readonly<Record<string, string | number>>): Promise<void> {
    const id = await this.log.append(tx, { kind: AUDIT_EVENTS['audit.log.succeed'], outcome: 'success', actor: OPERATOR, facts });
    const body = await this.entries.body(tx, id);
    const hash = leafHash(body!);
    const grown = newTilesFor(0, [hash], () => Buffer.alloc(0));
    await this.sequencing.addLeaves(tx, 0, [{ entryId: id, hash }]);
    await this.sequencing.putTiles(tx, grown.tiles);
    await this.sequencing.addHead(tx, grown);
  }
}

/** `…/audit/1` becomes `…/audit/2`; a name that was ever used is not used again. */
function successorOf(origin: string, used: ReadonlySet<string>): string {
  const [, prefix = `${origin}/`, number = '1'] = /^(.*\/)([1-9][0-9]*)$/.exec(origin) ?? [];
  for (let next = Number(number) + 1; ; next += 1) if (!used.has(`${prefix}${next}`)) return `${prefix}${next}`;
}
