import type { Reading, Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import type { VersionCounters } from '#platform/database/version-counters.js';
import { crashPoint } from '#platform/system/crash-points.js';
import type { Principal } from '#pure/principal/principal.js';
import { KEYS_MAX, type TransitKey } from '../domain/transit-key.js';
import type { TransitKeyRepository } from '../persistence/transit-key.repository.js';
import type { TransitVersionRepository } from '../persistence/transit-version.repository.js';
import type { DeedRecord } from './deed-record.js';
import { refused, unknown } from './key-refusals.js';
import type { NewVersion } from './version-maker.js';

/**
 * What every change of keys has in common. Moving the version of all keys comes first: it makes every replica read again
 * what it has cached, and holds the counter's row until the commit, so that changes of keys come one after another. What
 * is read behind it is what will be true at the commit.
 */
export class KeyChanges {
  constructor(
    private readonly uow: Pick<UnitOfWork, 'run' | 'read'>,
    private readonly counters: VersionCounters,
    private readonly keys: TransitKeyRepository,
    private readonly versions: TransitVersionRepository,
  ) {}

  async run<T>(principal: Principal, change: (tx: Tx) => Promise<T>): Promise<T> {
    return this.uow.run(principal, async (tx) => {
      await this.counters.bump(tx, 'transit');
      return change(tx);
    });
  }

  /** Of one key, as it is now; `missing` is what is said where there is none. */
  async ofKey<T>(principal: Principal, projectId: string, name: string, missing: string, change: (tx: Tx, key: TransitKey) => Promise<T>): Promise<T> {
    return this.run(principal, async (tx) => {
      const key = await this.keys.find(tx, projectId, name);
      if (key === null) throw unknown(missing);
      return change(tx, key);
    });
  }

  /** In a change that makes a key: what is counted stays so, as changes come one after another. */
  async refuseMore(reading: Reading, projectId: string): Promise<void> {
    if ((await this.keys.count(reading, projectId, KEYS_MAX)) >= KEYS_MAX) throw refused(`the project has ${KEYS_MAX} keys, which is as many as there can be: destroy some, or make another project`);
  }

  /**
   * Where `isIdle` says that nothing changes, that is recorded and no more: no replica has to read anything again, and
   * nobody waits. Null where something does change, or there is no such key.
   */
  async unlessIdle(principal: Principal, projectId: string, name: string, isIdle: (key: TransitKey) => boolean, record: DeedRecord<TransitKey>): Promise<TransitKey | null> {
    return this.uow.run(principal, async (tx) => {
      const key = await this.keys.find(tx, projectId, name);
      if (key === null || !isIdle(key)) return null;
      await record(tx, key);
      return key;
    });
  }

  /** Before anything slow is begun for it: the change itself looks again. */
  async find(principal: Principal, projectId: string, name: string): Promise<TransitKey | null> {
    return this.uow.read(principal, (reading) => this.keys.find(reading, projectId, name));
  }

  /** The next version of a key: its row, and the key that says so, in one transaction or not at all. */
  async addVersion(tx: Tx, key: TransitKey, made: NewVersion, now: Date, isImported: boolean): Promise<TransitKey> {
    const next: TransitKey = { ...key, latestVersion: key.latestVersion + 1, imported: isImported };
    await this.versions.insert(tx, key.id, [made.rowFor(key, next.latestVersion, now)]);
    crashPoint('crypto.version.after-insert');
    await this.keys.update(tx, next);
    if (key.autoRotateSeconds > 0) await this.keys.schedule(tx, key.id, key.autoRotateSeconds, now);
    return next;
  }
}
