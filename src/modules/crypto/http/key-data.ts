import type { TransitKey, TransitKeyVersion } from '../domain/transit-key.js';
import { wireOf } from '../domain/key-type-name.js';
import type { KeyType } from '../primitives/key-types.js';

const PUBLIC_EXAMPLE = { '1': { name: 'ed25519', public_key: '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=', certificate_chain: '', creation_time: '2026-11-22T12:00:00.000Z' } };

/** What reading a key shows, in Vault's words. */
export const KEY_DATA_EXAMPLE = {
  name: 'orders', type: 'ed25519', derived: false, deletion_allowed: false, min_available_version: 0, min_decryption_version: 1, min_encryption_version: 0, latest_version: 1,
  exportable: false, allow_plaintext_backup: false, supports_encryption: false, supports_decryption: false, supports_signing: true, supports_derivation: true,
  auto_rotate_period: 0, imported_key: false, soft_deleted: false, keys: PUBLIC_EXAMPLE,
};

/** Beside what Vault shows of a key. */
export const KEY_USAGE_EXAMPLE = { usage: { '1': { sign: { uses: 1204, last_used_at: '2026-11-22T12:00:00.000Z' } } } };


/** `versions` are those that are shown: of a key with many, the newest. */
export function keyData(key: TransitKey, { supports, publicForm }: Pick<KeyType, 'supports' | 'publicForm'>, versions: readonly TransitKeyVersion[]): object {
  return {
    name: key.name,
    ...wireOf(key.type),
    derived: key.derived,
    deletion_allowed: key.deletionAllowed,
    min_available_version: key.minAvailableVersion,
    min_decryption_version: key.minDecryptionVersion,
    min_encryption_version: key.minEncryptionVersion,
    latest_version: key.latestVersion,
    exportable: key.exportable,
    allow_plaintext_backup: key.allowPlaintextBackup,
    supports_encryption: supports.encryption,
    supports_decryption: supports.decryption,
    supports_signing: supports.signing,
    supports_derivation: supports.derivation,
    auto_rotate_period: key.autoRotateSeconds,
    imported_key: key.imported,
    ...(key.imported ? { imported_key_allow_rotation: key.allowRotation } : {}),
    soft_deleted: key.softDeleted,
    ...(key.keyBytes === null ? {} : { key_size: key.keyBytes }),
    ...(key.derived ? { kdf: 'hkdf_sha256', convergent_encryption: key.convergent, ...(key.convergent ? { convergent_encryption_version: 3 } : {}) } : {}),
    keys: Object.fromEntries(versions.map((version) => [version.version, versionData(key, publicForm, version)])),
  };
}

/** By version and operation; a version that nobody has used is not in it. */
export function usageData(usages: readonly KeyUsage[]): object {
  const versions: Record<string, Record<string, object>> = {};
  for (const { version, operation, uses, lastUsedMillis } of usages) {
    (versions[version] ??= {})[operation] = { uses, last_used_at: new Date(lastUsedMillis).toISOString() };
  }
  return { usage: versions };
}

interface KeyUsage {
  readonly version: number;
  readonly operation: string;
  readonly uses: number;
  readonly lastUsedMillis: number;
}

/** Symmetric: when it was made, in seconds. Of a derived key each context has a public key of its own, and there is none to show. */
function versionData({ derived }: TransitKey, publicForm: KeyType['publicForm'], { publicKey, createdAt }: TransitKeyVersion): object | number {
  if (publicKey === null) return Math.floor(createdAt.getTime() / 1000);
  const { name, publicKey: text } = publicForm(publicKey);
  return { name, public_key: derived ? '' : text, certificate_chain: '', creation_time: createdAt.toISOString() };
}
