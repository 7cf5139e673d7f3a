import type { Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import type { Clock } from '#platform/system/clock.js';
import type { Principal } from '#pure/principal/principal.js';
import { rotationRefusal } from '../domain/key-settings.js';
import type { TransitKey } from '../domain/transit-key.js';
import type { TransitKeyRepository } from '../persistence/transit-key.repository.js';
import type { DeedRecord } from './deed-record.js';
import type { KeyChanges } from './key-changes.js';
import { refused, unknown } from './key-refusals.js';
import { type NewVersion, type VersionMaker, withVersion } from './version-maker.js';

const MISSING = 'key not found';

/**
 * How long a key that is due is left to the process that has claimed it: many times what the slowest key takes to make.
 * After a crash, another one takes it up then.
 */
const CLAIM_MILLIS = 2 * 60_000;

/** Giving keys their next version, by request and by time. */
export class KeyRotation {
  constructor(
    private readonly uow: Pick<UnitOfWork, 'run'>,
    private readonly changes: KeyChanges,
    private readonly keys: TransitKeyRepository,
    private readonly maker: VersionMaker,
    private readonly clock: Clock,
  ) {}

  /**
   * Returns the key with its new version. Every call makes one, unless it says which version it wants succeeded and that
   * one has a successor: of two replicas that find one version spent, the second gets what the first made.
   */
  async rotate(principal: Principal, projectId: string, name: string, record: DeedRecord<TransitKey>, succeeded: Pick<TransitKey, 'id' | 'latestVersion'> | null = null): Promise<TransitKey> {
    const known = await this.changes.find(principal, projectId, name);
    if (known === null) throw unknown(MISSING);
    if (isDone(known, succeeded)) return known;
    refuse(known);
    const rotated = await withVersion(this.maker.generate(projectId, known.type, known.keyBytes), (made) =>
      this.changes.ofKey(principal, projectId, name, MISSING, async (tx, key) => {
        // Made again under this name meanwhile: it may be of another type.
        if (key.id !== known.id) throw unknown(MISSING);
        if (isDone(key, succeeded)) return key;
        return this.#rotateNow(tx, key, made, record);
      }),
    );
    crashPoint('crypto.rotate.after-commit');
    return rotated;
  }

  /**
   * Rotates the key that is most overdue; null when none is due. Of several replicas each takes another one: a claim
   * moves the key's time into the future, and who comes back with a new version finds whether the claim still holds.
   */
  async rotateDue(principal: Principal, record: DeedRecord<TransitKey>): Promise<TransitKey | 'lost' | null> {
    const now = this.clock.now();
    const until = new Date(now.getTime() + CLAIM_MILLIS);
    const due = await this.uow.run(principal, (tx) => this.keys.claimDue(tx, now, until));
    if (due === null) return null;
    const making = this.maker.generate(due.projectId, due.type, due.keyBytes).catch(async (error: unknown) => {
      // Sealed, or too much to do: whoever can shall not have to wait for the claim to run out.
      await this.uow.run(principal, (tx) => this.keys.releaseDue(tx, due.id, until, now));
      throw error;
    });
    return withVersion(making, (made) =>
      this.changes.run(principal, async (tx) => {
        const rotateAt = await this.keys.rotateAt(tx, due.id);
        const key = rotateAt?.getTime() === until.getTime() ? await this.keys.findById(tx, due.id) : null;
        if (key === null || rotationRefusal(key) !== null) return 'lost';
        return this.#rotateNow(tx, key, made, record);
      }),
    );
  }

  async #rotateNow(tx: Tx, key: TransitKey, made: NewVersion, record: DeedRecord<TransitKey>): Promise<TransitKey> {
    refuse(key);
    // Made here, so what was imported once is not any more: Vault sees it so too.
    const rotated = await this.changes.addVersion(tx, key, made, this.clock.now(), false);
    await record(tx, rotated);
    crashPoint('crypto.rotate.before-commit');
    return rotated;
  }
}

const isDone = (key: TransitKey, succeeded: Pick<TransitKey, 'id' | 'latestVersion'> | null): boolean => succeeded !== null && key.id === succeeded.id && key.latestVersion > succeeded.latestVersion;

function refuse(key: TransitKey): void {
  const refusal = rotationRefusal(key);
  if (refusal !== null) throw refused(refusal);
}
