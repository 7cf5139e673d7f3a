import { Injectable } from '@nestjs/common';
import { SequencerUnitOfWork, type Tx } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { TILE_WIDTH } from '#pure/merkle/tile.js';
import { CursorRepository } from '../persistence/cursor.repository.js';
import { Findings, type Verification } from './findings.js';
import { LogCheck, PAGE_CHECKPOINTS, type Standpoint } from './log-check.js';
import { VerificationRecord } from './verification-record.js';

const SELF_CHECK = systemPrincipal('self-check');

/** Leaves of a slice: 16 whole tiles, a tenth of a second of hashing. At a slice every ten seconds a million leaves take 41 minutes. */
export const SLICE_LEAVES = 16 * TILE_WIDTH;

/** A slice names so many of what it finds; the nightly verification names more. */
const MISMATCHES_MAX = 20;

/** Where a slice begins: leaves by index, checkpoints by number, entries by transaction id. */
interface Slice {
  readonly leaf: number;
  readonly checkpoint: number;
  readonly xid: number;
}

/**
 * Continuous verification, a slice at a time and round after round, so that a row that was changed is found within a
 * round. A slice is claimed by moving the cursors past it: replicas check different slices. One whose process dies is
 * left to the next round, and so is one that cannot be read, instead of holding up all that follow.
 */
@Injectable()
export class SelfCheck {
  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly cursors: CursorRepository,
    private readonly check: LogCheck,
    private readonly record: VerificationRecord,
  ) {}

  /** Checks the next slice and records what was not known yet. Null when another replica is claiming one just now. */
  async next(): Promise<Verification | null> {
    const standpoint = await this.check.standpoint();
    const slice = await this.units.run(SELF_CHECK, (tx) => this.claim(tx, standpoint));
    if (slice === null) return null;
    const findings = new Findings(MISMATCHES_MAX);
    const { head } = standpoint;
    let leaf = slice.leaf;
    const end = Math.min(leaf + SLICE_LEAVES, head?.size ?? 0);
    while (head !== null && leaf < end) leaf = await this.check.leaves(leaf, head, findings);
    await this.check.checkpoints(slice.checkpoint, PAGE_CHECKPOINTS, standpoint, findings);
    await this.check.leavesBeyondHead(findings);
    const xid = await this.check.entriesWithoutLeaf(BigInt(slice.xid), findings);
    const verification = { size: leaf - slice.leaf, mismatches: findings.mismatches };
    await this.units.run(SELF_CHECK, async (tx) => {
      await this.cursors.move(tx, 'self-check-entries', Number(xid ?? 0n));
      await this.record.slice(tx, verification);
    });
    return verification;
  }

  /** Beyond the last of its kind each cursor begins anew. */
  private async claim(tx: Tx, { head, checkpoint }: Standpoint): Promise<Slice | null> {
    const next = await this.cursors.take(tx, 'self-check');
    const after = await this.cursors.take(tx, 'self-check-chain');
    const xid = await this.cursors.take(tx, 'self-check-entries');
    if (next === null || after === null || xid === null) return null;
    const size = head?.size ?? 0;
    const leaf = next < size ? next - (next % TILE_WIDTH) : 0;
    await this.cursors.move(tx, 'self-check', leaf + SLICE_LEAVES < size ? leaf + SLICE_LEAVES : 0);
    await this.cursors.move(tx, 'self-check-chain', after + PAGE_CHECKPOINTS < checkpoint ? after + PAGE_CHECKPOINTS : 0);
    return { leaf, checkpoint: after < checkpoint ? after : 0, xid };
  }
}
