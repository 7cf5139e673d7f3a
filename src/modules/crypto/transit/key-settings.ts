import type { Clock } from '#platform/system/clock.js';
import type { Principal } from '#pure/principal/principal.js';
import { type SettingsChange, trimmed, withSettings } from '../domain/key-settings.js';
import type { TransitKey } from '../domain/transit-key.js';
import type { TransitKeyRepository } from '../persistence/transit-key.repository.js';
import type { TransitVersionRepository } from '../persistence/transit-version.repository.js';
import type { DeedRecord } from './deed-record.js';
import type { KeyChanges } from './key-changes.js';
import type { KeyDirectory } from './key-directory.js';
import { orRefuse, refuseSoftDeleted } from './key-refusals.js';

/** What was made of a key, and what it was before. */
export interface SettingsDeed {
  readonly key: TransitKey;
  readonly before: TransitKey;
}

/** Changing what keys allow, and destroying what they do not need any more. */
export class KeySettings {
  constructor(
    private readonly changes: KeyChanges,
    private readonly keys: TransitKeyRepository,
    private readonly versions: TransitVersionRepository,
    private readonly directory: Pick<KeyDirectory, 'forget'>,
    private readonly clock: Clock,
  ) {}

  async configure(principal: Principal, projectId: string, name: string, change: SettingsChange, record: DeedRecord<SettingsDeed>): Promise<TransitKey> {
    const unchanged = await this.changes.unlessIdle(principal, projectId, name, (key) => isSame(orRefuse(withSettings(key, change)), key), (tx, key) => record(tx, { key, before: key }));
    if (unchanged !== null) return unchanged;
    return this.changes.ofKey(principal, projectId, name, `no existing key named ${name} could be found`, async (tx, before) => {
      const key = orRefuse(withSettings(before, change));
      await this.keys.update(tx, key);
      if (key.autoRotateSeconds !== before.autoRotateSeconds) await this.keys.schedule(tx, key.id, key.autoRotateSeconds, this.clock.now());
      await record(tx, { key, before });
      return key;
    });
  }

  /** Destroys the versions below: what they encrypted can never be decrypted again. */
  async trim(principal: Principal, projectId: string, name: string, minAvailableVersion: number, record: DeedRecord<SettingsDeed>): Promise<TransitKey> {
    const deed = await this.changes.ofKey(principal, projectId, name, 'invalid key name', async (tx, before) => {
      refuseSoftDeleted(before);
      const key = orRefuse(trimmed(before, minAvailableVersion));
      await this.keys.update(tx, key);
      await this.versions.trim(tx, key.id, minAvailableVersion);
      await record(tx, { key, before });
      return { key, before };
    });
    this.directory.forget(deed.before, minAvailableVersion);
    return deed.key;
  }
}

function isSame(one: TransitKey, other: TransitKey): boolean {
  return (Object.keys(one) as (keyof TransitKey)[]).every((name) => one[name] === other[name]);
}
