import type { UnitOfWork } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import type { Clock } from '#platform/system/clock.js';
import type { Randomness } from '#platform/system/randomness.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import type { Principal } from '#pure/principal/principal.js';
import type { KeyTypeName } from '../domain/key-type.js';
import { newKeyRefusal, type NewKey } from '../domain/key-settings.js';
import type { TransitKey, TransitKeyVersion } from '../domain/transit-key.js';
import type { TransitKeyRepository } from '../persistence/transit-key.repository.js';
import { NO_VERSION, type TransitVersionRepository } from '../persistence/transit-version.repository.js';
import type { KeyType } from '../primitives/key-types.js';
import type { DeedRecord } from './deed-record.js';
import type { KeyChanges } from './key-changes.js';
import { refused } from './key-refusals.js';
import { type NewVersion, type VersionMaker, withVersion } from './version-maker.js';

/** How many versions are shown at once, the newest first: a key of a thousand is read like one of ten. */
export const VERSIONS_SHOWN = 20;

/** A key that is not there yet, without what it gets from its making. */
export interface KeyOrigin {
  readonly imported: boolean;
  readonly allowRotation: boolean;
}

export const GENERATED: KeyOrigin = { imported: false, allowRotation: true };

/** Making keys, and looking at them. */
export class TransitKeys {
  /** By project and name. */
  readonly #making = new Map<string, Promise<unknown>>();

  constructor(
    private readonly uow: Pick<UnitOfWork, 'read'>,
    private readonly changes: KeyChanges,
    private readonly keys: TransitKeyRepository,
    private readonly versions: TransitVersionRepository,
    private readonly maker: VersionMaker,
    private readonly types: Readonly<Record<KeyTypeName, Pick<KeyType, 'supports' | 'cipher'>>>,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /**
   * Makes a key with its first version. A name that there is already is answered with its key, whatever was asked for:
   * of two who make one name at once, the second gets the first one's key.
   */
  async create(principal: Principal, projectId: string, name: string, wanted: NewKey, record: DeedRecord<TransitKey>): Promise<{ readonly key: TransitKey; readonly isNew: boolean }> {
    this.check(wanted);
    const place = `${projectId}/${name}`;
    for (;;) {
      const known = await this.changes.find(principal, projectId, name);
      if (known !== null) return { key: known, isNew: false };
      await this.uow.read(principal, (reading) => this.changes.refuseMore(reading, projectId));
      const other = this.#making.get(place);
      if (other === undefined) break;
      // Whoever comes while it is being made waits for it and makes nothing, unless that one fails.
      await other.catch(() => null);
    }
    const making = withVersion(this.maker.generate(projectId, wanted.type, wanted.keyBytes), (first) => this.insert(principal, projectId, name, wanted, GENERATED, first, record));
    this.#making.set(place, making);
    return making.finally(() => this.#making.delete(place));
  }

  /** Refuses what there cannot be. */
  check(wanted: NewKey): void {
    const { supports, cipher } = this.types[wanted.type];
    const refusal = newKeyRefusal(wanted, { derivation: supports.derivation, convergence: cipher?.usesRandomNonce === true });
    if (refusal !== null) throw refused(refusal);
  }

  /** The first version with its key, or the key that somebody else has made meanwhile. */
  async insert(
    principal: Principal,
    projectId: string,
    name: string,
    wanted: NewKey,
    origin: KeyOrigin,
    first: NewVersion,
    record: DeedRecord<TransitKey>,
  ): Promise<{ readonly key: TransitKey; readonly isNew: boolean }> {
    const made = await this.changes.run(principal, async (tx) => {
      const other = await this.keys.find(tx, projectId, name);
      if (other !== null) return { key: other, isNew: false };
      await this.changes.refuseMore(tx, projectId);
      const key = this.#newKey(projectId, name, wanted, origin);
      await this.keys.insert(tx, key);
      crashPoint('crypto.key.after-insert');
      await this.versions.insert(tx, key.id, [first.rowFor(key, 1, key.createdAt)]);
      await record(tx, key);
      return { key, isNew: true };
    });
    crashPoint('crypto.key.after-commit');
    return made;
  }

  /** Without its versions (`versionsOf`); null when there is none. */
  async read(principal: Principal, projectId: string, name: string): Promise<TransitKey | null> {
    return this.changes.find(principal, projectId, name);
  }

  /** The newest first, at most `VERSIONS_SHOWN`. */
  async versionsOf(principal: Principal, key: TransitKey, before = NO_VERSION): Promise<readonly TransitKeyVersion[]> {
    return this.uow.read(principal, (reading) => this.versions.page(reading, key.id, before, VERSIONS_SHOWN));
  }

  /** Names that the filter shows in the order of their bytes, those out of use too. */
  async list(principal: Principal, projectId: string, filter: RowFilter, after: string, limit: number): Promise<readonly string[]> {
    return this.uow.read(principal, (reading) => this.keys.names(reading, projectId, filter, after, limit));
  }

  #newKey(projectId: string, name: string, wanted: NewKey, origin: KeyOrigin): TransitKey {
    const createdAt = this.clock.now();
    return {
      ...wanted,
      ...origin,
      id: this.randomness.uuidv7(createdAt.getTime()),
      projectId,
      name,
      deletionAllowed: false,
      latestVersion: 1,
      minAvailableVersion: 0,
      minDecryptionVersion: 1,
      minEncryptionVersion: 0,
      softDeleted: false,
      createdAt,
    };
  }
}
