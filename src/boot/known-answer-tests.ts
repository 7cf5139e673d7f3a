import { argon2, createCipheriv, createDecipheriv, createHash, createHmac, createPrivateKey, createPublicKey, decapsulate, encapsulate, hash, hkdfSync, type KeyObject, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { PRIMITIVE_SELF_TESTS } from '#modules/crypto/index.js';

/** This build of OpenSSL does not compute what it should: nothing that it protects can be relied on. */
export class KnownAnswerFailure extends Error {
  override readonly name = 'KnownAnswerFailure';

  constructor(readonly test: string) {
    super(`The cryptographic self-test «${test}» failed. Nothing was started; this Node.js or its OpenSSL is damaged or not the one that Quantonium was built for.`);
  }
}

export interface KnownAnswerTest {
  readonly name: string;
  /** Where the expected value is published. */
  readonly source: string;
  run(): boolean | Promise<boolean>;
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const is = (actual: ArrayBuffer | Uint8Array, expected: string): boolean => Buffer.from(actual as Uint8Array).equals(hex(expected));
const argon2Async = promisify(argon2);

/** Test case 16: 256-bit key, 96-bit IV, associated data, and a plaintext that is no multiple of the block. */
const GCM = {
  key: hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'),
  nonce: hex('cafebabefacedbaddecaf888'),
  aad: hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
  plain: hex('d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39'),
  sealed: '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
  tag: '76fc6ece0f4e1768cddf8853bb2d551b',
};

/** The PKCS #8 header that a raw seed of FIPS 204 is the rest of (RFC 9881). */
const ML_DSA_44_PKCS8 = '3034020100300b060960864801650304031104228020';

const COMPOSITE_SEED = '23a578205289555e65ddf567601cb4715fb593a7796a8f71d668c3bca876d937';
const X_WING_SEED = '7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26';

const privateKey = (header: string, seed: string): KeyObject => createPrivateKey({ key: hex(header + seed), format: 'der', type: 'pkcs8' });
const flipped = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([bytes[0]! ^ 1]), bytes.subarray(1)]);

