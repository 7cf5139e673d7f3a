import { base64, flag, integer, seconds, text, type ValuesOf, type VaultField } from '#platform/http/vault-fields.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { HMAC_KEY_BYTES, type NewKey } from '../domain/key-settings.js';
import { typeOf } from '../domain/key-type-name.js';
import { isKeyName } from '../domain/key-name.js';
import type { KeyTypeName } from '../domain/key-type.js';
import { VERSION_MAX } from '../domain/transit-key.js';
import { refused } from '../transit/key-refusals.js';

const version = (description: string): VaultField<number | undefined> => integer({ min: 0, max: VERSION_MAX }, { example: 2, description });

const TYPE_FIELDS = {
  type: text({ example: 'aes256-gcm96', description: 'aes128-gcm96, aes256-gcm96, chacha20-poly1305, ed25519, ecdsa-p256/p384/p521, rsa-2048/3072/4096, hmac, ml-dsa, slh-dsa, hybrid or x-wing.' }, 'aes256-gcm96'),
  parameter_set: text({ example: '65', description: 'Of ml-dsa (44, 65, 87), slh-dsa and hybrid (65).' }),
  hybrid_key_type_pqc: text({ example: 'ml-dsa', description: 'Of hybrid: ml-dsa is all there is.' }),
  hybrid_key_type_ec: text({ example: 'ed25519', description: 'Of hybrid: ed25519 is all there is.' }),
  key_size: integer({ min: 0, max: HMAC_KEY_BYTES.max }, { example: 32, description: 'Of hmac: bytes, 32 to 512.' }, 0),
  derived: flag({ example: false, description: 'Each context has a key of its own.' }, false),
  exportable: flag({ example: false, description: 'For ever. Takes a second person where the project says so.' }, false),
  allow_plaintext_backup: flag({ example: false, description: 'For ever. Takes a second person where the project says so.' }, false),
  auto_rotate_period: seconds({ example: '720h', description: '0, or at least an hour.' }),
};

export const CREATE_FIELDS = {
  ...TYPE_FIELDS,
  convergent_encryption: flag({ example: false, description: 'Equal plaintexts give equal ciphertexts. Of derived keys alone. One plaintext under two different values of `associated_data` uses one nonce twice, and who sees both can forge: give each plaintext one value, or none.' }, false),
};

const MATERIAL_FIELDS = {
  ciphertext: base64({ example: 'AAEC…', description: 'The key: RSA-OAEP of an AES-256 key under the wrapping key, and behind it the key (PKCS #8 of asymmetric ones) under AES-KWP with that.' }),
  hash_function: text({ example: 'SHA256', description: 'Of OAEP: SHA256, SHA384 or SHA512.' }, 'SHA256'),
  public_key: text({ example: '-----BEGIN PUBLIC KEY-----\n…', description: 'PEM, or base64 as reading a key shows it, instead of `ciphertext`: the key then verifies or encrypts, and does not sign or decrypt.' }),
};

export const IMPORT_FIELDS = { ...TYPE_FIELDS, ...MATERIAL_FIELDS, allow_rotation: flag({ example: false, description: 'Whether this server may make versions of its own.' }, false), convergent_encryption: flag({ example: false, description: 'Refused.' }, false) };
export const IMPORT_VERSION_FIELDS = { ...MATERIAL_FIELDS, version: version('Refused: what is imported is always the next version.') };

export const CONFIG_FIELDS = {
  min_decryption_version: version('The oldest version that decrypts or verifies.'),
  min_encryption_version: version('The oldest version that encrypts or signs for who asks for it by `key_version`; 0: the oldest that decrypts. Who asks for none gets the latest.'),
  deletion_allowed: flag({ example: true, description: 'Whether the key may be destroyed.' }),
  exportable: flag({ example: false, description: 'For ever. Takes a second person where the project says so.' }),
  allow_plaintext_backup: flag({ example: false, description: 'For ever. Takes a second person where the project says so.' }),
  auto_rotate_period: seconds({ example: '720h', description: '0, or at least an hour.' }),
};

export const TRIM_FIELDS = { min_available_version: version('Versions below are destroyed.') };
export const KEYS_CONFIG_FIELDS = { disable_upsert: flag({ example: true, description: 'Always true: encrypting makes no keys.' }) };
export const CACHE_FIELDS = { size: integer({ min: 0, max: VERSION_MAX }, { example: 10_000, description: 'Accepted and not used: the cache has bounds of its own.' }) };

type TypeValues = ValuesOf<typeof TYPE_FIELDS>;

/** What is asked for, or the refusal of a type that there is not. */
export function newKeyOf(values: TypeValues & { readonly convergent_encryption: boolean }): NewKey {
  const type = keyTypeOf(values);
  const { key_size: size, derived, convergent_encryption: convergent, exportable, allow_plaintext_backup: allowPlaintextBackup, auto_rotate_period: period } = values;
  const usual = type === 'hmac' ? HMAC_KEY_BYTES.usual : null;
  return { type, keyBytes: size === 0 ? usual : size, derived, convergent, exportable, allowPlaintextBackup, autoRotateSeconds: period ?? 0 };
}

function keyTypeOf(values: TypeValues): KeyTypeName {
  const type = typeOf(values);
  // What a stranger writes is not repeated beyond what a name can be.
  if (type === null) throw refused(`unknown key type ${isKeyName(values.type) ? values.type : ''}`.trimEnd());
  return type;
}

const VERSION = /^v?([1-9]\d{0,9})$/;

/** Of a path: `latest`, a number, or a number behind a `v` as Vault takes it. */
export function versionOf(text: string): number | 'latest' {
  if (text === 'latest') return text;
  const number = Number(VERSION.exec(text)?.[1]);
  if (number <= VERSION_MAX) return number;
  throw refused('invalid key version');
}

/** A number of the query, in its one spelling; undefined where it is not given. */
export function countOf(name: string, text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  const number = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : max + 1;
  if (number > max) throw Fault.at(REQUEST_FAULTS['invalid-request'], `query:${name}`, 'out-of-range', `1 to ${max}`);
  return number;
}
