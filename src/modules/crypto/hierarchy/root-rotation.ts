import type { Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import type { Clock } from '#platform/system/clock.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { HierarchyChangeRepository } from '../persistence/hierarchy-change.repository.js';
import type { HierarchyRepository, ProjectKeyRow } from '../persistence/hierarchy.repository.js';
import { SealRefusal } from '../seals/seal-refusal.js';
import { type CurrentRoot, type KeyHierarchy, projectKeyBinding } from './key-hierarchy.js';

export interface RootRotated {
  readonly formerVersion: number;
  readonly version: number;
  /** The house's own among them. */
  readonly projectKeys: number;
  /** Of these projects, whose keys did not open. */
  readonly dropped: readonly string[];
}

/** Whether rows that do not open, which nobody can have used, are destroyed with the former root key, or keep it from being replaced. */
export interface RotationOrder {
  readonly dropsForeign: boolean;
}

/** Rows a statement: a few hundred kilobytes. */
const BATCH_ROWS = 1_000;
/** Named in a refusal. */
const NAMED_MAX = 10;
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
  async rotate(units: UnitOfWork, order: RotationOrder, record: (tx: Tx, rotated: RootRotated) => Promise<void>): Promise<RootRotated> {
    const rotated = await units.run(SYSTEM, async (tx) => {
      const former = await this.lockFormer(tx);
      const next = this.hierarchy.makeRoot(former.version + 1);
      await this.rows.insertRootKey(tx, next.row, this.clock.now());
      crashPoint('crypto.root-rotation.after-insert');
      const { projectKeys, dropped } = await this.rewrapAll(tx, order, former.version, next.row.version, (bytes, projectId) => next.key.wrap(bytes, projectKeyBinding(projectId, next.row.version)));
      crashPoint('crypto.root-rotation.after-rewrap');
      await this.changes.deleteRootKey(tx, former.version);
      const rotated = { formerVersion: former.version, version: next.row.version, projectKeys, dropped };
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
    const versions = (await this.changes.lockRootKeys(tx)).map(({ version }) => version);
    const former = this.hierarchy.current();
    if (!versions.includes(former.version)) throw new SealRefusal('The root key was replaced by somebody else at the same time. Run this again if it is to be replaced once more.');
    if (versions.length > 1) throw new SealRefusal(`crypto.root_key has the versions ${versions.join(', ')}, and ${former.version} is the one that is in use: find out who put the others there, and remove them.`);
    return former;
  }

  private async rewrapAll(tx: Tx, { dropsForeign }: RotationOrder, from: number, to: number, wrap: (bytes: Buffer, projectId: string | null) => Buffer): Promise<Pick<RootRotated, 'projectKeys' | 'dropped'>> {
    const dropped: string[] = [];
    for (let projectKeys = 0; ; ) {
      const batch = await this.changes.underRoot(tx, from, BATCH_ROWS);
      if (batch.length === 0) return { projectKeys, dropped };
      const rewrapped: Pick<ProjectKeyRow, 'project_id' | 'wrapped_key'>[] = [];
      const foreign: string[] = [];
      for (const row of batch) {
        const bytes = this.hierarchy.unwrapKnown(row);
        if (bytes === null) {
          foreign.push(row.project_id ?? 'house');
          continue;
        }
        try {
          rewrapped.push({ project_id: row.project_id, wrapped_key: wrap(bytes, row.project_id) });
        } finally {
          bytes.fill(0);
        }
      }
      if (foreign.length > 0 && (!dropsForeign || foreign.includes('house'))) throw foreignKeys(foreign);
      await this.changes.rewrap(tx, to, rewrapped);
      await this.changes.deleteProjectKeys(tx, foreign);
      dropped.push(...foreign);
      projectKeys += rewrapped.length;
    }
  }
}

function foreignKeys(projects: readonly string[]): SealRefusal {
  const named = `${projects.slice(0, NAMED_MAX).join(', ')}${projects.length > NAMED_MAX ? ` and ${projects.length - NAMED_MAX} more` : ''}`;
  return new SealRefusal(`The keys of these projects in crypto.project_key do not open under the root key: ${named}. Restore their rows from a backup, or, where there never were others, drop them with --drop-foreign-keys.`);
}
