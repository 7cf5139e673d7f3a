import { crashPoint } from '#platform/system/crash-points.js';
import type { Clock } from '#platform/system/clock.js';
import type { Principal } from '#pure/principal/principal.js';
import type { KeyTypeName } from '../domain/key-type.js';
import type { NewKey } from '../domain/key-settings.js';
import type { TransitKey } from '../domain/transit-key.js';
import { COSTS, NO_COST } from '../primitives/costs.js';
import type { KeyType } from '../primitives/key-types.js';
import { type TransportHash, unwrapImport } from '../primitives/key-wrap-padding.js';
import type { DeedRecord } from './deed-record.js';
import type { HeavyWork } from './heavy-work.js';
import type { ImportWrapping } from './import-wrapping.js';
import type { KeyChanges } from './key-changes.js';
import { refused, refuseSoftDeleted } from './key-refusals.js';
import type { TransitKeys } from './transit-keys.js';
import { type NewVersion, type VersionMaker, withVersion } from './version-maker.js';

/** A secret, wrapped under the wrapping key and an AES key of the client's; or only a public key, in PEM or DER. */
export type ImportedMaterial = { readonly ciphertext: Buffer; readonly hash: TransportHash } | { readonly publicKey: Buffer };

/** Bringing keys in from elsewhere. */
export class KeyImport {
  constructor(
    private readonly changes: KeyChanges,
    private readonly keys: TransitKeys,
    private readonly maker: VersionMaker,
    private readonly wrapping: Pick<ImportWrapping, 'privateKey'>,
    private readonly types: Readonly<Record<KeyTypeName, Pick<KeyType, 'importSecret' | 'importPublic'>>>,
    private readonly work: HeavyWork,
    private readonly clock: Clock,
  ) {}

  /** A new key. Never replaces one. */
  async importKey(principal: Principal, projectId: string, name: string, wanted: NewKey & Pick<TransitKey, 'allowRotation'>, material: ImportedMaterial, record: DeedRecord<TransitKey>): Promise<void> {
    const { allowRotation, ...settings } = wanted;
    if (settings.convergent) throw refused('import cannot be used on keys with convergent encryption enabled');
    if (settings.autoRotateSeconds > 0 && !allowRotation) throw refused('allow_rotation must be set to true if auto-rotation is enabled');
    this.keys.check(settings);
    if ((await this.changes.find(principal, projectId, name)) !== null) throw exists();
    await withVersion(this.#version(projectId, settings.type, material), async (first) => {
      // Versions that are made here later are as long as what was brought, whatever size was named beside it.
      const sized = settings.type === 'hmac' ? { ...settings, keyBytes: first.secretBytes } : settings;
      const made = await this.keys.insert(principal, projectId, name, sized, { imported: true, allowRotation }, first, record);
      if (!made.isNew) throw exists();
    });
  }

  /** The next version of a key that was imported. */
  async importVersion(principal: Principal, projectId: string, name: string, material: ImportedMaterial, record: DeedRecord<TransitKey>): Promise<void> {
    const missing = `no key found with name ${name}; to import a new key, use the import/ endpoint`;
    const known = await this.changes.find(principal, projectId, name);
    if (known === null) throw refused(missing);
    refuseVersion(known);
    await withVersion(this.#version(projectId, known.type, material), (made) =>
      this.changes.ofKey(principal, projectId, name, missing, async (tx, key) => {
        // Made again under this name meanwhile: it may be of another type.
        if (key.id !== known.id) throw refused(missing);
        refuseVersion(key);
        if (key.keyBytes !== null && made.secretBytes !== key.keyBytes) throw refused(`the versions of this key have ${key.keyBytes} bytes`);
        await record(tx, await this.changes.addVersion(tx, key, made, this.clock.now(), true));
        crashPoint('crypto.import.before-commit');
      }),
    );
  }

  async #version(projectId: string, type: KeyTypeName, material: ImportedMaterial): Promise<NewVersion> {
    if ('publicKey' in material) {
      const publicKey = this.types[type].importPublic(material.publicKey);
      if (publicKey === null) throw refused(`public_key is no public key of type ${type}`);
      return this.maker.of(projectId, { secret: null, publicKey });
    }
    const wrappingKey = await this.wrapping.privateKey();
    const bytes = wrappingKey === null ? null : await unwrapImport(wrappingKey, material.ciphertext, material.hash);
    try {
      // Tried by a signature, which has the price of one.
      const trial = COSTS[type].signature?.sign ?? NO_COST;
      const imported = bytes === null ? null : await this.work.run(projectId, trial.pooled, () => this.types[type].importSecret(bytes));
      // One answer, whichever layer did not open: how far somebody's guess came is not for them to know.
      if (imported === null) throw refused(`ciphertext does not open under the wrapping key, or is no key of type ${type}`);
      return await this.maker.of(projectId, imported);
    } finally {
      bytes?.fill(0);
    }
  }
}

const exists = (): Error => refused('the import path cannot be used with an existing key; use import-version to rotate an existing imported key');

function refuseVersion(key: TransitKey): void {
  refuseSoftDeleted(key);
  if (!key.imported) throw refused('the import_version endpoint can only be used with an imported key');
}
