import { createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman, pbkdf2Sync } from 'node:crypto';
import { SystemRandomness } from '#platform/system/randomness.js';
import { HASH_NAMES, HASHES, type HashName } from '../domain/hash-name.js';
import type { KeyTypeName } from '../domain/key-type.js';
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from '../signature-algorithms.js';
import { KEY_TYPES, type KeyType, type SignatureOptions } from './key-types.js';

export interface SelfTest {
  readonly name: string;
  /** Where the expected value, or the test, is published. */
  readonly source: string;
  run(): boolean | Promise<boolean>;
}

const PAIRWISE = 'FIPS 140-3 IG 10.3.A: what a fresh key signs or encrypts is verified or decrypted, and nothing else is';

/**
 * Of what is not tried at a start: the other RSA sizes and parameter sets of SLH-DSA, which are the same code over other
 * numbers, and of which a key or a signature takes up to a second.
 */
export const STANDS_FOR: Readonly<Partial<Record<KeyTypeName, KeyTypeName>>> = {
  'rsa-3072': 'rsa-2048',
  'rsa-4096': 'rsa-2048',
  ...Object.fromEntries((['sha2', 'shake'] as const).flatMap((family) => ['128s', '192s', '192f', '256s', '256f'].map((level) => [`slh-dsa-${family}-${level}`, `slh-dsa-${family}-128f`]))),
};

const INPUT = Buffer.from('a self-test');
const OTHER = Buffer.from('a self-tesu');
const OPTIONS: SignatureOptions = { hash: 'sha2-256', prehashed: false, algorithm: 'pss', saltLength: 'hash', marshaling: 'asn1', context: null };
const NO_DATA = Buffer.alloc(0);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** "abc": FIPS 180-4 and FIPS 202, examples with intermediate values. */
const ABC: Readonly<Record<HashName, string>> = {
  'sha2-224': '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7',
  'sha2-256': 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  'sha2-384': 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  'sha2-512': 'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  'sha3-224': 'e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf',
  'sha3-256': '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532',
  'sha3-384': 'ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25',
  'sha3-512': 'b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0',
};

/** McGrew and Viega, GCM, test case 4, and RFC 8439 §2.8.2. */
const SEALED = {
  'aes128-gcm96': {
    source: 'McGrew and Viega, The Galois/Counter Mode of Operation, test case 4',
    key: hex('feffe9928665731c6d6a8f9467308308'),
    nonce: hex('cafebabefacedbaddecaf888'),
    associatedData: hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
    plain: hex('d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39'),
    sealed: '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47',
  },
  'chacha20-poly1305': {
    source: 'RFC 8439 §2.8.2',
    key: hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
    nonce: hex('070000004041424344454647'),
    associatedData: hex('50515253c0c1c2c3c4c5c6c7'),
    plain: Buffer.from("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."),
    sealed:
      'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691',
  },
} as const;

const ED25519_SEED = '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb';

/** RFC 7515 §A.2: the key and the signature of an example, PKCS #1. No key of anybody's. */
const RSA_EXAMPLE = {
  pkcs1:
    'MIIEowIBAAKCAQEAofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxXFvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQIDAQABAoIBABKucaRpzQorw35SbEUAVx8dYXUdZOlJcHtiWQ+dC6V8ljxAHj/PLyzTveyI5QO/xkObCyjIL303l2cfUhPu2MFaJdjVzqACXuOrLot/eSFvxjvqVidTtAZExqFRJ9mylUVAoLvhowVWmC1On95fZCXxTUtxNEG1Xcc7m0rtzJKs45J+N/V9DP1edYH6USyPSWGp6wuA+KgHRnKKVf9GRx80JQY7nVNkL17eHoTWEwga+lwi0FEoW9Y7lDtWXYmKBWhUE+U8PGxlJf8f40493HDw1WRQ/aSLoS4QTp3rn7gYgeHEvfJdkkf0UMhlknlo53M09EFPdadQ4TlUbjqKc50CgYEA4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH/5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw/Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn+nXqhJTBgIPgtldC+KDV5z+y2XDwGUcCgYEAuQPEfgmVtjL0Uyyx88GZFF1fOunH3+7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD/YwD66t62wDmpe/HlB+TnBA+njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdcCgYAHAp9XcCSrn8wVkMVkKdb7DOX4IKjzdahm+ctDAJN4O/y7OW5FKebvUjdAIt2GuoTZ71iTG+7F0F+lP88jtjP4U4qe7VHoewl4MKOfXZKTe+YCS1XbNvfgwJ3Ltyl1OH9hWvu2yza7q+d5PCsDzqtm27kxuvULVeya+TEdAB1ijQKBgQCH/3r6YrVH/uCWGy6bzV1nGNOdjKc9tmkfOJmN54dxdixdpozCQ6U4OxZrsj3FcOhHBsqAHvX2uuYjagqvo3cOj1TRqNocX40omfCCMx3bD1yPPf/6TI2XECva/ggqEY2mYzmIiA5LVVmc5nrybr+lssFKneeyxN2Wq93S0iJMdQKBgCGHewxzoa1r8ZMD0LETNrToK423K377UCYqXfg5XMclbrjPbEC3YI1ZNqMtuhdBJqUnBi6tjKMF+34Xf0CUN8ncuXGO2CAYvO8PdyCixHX52ybaDjy1FtCE6yUXjoKNXKvUm7MWGsAYH6f4IegOetN5NvmUMFStCSkh7ixZLkN1',
  input: 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ',
  signature:
    'cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw',
} as const;

