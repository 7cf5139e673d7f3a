import type { Clock } from '#platform/system/clock.js';
import type { Principal } from '#pure/principal/principal.js';
import type { TransitKey } from '../domain/transit-key.js';
import type { TransitKeyRepository } from '../persistence/transit-key.repository.js';
import type { DeedRecord } from './deed-record.js';
import type { KeyChanges } from './key-changes.js';
import type { KeyDirectory } from './key-directory.js';
import { refused } from './key-refusals.js';

/** Ending keys, for good or for a while. */
export class KeyRemoval {
  constructor(
    private readonly changes: KeyChanges,
    private readonly keys: TransitKeyRepository,
    private readonly directory: Pick<KeyDirectory, 'forget'>,
    private readonly clock: Clock,
  ) {}

  /**
   * Destroys the key and all of its versions. Its name can be given again; a key that is made then has another id, and
   * opens nothing of this one's.
   */
  async delete(principal: Principal, projectId: string, name: string, record: DeedRecord<TransitKey>): Promise<void> {
    const saying = (reason: string): string => `error deleting policy ${name}: ${reason}`;
    const deleted = await this.changes.ofKey(principal, projectId, name, saying('could not delete key; not found'), async (tx, key) => {
      if (!key.deletionAllowed) throw refused(saying('deletion is not allowed for this key'));
      await this.keys.delete(tx, key.id);
      await record(tx, key);
      return key;
    });
    this.directory.forget(deleted);
  }

  /** Everything but looking at it is refused from the commit on; nothing is destroyed. Twice is once. */
  async softDelete(principal: Principal, projectId: string, name: string, record: DeedRecord<TransitKey>): Promise<void> {
    const key = await this.#use(principal, projectId, name, this.clock.now(), record);
    this.directory.forget(key);
  }

  async undelete(principal: Principal, projectId: string, name: string, record: DeedRecord<TransitKey>): Promise<void> {
    await this.#use(principal, projectId, name, null, record);
  }

  async #use(principal: Principal, projectId: string, name: string, softDeletedAt: Date | null, record: DeedRecord<TransitKey>): Promise<TransitKey> {
    const unchanged = await this.changes.unlessIdle(principal, projectId, name, (key) => key.softDeleted === (softDeletedAt !== null), record);
    if (unchanged !== null) return unchanged;
    return this.changes.ofKey(principal, projectId, name, `no existing key named ${name} could be found`, async (tx, key) => {
      await this.keys.setSoftDeleted(tx, key.id, softDeletedAt);
      await record(tx, key);
      return key;
    });
  }
}
