import type { TransitKey } from './transit-key.js';

/** What a key is asked to be when it is made. */
export type NewKey = Pick<TransitKey, 'type' | 'keyBytes' | 'derived' | 'convergent' | 'exportable' | 'allowPlaintextBackup' | 'autoRotateSeconds'>;

/** What of a key can be changed; undefined leaves it. */
export interface SettingsChange {
  readonly minDecryptionVersion?: number | undefined;
  readonly minEncryptionVersion?: number | undefined;
  readonly deletionAllowed?: boolean | undefined;
  readonly exportable?: boolean | undefined;
  readonly allowPlaintextBackup?: boolean | undefined;
  readonly autoRotateSeconds?: number | undefined;
}

/** Of a type of key, as far as settings depend on it. */
export interface TypeAbilities {
  readonly derivation: boolean;
  /** Under random nonces: only then is there a nonce that could follow from the plaintext. */
  readonly convergence: boolean;
}

const HOUR_SECONDS = 3600;
const PERIOD_REFUSED = 'auto rotate period must be 0 to disable or at least an hour';
const isPeriod = (seconds: number): boolean => seconds === 0 || seconds >= HOUR_SECONDS;

/** Shown for everything that is asked of a key that was put out of use. */
export const SOFT_DELETED = 'the key is soft deleted';

export const HMAC_KEY_BYTES = { min: 32, max: 512, usual: 32 } as const;

/** Why there cannot be such a key, in the words that Vault's clients know; null when there can. */
export function newKeyRefusal({ type, keyBytes, derived, convergent, autoRotateSeconds }: NewKey, abilities: TypeAbilities): string | null {
  if (!isPeriod(autoRotateSeconds)) return PERIOD_REFUSED;
  if (convergent && !derived) return 'convergent encryption requires derivation to be enabled';
  if (derived && !abilities.derivation) return `key derivation and convergent encryption not supported for keys of type ${type}`;
  if (convergent && !abilities.convergence) return `convergent encryption not supported for keys of type ${type}`;
  if (type !== 'hmac') return keyBytes === null ? null : `key_size is not valid for algorithm ${type}`;
  const isSize = keyBytes !== null && keyBytes >= HMAC_KEY_BYTES.min && keyBytes <= HMAC_KEY_BYTES.max;
  return isSize ? null : `invalid key_size: ${HMAC_KEY_BYTES.min} to ${HMAC_KEY_BYTES.max} bytes`;
}

/** The key with its settings changed, or why that cannot be. What a key could once give away it can for ever. */
export function withSettings(key: TransitKey, change: SettingsChange): TransitKey | string {
  // Versions count from 1; Vault takes 0 for it.
  const minDecryptionVersion = Math.max(change.minDecryptionVersion ?? key.minDecryptionVersion, 1);
  const minEncryptionVersion = change.minEncryptionVersion ?? key.minEncryptionVersion;
  const autoRotateSeconds = change.autoRotateSeconds ?? key.autoRotateSeconds;
  const { latestVersion, minAvailableVersion } = key;
  if (minDecryptionVersion > latestVersion) return `cannot set min decryption version of ${minDecryptionVersion}, latest key version is ${latestVersion}`;
  if (minEncryptionVersion > latestVersion) return `cannot set min encryption version of ${minEncryptionVersion}, latest key version is ${latestVersion}`;
  if (minEncryptionVersion > 0 && minEncryptionVersion < minDecryptionVersion) {
    return `cannot set min encryption/decryption values; min encryption version of ${minEncryptionVersion} must be greater than or equal to min decryption version of ${minDecryptionVersion}`;
  }
  if (minAvailableVersion > minEncryptionVersion) return 'min encryption version should not be less than min available version';
  if (minAvailableVersion > minDecryptionVersion) return 'min decryption version should not be less then min available version';
  if (!isPeriod(autoRotateSeconds)) return PERIOD_REFUSED;
  if (autoRotateSeconds > 0 && key.imported && !key.allowRotation) return 'auto rotation is not possible for an imported key that does not allow rotation';
  return {
    ...key,
    minDecryptionVersion,
    minEncryptionVersion,
    autoRotateSeconds,
    deletionAllowed: change.deletionAllowed ?? key.deletionAllowed,
    exportable: key.exportable || change.exportable === true,
    allowPlaintextBackup: key.allowPlaintextBackup || change.allowPlaintextBackup === true,
  };
}

/** The key without its versions below, or why that cannot be: nothing that may still be needed is destroyed. */
export function trimmed(key: TransitKey, minAvailableVersion: number): TransitKey | string {
  if (minAvailableVersion < key.minAvailableVersion) return 'minimum available version cannot be decremented';
  if (key.minEncryptionVersion === 0) return 'minimum available version cannot be set when minimum encryption version is not set';
  if (key.minDecryptionVersion === 0) return 'minimum available version cannot be set when minimum decryption version is not set';
  if (minAvailableVersion > key.minEncryptionVersion) return 'minimum available version cannot be greater than minimum encryption version';
  if (minAvailableVersion > key.minDecryptionVersion) return 'minimum available version cannot be greater than minimum decryption version';
  if (minAvailableVersion === 0) return 'minimum available version should be positive';
  return { ...key, minAvailableVersion };
}

/** Why this server does not make the next version of the key; null when it does. */
export function rotationRefusal(key: TransitKey): string | null {
  if (key.softDeleted) return SOFT_DELETED;
  return key.imported && !key.allowRotation ? `imported key ${key.name} does not allow rotation` : null;
}
