import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { rootFromTiles, tilesForRoot } from '#pure/merkle/proof.js';
import { tileKey } from '#pure/merkle/tile.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { checkpointKeys } from '../checkpoint-note.js';
import { type TreeHead, TreeRepository } from '../persistence/tree.repository.js';
import { claimOf } from './chain-check.js';
import { Findings, type Verification } from './findings.js';

const VERIFIER = systemPrincipal('ledger-verifier');

/** The check of the log's end, for boot, in every process that can read it. What lies below is `LogCheck`'s. */
@Injectable()
export class LedgerVerifier {
  constructor(
    private readonly units: UnitOfWork,
    private readonly tree: TreeRepository,
    private readonly keyring: Keyring,
  ) {}

  /**
   * Cheap at any size: the last checkpoint is signed by keys of ours, and the tiles lead to its root and to the head's.
   * It may be by a key that was revoked a moment ago: the publisher replaces it at its next turn, and could not if boot
   * refused it.
   */
  async verifyHead(): Promise<Verification> {
    const keys = await checkpointKeys(this.keyring, await this.units.run(VERIFIER, (tx) => this.tree.origin(tx)));
    return this.units.run(VERIFIER, async (tx) => {
      const findings = new Findings();
      const last = await this.tree.lastCheckpoint(tx);
      const head = await this.tree.head(tx);
      const size = head?.size ?? 0;
      if (last !== null && last.size > size) findings.report(`checkpoint ${last.number} covers ${last.size} leaves, and the tree has ${size}`);
      const claims = [head, last === null ? null : claimOf(last, keys, true, findings)];
      for (const claim of claims) if (claim !== null && claim.size <= size) await this.compareTiles(tx, claim, findings);
      return { size, mismatches: findings.mismatches };
    });
  }

  private async compareTiles(tx: Tx, { size, root }: TreeHead, findings: Findings): Promise<void> {
    const wanted = tilesForRoot(size);
    const stored = await this.tree.tiles(tx, wanted);
    const isWhole = wanted.every((tile) => stored.has(tileKey(tile)));
    if (!isWhole) findings.report(`tiles of the tree of size ${size} are missing`);
    else if (!rootFromTiles(size, (tile) => stored.get(tileKey(tile))!).equals(root)) findings.report(`the tiles do not lead to the root at size ${size}`);
  }
}
