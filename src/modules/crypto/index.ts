export { CryptoModule, RootKeySource } from './crypto.module.js';
export { CRYPTO_FAULTS } from './domain/crypto.faults.js';
export { KEY_PURPOSES, type KeyPurpose } from './domain/key-version.js';
export { Keyring, type PreparedKey } from './keyring.js';
export type { Signer, Verifier } from './keyring-view.js';
export { PasswordHasher } from './password-hasher.js';
export { RootKey } from './root-key.js';
export { RootKeyRefusal } from './root-key-file.js';
export { SIGNATURE_ALGORITHMS } from './signature-algorithms.js';
