import type { KeyTypeName } from '../domain/key-type.js';
import { aeadType } from './aead.js';
import { ecdsaType } from './ecdsa.js';
import { ED25519_TYPE } from './ed25519.js';
import { HMAC_TYPE } from './hmac.js';
import { HYBRID_TYPE } from './hybrid.js';
import type { KeyType } from './key-type.js';
import { mlDsaType } from './ml-dsa.js';
import { rsaType } from './rsa.js';
import { SLH_DSA_TYPES } from './slh-dsa.js';
import { X_WING_TYPE } from './x-wing.js';

export type { Cipher, CipherOptions, KeyType, PublicForm, SignatureOptions, SignatureScheme } from './key-type.js';

const TYPES: readonly KeyType[] = [
  aeadType('aes128-gcm96', 'aes-128-gcm', 16),
  aeadType('aes256-gcm96', 'aes-256-gcm', 32),
  aeadType('chacha20-poly1305', 'chacha20-poly1305', 32),
  ED25519_TYPE,
  ecdsaType('ecdsa-p256'),
  ecdsaType('ecdsa-p384'),
  ecdsaType('ecdsa-p521'),
  rsaType(2048),
  rsaType(3072),
  rsaType(4096),
  HMAC_TYPE,
  mlDsaType(44),
  mlDsaType(65),
  mlDsaType(87),
  ...SLH_DSA_TYPES,
  HYBRID_TYPE,
  X_WING_TYPE,
];

/** Every type of domain/key-type.ts: key-types.spec.ts goes through all of them. */
export const KEY_TYPES = Object.fromEntries(TYPES.map((type) => [type.name, type])) as Readonly<Record<KeyTypeName, KeyType>>;
