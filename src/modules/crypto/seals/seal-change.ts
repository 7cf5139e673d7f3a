import type { Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import type { Randomness } from '#platform/system/randomness.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { SealType } from '../domain/seal.js';
import { rootKeyBinding } from '../hierarchy/key-hierarchy.js';
import type { HierarchyChangeRepository } from '../persistence/hierarchy-change.repository.js';
import type { SealCandidate } from './automatic-seal.js';
import type { SealKey } from './seal-key.js';
import { isKeyOf } from './seal-opening.js';
import { SealRefusal } from './seal-refusal.js';

export interface SealChanged {
  readonly from: SealType;
  readonly to: SealType;
}

const SYSTEM = systemPrincipal('seal-change');

/**
 * Puts the root key under another seal: seal and root key in one transaction, nothing below them is touched. What opens
 * the new seal must be in safe hands before this begins, since from its commit on nothing else opens the data.
 *
 * A running replica goes on with the keys that it has. Should the root key be replaced after that, it cannot follow
 * until it is started with the new seal.
 */
export class SealChange {
  constructor(
    private readonly changes: HierarchyChangeRepository,
    private readonly randomness: Randomness,
  ) {}

  /** @param units of the login that owns the schema. Throws `SealRefusal` when `former` is not the key of this database. */
  async change(units: UnitOfWork, former: SealKey, type: SealType, { key, parameters }: SealCandidate, record: (tx: Tx, changed: SealChanged) => Promise<void>): Promise<SealChanged> {
    const [unwrapping, wrapping] = [former.wrappingKey(this.randomness), key.wrappingKey(this.randomness)];
    const changed = await units.run(SYSTEM, async (tx) => {
      const bound = await this.changes.lockSeal(tx);
      if (bound === null || !isKeyOf(bound, former)) throw new SealRefusal('The seal of this database was changed by somebody else at the same time.');
      const roots = await this.changes.lockRootKeys(tx);
      // A row that this statement waited for and that is gone then is no row to it: with none to wrap there is no seal to change.
      if (roots.length === 0) throw new SealRefusal('The root key of this database is missing, or was replaced at the same time. Run this again; if it is refused again, restore crypto.root_key from a backup.');
      for (const { version, wrapped_key: wrapped } of roots) {
        const bytes = unwrapping.unwrap(wrapped, rootKeyBinding(version));
        if (bytes === null) throw new SealRefusal(`The root key ${version} does not open under the seal of this database. Restore crypto.seal and crypto.root_key from one backup.`);
        try {
          await this.changes.rewrapRootKey(tx, { version, wrapped_key: wrapping.wrap(bytes, rootKeyBinding(version)) });
        } finally {
          bytes.fill(0);
        }
      }
      crashPoint('crypto.seal-change.after-rewrap');
      await this.changes.changeSeal(tx, type, parameters, key.checkValue());
      const changed = { from: bound.type, to: type };
      await record(tx, changed);
      crashPoint('crypto.seal-change.before-commit');
      return changed;
    });
    crashPoint('crypto.seal-change.after-commit');
    return changed;
  }
}
