import { absent, configured, documented, open, type Requirement, tested } from '../requirement.js';

/** V11: cryptography. */
export const V11: readonly Requirement[] = [
  documented('V11.1.1', 2, 'how keys are managed, written', 'the hierarchy, where it begins, and each step in the life of a key', 'docs/sealing.md', 'docs/signing-keys.md', 'docs/adr/0007-keys-hang-from-a-seal.md'),
  documented('V11.1.2', 2, 'inventory of cryptography', 'the server’s own keys with purpose, algorithm and lifetime, and the types that it keeps for others', 'docs/signing-keys.md', 'docs/sealing.md', 'docs/transit.md'),
  configured('V11.1.3', 3, 'all uses of cryptography found', 'import rules keep it in one module, and randomness out of all others', 'test/architecture/dependency-cruiser.cjs', 'test/architecture/eslint.config.js'),
  documented('V11.1.4', 3, 'the way to new standards', 'post-quantum and hybrid types are there beside the others; the ledger is signed by both', 'docs/signing-keys.md', 'docs/ledger.md', 'docs/transit.md'),
  tested('V11.2.1', 2, 'implementations that are proven', 'test/conformance/wycheproof.spec.ts', 'src/boot/known-answer-tests.spec.ts'),
  tested('V11.2.2', 2, 'algorithms that can be replaced', 'src/modules/crypto/primitives/key-types.spec.ts', 'src/modules/crypto/signing-keys.spec.ts', 'src/modules/crypto/password-hasher.spec.ts'),
  open('V11.2.3', 2, 'strength of 128 bits', 'its own keys have it; callers may ask for RSA of 2048 bits and SHA-224, for the clients that need them', 'src/modules/crypto/primitives/key-types.spec.ts'),
  open('V11.2.4', 3, 'constant time', 'comparisons of secrets are; those of signatures are OpenSSL’s, and not measured here', 'src/modules/crypto/primitives/hmac.ts', 'src/modules/crypto/password-hasher.ts'),
  tested('V11.2.5', 3, 'cryptography that fails closed', 'src/modules/crypto/sealing.spec.ts', 'src/modules/crypto/key-wrapping.spec.ts', 'test/e2e/transit-operations.spec.ts'),
  tested('V11.3.1', 1, 'no weak modes and paddings', 'test/architecture/ciphers.spec.ts', 'src/modules/crypto/primitives/rsa.spec.ts'),
  tested('V11.3.2', 1, 'approved ciphers', 'src/modules/crypto/primitives/key-types.spec.ts', 'test/conformance/wycheproof.spec.ts'),
  tested('V11.3.3', 2, 'authenticated encryption', 'src/modules/crypto/sealing.spec.ts', 'test/e2e/transit-operations.spec.ts'),
  tested('V11.3.4', 3, 'nonces used once', 'src/modules/crypto/transit/encryption-budget.spec.ts', 'src/modules/crypto/sealing.spec.ts'),
  absent('V11.3.5', 3, 'encrypt, then authenticate', 'ciphers that authenticate by themselves are used alone'),
  configured('V11.4.1', 1, 'approved hash functions', 'the names that exist are SHA-2 and SHA-3; SHA-1 and MD5 are no names', 'src/modules/crypto/domain/hash-name.ts', 'src/modules/crypto/primitives/hmac.spec.ts'),
  tested('V11.4.2', 2, 'hashing of passwords', 'src/modules/crypto/password-hasher.spec.ts', 'src/modules/crypto/domain/phc.spec.ts'),
  tested('V11.4.3', 2, 'hashes that resist collisions', 'src/pure/digest/digest.spec.ts', 'test/conformance/rfc6962.spec.ts'),
  tested('V11.4.4', 2, 'keys from passphrases', 'src/modules/crypto/seals/seals.spec.ts', 'src/modules/crypto/seals/seal.spec.ts'),
  tested('V11.5.1', 2, 'randomness that nobody guesses', 'src/platform/system/randomness.spec.ts', 'src/modules/auth/domain/random-secret.spec.ts'),
  configured('V11.5.2', 3, 'randomness under load', 'it is that of the system, through OpenSSL; lint keeps every other source out', 'test/architecture/eslint.config.js', 'src/platform/system/randomness.ts'),
  tested('V11.6.1', 2, 'approved keys and signatures', 'src/modules/crypto/primitives/key-types.spec.ts', 'src/modules/crypto/signature-algorithms.spec.ts', 'test/conformance/post-quantum-signatures.spec.ts'),
  tested('V11.6.2', 3, 'approved key exchange', 'tls-group', 'test/conformance/x-wing.spec.ts', 'src/app/tls.spec.ts'),
  absent('V11.7.1', 3, 'encryption of memory', 'it is of the machine, which the operator chooses'),
  tested('V11.7.2', 3, 'plaintext for a moment only', 'test/e2e/secret-retention.spec.ts', 'test/e2e/sealed.spec.ts', 'src/modules/crypto/sealing.spec.ts'),
];

/** V12: secure communication. */
export const V12: readonly Requirement[] = [
  tested('V12.1.1', 1, 'versions of TLS', 'tls-version', 'src/app/tls.spec.ts'),
  tested('V12.1.2', 2, 'ciphers of TLS', 'tls-ciphers', 'src/app/tls.spec.ts'),
  tested('V12.1.3', 2, 'client certificates are checked', 'test/e2e/client-certificates.spec.ts'),
  open('V12.1.4', 3, 'revoked certificates', 'client certificates are revoked in the server’s own list; OCSP responses are not stapled', 'test/e2e/client-certificates.spec.ts'),
  open('V12.1.5', 3, 'encrypted client hello', 'the OpenSSL of Node.js 24 has none; a proxy in front can'),
  tested('V12.2.1', 1, 'TLS for all from outside', 'tls-clear', 'src/app/tls.spec.ts', 'src/platform/config/load-config.spec.ts'),
  tested('V12.2.2', 1, 'certificates that others trust', 'tls-certificate'),
  tested('V12.3.1', 2, 'encryption of every connection', 'src/platform/config/load-config.spec.ts', 'test/clients/redis-rights.spec.ts'),
  configured('V12.3.2', 2, 'clients check certificates', 'those of Node.js do unless told otherwise, and nothing here tells them', 'src/platform/outbound/outbound-client.ts'),
  absent('V12.3.3', 2, 'TLS between inner services', 'its processes speak HTTP with nobody of their own: they meet in Postgres, which V12.3.1 is about'),
  open('V12.3.4', 2, 'inner certificates that are trusted', 'by the authorities of the system and NODE_EXTRA_CA_CERTS; a list of its own for Redis and for Vault alone'),
  open('V12.3.5', 3, 'inner services prove who they are', 'by a login for each duty; not by certificate', 'docs/database-grants.md'),
];