export const KNOWN_ANSWER_TESTS: readonly KnownAnswerTest[] = [
  {
    name: 'HMAC-SHA-256',
    source: 'RFC 4231 §4.3',
    run: () => is(createHmac('sha256', 'Jefe').update('what do ya want for nothing?').digest(), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'),
  },
  {
    name: 'HKDF-SHA-256',
    source: 'RFC 5869 §A.1',
    run: () =>
      is(
        hkdfSync('sha256', Buffer.alloc(22, 0x0b), hex('000102030405060708090a0b0c'), hex('f0f1f2f3f4f5f6f7f8f9'), 42),
        '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
      ),
  },
  { name: 'AES-256-GCM', source: 'McGrew and Viega, The Galois/Counter Mode of Operation, test case 16', run: sealsAndOpens },
  {
    name: 'AES-256-GCM refuses',
    source: 'the same with one bit of the tag changed',
    run: () => !opens(flipped(hex(GCM.tag))),
  },
  {
    name: 'argon2id',
    source: 'RFC 9106 §5.3',
    run: async () =>
      is(
        await argon2Async('argon2id', {
          message: Buffer.alloc(32, 1),
          nonce: Buffer.alloc(16, 2),
          secret: Buffer.alloc(8, 3),
          associatedData: Buffer.alloc(12, 4),
          memory: 32,
          passes: 3,
          parallelism: 4,
          tagLength: 32,
        }),
        '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659',
      ),
  },
  { name: 'ECDSA P-256 verifies', source: 'RFC 6979 §A.2.5, SHA-256, "sample"', run: verifiesEcdsa },
  {
    name: 'ML-DSA-44 key generation',
    source: 'C2SP wycheproof, mldsa_44_sign_seed_test.json, group 1: SHA-256 of its public key',
    run: () => {
      const publicKey = createPublicKey(privateKey(ML_DSA_44_PKCS8, '2a'.repeat(32))).export({ format: 'raw-public' });
      return is(createHash('sha256').update(publicKey).digest(), 'd87f8ca136ac1aa55e2d6c4521680efb3a378cbb9bc0bfb446e9c60893931ea3');
    },
  },
  {
    name: 'ML-DSA-65 key generation',
    source: 'draft-ietf-lamps-pq-composite-sigs, id-MLDSA65-Ed25519-SHA512: SHA-256 of the first half of its public key',
    run: () => is(createHash('sha256').update(rawPublic('ml-dsa-65', 'raw-seed', hex(COMPOSITE_SEED))).digest(), '4614462ed792f9bc55167f3c0eb72276c8516b63c9bf7c4f31f3f6fde2019f17'),
  },
  {
    name: 'SHAKE256, ML-KEM-768 and X25519 key generation',
    source: 'draft-connolly-cfrg-xwing-kem, vector 1: SHA-256 of its public key',
    run: () => {
      const seeds = hash('shake256', hex(X_WING_SEED), { outputEncoding: 'buffer', outputLength: 96 });
      const publicKey = Buffer.concat([rawPublic('ml-kem-768', 'raw-seed', seeds.subarray(0, 64)), rawPublic('x25519', 'raw-private', seeds.subarray(64))]);
      return is(createHash('sha256').update(publicKey).digest(), '2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb');
    },
  },
  { name: 'ML-KEM-768 pairwise', source: 'FIPS 140-3 IG 10.3.A: what is encapsulated comes out again, and nothing of it once it is changed', run: agreesByMlKem },
  {
    name: 'AES key wrap with padding',
    source: 'RFC 5649 §6',
    run: () => is(wrapped('5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8', 'c37b7e6492584340bed12207808941155068f738'), '138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a'),
  },
  // What signs, and the digests and types of keys that requests name.
  ...PRIMITIVE_SELF_TESTS,
];

/** Runs all of them, in order; rejects with the first that fails or throws. About 20 ms. */
export async function runKnownAnswerTests(tests: readonly KnownAnswerTest[] = KNOWN_ANSWER_TESTS): Promise<number> {
  for (const test of tests) {
    const passed = await Promise.resolve()
      .then(() => test.run())
      .catch(() => false);
    if (!passed) throw new KnownAnswerFailure(test.name);
  }
  return tests.length;
}

function rawPublic(type: 'ml-dsa-65' | 'ml-kem-768' | 'x25519', format: 'raw-seed' | 'raw-private', seed: Buffer): Buffer {
  return createPublicKey(createPrivateKey({ key: seed, format, asymmetricKeyType: type })).export({ format: 'raw-public' });
}

function agreesByMlKem(): boolean {
  const own = createPrivateKey({ key: Buffer.alloc(64, 0x2a), format: 'raw-seed', asymmetricKeyType: 'ml-kem-768' });
  const { sharedKey, ciphertext } = encapsulate(createPublicKey(own));
  return decapsulate(own, ciphertext).equals(sharedKey) && !decapsulate(own, flipped(ciphertext)).equals(sharedKey);
}

function wrapped(key: string, plain: string): Buffer {
  const cipher = createCipheriv('id-aes192-wrap-pad', hex(key), hex('a65959a6'));
  return Buffer.concat([cipher.update(hex(plain)), cipher.final()]);
}

function sealsAndOpens(): boolean {
  const cipher = createCipheriv('aes-256-gcm', GCM.key, GCM.nonce);
  cipher.setAAD(GCM.aad);
  const sealed = Buffer.concat([cipher.update(GCM.plain), cipher.final()]);
  return is(sealed, GCM.sealed) && is(cipher.getAuthTag(), GCM.tag) && opens(hex(GCM.tag));
}

function opens(tag: Buffer): boolean {
  const decipher = createDecipheriv('aes-256-gcm', GCM.key, GCM.nonce);
  decipher.setAAD(GCM.aad);
  decipher.setAuthTag(tag);
  const opened = decipher.update(hex(GCM.sealed));
  try {
    decipher.final();
    return opened.equals(GCM.plain);
  } catch {
    return false;
  }
}

function verifiesEcdsa(): boolean {
  const key = createPublicKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: hex('60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6').toString('base64url'),
      y: hex('7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299').toString('base64url'),
    },
  });
  const signature = hex('efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8');
  const verifies = (bytes: Buffer): boolean => verify('sha256', Buffer.from('sample'), { key, dsaEncoding: 'ieee-p1363' }, bytes);
  return verifies(signature) && !verifies(flipped(signature));
}
