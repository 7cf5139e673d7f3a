import type { Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import type { Clock } from '#platform/system/clock.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { HierarchyChangeRepository } from '../persistence/hierarchy-change.repository.js';
import type { HierarchyRepository } from '../persistence/hierarchy.repository.js';
import { SealRefusal } from '../seals/seal-refusal.js';
import { type CurrentRoot, type KeyHierarchy, projectKeyBinding } from './key-hierarchy.js';

export interface RootRotated {
  readonly formerVersion: number;
  readonly version: number;
  /** The house's own among them. */
  readonly projectKeys: number;
}

/** Rows a statement: a few hundred kilobytes. */
const BATCH_ROWS = 1_000;
const SYSTEM = systemPrincipal('root-rotation');

/**
 * A new root key: it wraps the keys of all projects anew, and the former one is destroyed. One transaction, so that
 * whoever kills it at any point leaves the old hierarchy or the new one.
 *
 * Running replicas go on with the keys of projects that they hold, which are the same. What they wrap under the former
 * root key meanwhile waits for this transaction and is then refused by its reference: they read the new one and wrap
 * again (project-keys.ts).
 */
export class RootRotation {
  constructor(
    private readonly hierarchy: KeyHierarchy,
    private readonly rows: HierarchyRepository,
    private readonly changes: HierarchyChangeRepository,
    private readonly clock: Clock,
  ) {}

  /** @param units of the login that owns the schema. The hierarchy is open; `record` runs in the transaction. */
  async rotate(units: UnitOfWork, record: (tx: Tx, rotated: RootRotated) => Promise<void>): Promise<RootRotated> {
    const rotated = await units.run(SYSTEM, async (tx) => {
      const former = await this.lockFormer(tx);
      const next = this.hierarchy.makeRoot(former.version + 1);
      await this.rows.insertRootKey(tx, next.row, this.clock.now());
      crashPoint('crypto.root-rotation.after-insert');
      const projectKeys = await this.rewrapAll(tx, former.version, next.row.version, (bytes, projectId) => next.key.wrap(bytes, projectKeyBinding(projectId, next.row.version)));
      crashPoint('crypto.root-rotation.after-rewrap');
      await this.changes.deleteRootKey(tx, former.version);
      const rotated = { formerVersion: former.version, version: next.row.version, projectKeys };
      await record(tx, rotated);
      crashPoint('crypto.root-rotation.before-commit');
      return rotated;
    });
    crashPoint('crypto.root-rotation.after-commit');
    await this.hierarchy.reload();
    return rotated;
  }

  /**
   * The seal first, in which a change of the seal goes the same way: of the two, whoever comes second waits here, and then
   * sees what the first has left. Under another seal than the one that this process opened, a new root key would be one
   * that nothing opens.
   */
  private async lockFormer(tx: Tx): Promise<CurrentRoot> {
    const bound = await this.changes.lockSeal(tx);
    if (bound === null || !this.hierarchy.isUnder(bound)) throw new SealRefusal('The seal of this database was changed by somebody else at the same time. Run this again with the settings of the seal that it is under now.');
    const locked = await this.changes.lockRootKeys(tx);
    const former = this.hierarchy.current();
    if (locked.length !== 1 || locked[0]!.version !== former.version) throw new SealRefusal('The root key was replaced by somebody else at the same time. Run this again if it is to be replaced once more.');
    return former;
  }

  private async rewrapAll(tx: Tx, from: number, to: number, wrap: (bytes: Buffer, projectId: string | null) => Buffer): Promise<number> {
    for (let count = 0; ; ) {
      const batch = await this.changes.underRoot(tx, from, BATCH_ROWS);
      if (batch.length === 0) return count;
      const rewrapped = batch.map((row) => {
        const bytes = this.hierarchy.unwrapKnown(row);
        try {
          return { project_id: row.project_id, wrapped_key: wrap(bytes, row.project_id) };
        } finally {
          bytes.fill(0);
        }
      });
      await this.changes.rewrap(tx, to, rewrapped);
      count += batch.length;
    }
  }
}