/**
 * One or more for every digest and every type of key that a request can name, and for what nobody names: the codes of
 * authenticators, the passwords of the database. Where a value is published it is that value; elsewhere a fresh key is
 * tried against itself. RSA has the published key, since no start waits for a pair.
 */
export const PRIMITIVE_SELF_TESTS: readonly SelfTest[] = [
  ...HASH_NAMES.map((name) => ({ name, source: 'FIPS 180-4 and FIPS 202 examples, "abc"', run: () => createHash(HASHES[name].openssl).update('abc').digest('hex') === ABC[name] })),
  { name: 'HMAC-SHA-1', source: 'RFC 2202 §3, case 2', run: () => macOfJefe('sha1') === 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79' },
  {
    name: 'HMAC-SHA-512',
    source: 'RFC 4231 §4.3',
    run: () => macOfJefe('sha512') === '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
  },
  {
    name: 'PBKDF2-HMAC-SHA-256',
    source: 'RFC 7914 §11',
    run: () => pbkdf2Sync('passwd', 'salt', 1, 32, 'sha256').toString('hex') === '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc',
  },
  { name: 'X25519', source: 'RFC 7748 §6.1', run: agreesByX25519 },
  ...(['aes128-gcm96', 'chacha20-poly1305'] as const).map((name) => ({ name: `${name}, known answer`, source: SEALED[name].source, run: () => sealsAsPublished(name) })),
  { name: 'RS256', source: 'RFC 7515 §A.2', run: async () => (await SIGNATURE_ALGORITHMS.RS256.sign(rsaExample(), Buffer.from(RSA_EXAMPLE.input))).toString('base64url') === RSA_EXAMPLE.signature },
  {
    name: 'Ed25519',
    source: 'RFC 8032 §7.1, test 2',
    run: async () =>
      (await SIGNATURE_ALGORITHMS.Ed25519.sign(createPrivateKey({ key: hex(ED25519_SEED), format: 'raw-private', asymmetricKeyType: 'ed25519' }), hex('72'))).toString('hex') ===
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  // Of RSA a pair takes up to a second: it has the published key, here and among the types.
  ...Object.entries(SIGNATURE_ALGORITHMS)
    .filter(([name]) => name !== 'RS256')
    .map(([name, algorithm]) => ({ name: `${name} pairwise`, source: PAIRWISE, run: () => signsForItself(algorithm) })),
  ...Object.values(KEY_TYPES).filter(({ name }) => !(name in STANDS_FOR)).map((type) => ({ name: `${type.name} pairwise`, source: PAIRWISE, run: () => isPairwise(type) })),
  { name: 'random bytes', source: 'NIST SP 800-90B §4.4.1: a value that repeats', run: drawsNothingTwice },
];

async function signsForItself(algorithm: SignatureAlgorithm): Promise<boolean> {
  const pair = await algorithm.generate();
  const signature = await algorithm.sign(pair.privateKey, INPUT);
  return algorithm.verify(pair.publicKey, INPUT, signature) && !algorithm.verify(pair.publicKey, OTHER, signature);
}

const macOfJefe = (digest: string): string => createHmac(digest, 'Jefe').update('what do ya want for nothing?').digest('hex');

const rsaExample = () => createPrivateKey({ key: Buffer.from(RSA_EXAMPLE.pkcs1, 'base64'), format: 'der', type: 'pkcs1' });

function agreesByX25519(): boolean {
  const privateKey = createPrivateKey({ key: hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'), format: 'raw-private', asymmetricKeyType: 'x25519' });
  const publicKey = createPublicKey({ key: hex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'), format: 'raw-public', asymmetricKeyType: 'x25519' });
  return diffieHellman({ privateKey, publicKey }).toString('hex') === '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
}

function sealsAsPublished(name: keyof typeof SEALED): boolean {
  const { key, nonce, associatedData, plain, sealed } = SEALED[name];
  const cipher = KEY_TYPES[name].cipher!;
  const made = cipher.encrypt(KEY_TYPES[name].open(Buffer.from(key)), plain, { associatedData, nonce });
  return made.toString('hex') === nonce.toString('hex') + sealed;
}

async function isPairwise(type: KeyType): Promise<boolean> {
  const randomness = new SystemRandomness();
  const secret = type.name === 'rsa-2048' ? Buffer.from(rsaExample().export({ format: 'der', type: 'pkcs8' })) : (await type.generate(randomness)).secret;
  const handle = type.open(secret);
  secret.fill(0);
  const { cipher, signature } = type;
  if (signature !== null) {
    const made = await signature.sign(handle, INPUT, OPTIONS);
    if (!(await signature.verify(handle, INPUT, made, OPTIONS)) || (await signature.verify(handle, OTHER, made, OPTIONS))) return false;
  }
  if (cipher === null) return true;
  const made = cipher.encrypt(handle, INPUT, { associatedData: NO_DATA, nonce: cipher.nonceBytes === 0 ? null : randomness.bytes(cipher.nonceBytes) });
  const changed = Buffer.from(made.map((byte, at) => (at === made.length - 1 ? byte ^ 1 : byte)));
  return cipher.decrypt(handle, made, { associatedData: NO_DATA })?.equals(INPUT) === true && cipher.decrypt(handle, changed, { associatedData: NO_DATA }) === null;
}

/** Of 64 draws of 16 bytes no two are the same, but by a chance of 2⁻¹¹⁷. */
function drawsNothingTwice(): boolean {
  const randomness = new SystemRandomness();
  return new Set(Array.from({ length: 64 }, () => randomness.bytes(16).toString('hex'))).size === 64;
}
