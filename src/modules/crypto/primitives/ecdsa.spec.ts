import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, createSign, createVerify, generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compactVerify } from 'jose';
import { HASH_NAMES, HASHES, type HashName } from '../domain/hash-name.js';
import type { KeyHandle } from '../domain/key-type.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { derOfSignature, pairOfDer } from './ecdsa-encoding.js';
import { CURVES, type CurveName, verifyDigest } from './ecdsa-prehashed.js';
import { KEY_TYPES, type SignatureOptions } from './key-types.js';

const OPTIONS: SignatureOptions = { hash: 'sha2-256', prehashed: false, algorithm: 'pss', saltLength: 'auto', marshaling: 'asn1', context: null };
const MESSAGE = Buffer.from('a message');
const TYPES = ['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521'] as const;
const CURVE_OF = { 'ecdsa-p256': 'P-256', 'ecdsa-p384': 'P-384', 'ecdsa-p521': 'P-521' } as const satisfies Record<(typeof TYPES)[number], CurveName>;
const digest = (hash: HashName, bytes: Uint8Array): Buffer => createHash(HASHES[hash].openssl).update(bytes).digest();
const handleOf = async (name: (typeof TYPES)[number]): Promise<KeyHandle> => KEY_TYPES[name].open((await KEY_TYPES[name].generate(new SystemRandomness())).secret);

for (const name of TYPES) {
  const { signature } = KEY_TYPES[name];
  describe(`${name} over a digest from elsewhere`, () => {
    for (const hash of HASH_NAMES) {
      it(`by ${hash} signs as over the message, and verifies what was signed over the message`, async () => {
        const handle = await handleOf(name);
        for (const marshaling of ['asn1', 'jws'] as const) {
          const [plain, given] = [{ ...OPTIONS, hash, marshaling }, { ...OPTIONS, hash, marshaling, prehashed: true }];
          const ofDigest = await signature!.sign(handle, digest(hash, MESSAGE), given);
          assert.equal(await signature!.verify(handle, MESSAGE, ofDigest, plain), true);
          assert.equal(await signature!.verify(handle, digest(hash, MESSAGE), await signature!.sign(handle, MESSAGE, plain), given), true);
          assert.equal(await signature!.verify(handle, digest(hash, Buffer.from('another')), ofDigest, given), false);
        }
      });
    }

    it('agrees with OpenSSL over any message, and signs no two alike', async () => {
      const handle = await handleOf(name);
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
          const given = { ...OPTIONS, prehashed: true };
          const [one, two] = [await signature!.sign(handle, digest('sha2-256', bytes), given), await signature!.sign(handle, digest('sha2-256', bytes), given)];
          assert.notDeepEqual(one, two);
          for (const made of [one, two]) assert.equal(createVerify('sha256').update(bytes).verify(handle['publicKey']!, made), true);
          assert.equal(await signature!.verify(handle, digest('sha2-256', bytes), createSign('sha256').update(bytes).sign(handle['privateKey']!), given), true);
        }),
        { numRuns: 20 },
      );
    });

    it('refuses every changed bit of a signature and of the digest', async () => {
      const handle = await handleOf(name);
      const given = { ...OPTIONS, prehashed: true, marshaling: 'jws' as const };
      const input = digest('sha2-256', MESSAGE);
      const made = await signature!.sign(handle, input, given);
      await fc.assert(
        fc.asyncProperty(fc.nat(made.length * 8 - 1), fc.nat(input.length * 8 - 1), async (bit, digestBit) => {
          assert.equal(await signature!.verify(handle, input, flipped(made, bit), given), false);
          assert.equal(await signature!.verify(handle, flipped(input, digestBit), made, given), false);
        }),
        { numRuns: 40 },
      );
    });

    it('refuses numbers of zero, of the order, and beyond it', async () => {
      const handle = await handleOf(name);
      const { bytes, order } = CURVES[CURVE_OF[name]];
      const number = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(2 * bytes, '0'), 'hex');
      const made = await signature!.sign(handle, digest('sha2-256', MESSAGE), { ...OPTIONS, prehashed: true, marshaling: 'jws' });
      const [r, s] = [made.subarray(0, bytes), made.subarray(bytes)];
      const beyond = number(BigInt(`0x${s.toString('hex')}`) + order);
      const pairs = [[Buffer.alloc(bytes), s], [r, Buffer.alloc(bytes)], [r, number(order)], [number(order), s], ...(beyond.length === bytes ? [[r, beyond]] : [])];
      for (const pair of pairs) assert.equal(await verifyDigest(CURVE_OF[name], handle['publicKey']!, digest('sha2-256', MESSAGE), Buffer.concat(pair)), false);
    });

    it('refuses a digest of zeros, of another length, and one by no algorithm', () => {
      const { refusal } = signature!;
      assert.match(refusal({ ...OPTIONS, prehashed: true }, Buffer.alloc(32)) ?? '', /no digest is zero/);
      assert.match(refusal({ ...OPTIONS, prehashed: true }, Buffer.alloc(31, 1)) ?? '', /32 bytes/);
      assert.match(refusal({ ...OPTIONS, hash: 'none', prehashed: true }, Buffer.alloc(32, 1)) ?? '', /hash_algorithm=none/);
      assert.match(refusal({ ...OPTIONS, context: Buffer.from('c') }, MESSAGE) ?? '', /context/);
      assert.equal(refusal(OPTIONS, MESSAGE), null);
    });
  });
}

describe('ECDSA over digests at which verifying has nothing to add up', () => {
  const { order } = CURVES['P-256'];
  const number = (value: bigint): Buffer => Buffer.from((((value % order) + order) % order).toString(16).padStart(64, '0'), 'hex');
  const integer = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  const fixed = ['', '1', '2'].map((text) => integer(digest('sha2-256', Buffer.from(text))));
  const inverse = (value: bigint): bigint => power(value, order - 2n);

  function power(base: bigint, exponent: bigint): bigint {
    let [result, factor] = [1n, base % order];
    for (let rest = exponent; rest > 0n; rest >>= 1n, factor = (factor * factor) % order) if ((rest & 1n) === 1n) result = (result * factor) % order;
    return result;
  }

  /** A signature (r, s) under d = 5 with the nonce 7: only who knows both can choose such digests. */
  it('verifies where a fixed message’s point is the key, its opposite, and where it is the fixed message itself', async () => {
    const key = (scalar: bigint) => createPrivateKey({ key: number(scalar), format: 'raw-private', asymmetricKeyType: 'ec', namedCurve: 'P-256' });
    const publicKey = createPublicKey(key(5n));
    const r = integer(createPublicKey(key(7n)).export({ format: 'raw-public' }).subarray(1, 33)) % order;
    const signed = (z: bigint): Buffer => Buffer.concat([number(r), number(inverse(7n) * (z + r * 5n))]);
    const digests = [...fixed.flatMap((z) => [z, z + r * 5n, z - r * 5n]), (fixed[0]! + fixed[1]!) * inverse(2n), 1n, order - 1n];
    for (const z of digests) {
      assert.equal(await verifyDigest('P-256', publicKey, number(z), signed(z)), true);
      assert.equal(await verifyDigest('P-256', publicKey, number(z), signed(z + 1n)), false);
      assert.equal(await verifyDigest('P-256', publicKey, number(-z), signed(z)), false);
    }
  });
});

describe('the published signature of RFC 6979 §A.2.5', () => {
  const url = (hex: string): string => Buffer.from(hex, 'hex').toString('base64url');
  const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: url('60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6'), y: url('7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299') } });
  const pair = Buffer.from('efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8', 'hex');

  it('verifies over the message and over its digest, in both encodings', async () => {
    const { signature } = KEY_TYPES['ecdsa-p256'];
    for (const [input, prehashed] of [[Buffer.from('sample'), false], [digest('sha2-256', Buffer.from('sample')), true]] as const) {
      assert.equal(await signature!.verify({ publicKey: key }, input, pair, { ...OPTIONS, prehashed, marshaling: 'jws' }), true);
      assert.equal(await signature!.verify({ publicKey: key }, input, derOfSignature(pair), { ...OPTIONS, prehashed }), true);
      assert.equal(await signature!.verify({ publicKey: key }, input, pair, { ...OPTIONS, prehashed }), false);
      assert.equal(await signature!.verify({ publicKey: key }, input, derOfSignature(pair), { ...OPTIONS, prehashed, marshaling: 'jws' }), false);
    }
  });
});

describe('a signature in DER', () => {
  const halves = { 'P-256': 32, 'P-384': 48, 'P-521': 66 } as const;
  it('is what OpenSSL writes, and is read back', async () => {
    for (const [name, curve] of Object.entries(CURVE_OF)) {
      const handle = await handleOf(name as (typeof TYPES)[number]);
      for (let round = 0; round < 40; round += 1) {
        const der = sign('sha256', MESSAGE, handle['privateKey']!);
        const pair = pairOfDer(der, halves[curve]);
        assert.equal(verify('sha256', MESSAGE, { key: handle['publicKey']!, dsaEncoding: 'ieee-p1363' }, pair!), true);
        assert.deepEqual(derOfSignature(pair!), der);
      }
    }
  });

  it('is refused with long lengths, leading zeros, a missing sign byte, bytes behind, or cut', () => {
    const pair = Buffer.concat([Buffer.alloc(31), Buffer.from([1]), Buffer.alloc(31), Buffer.from([0x80])]);
    const hex = (text: string): Buffer => Buffer.from(text, 'hex');
    assert.equal(derOfSignature(pair).toString('hex'), '300702010102020080');
    assert.deepEqual(pairOfDer(hex('300702010102020080'), 32), pair);
    for (const text of ['', '30', '3000', '3081070201010202' + '0080', '30080202000102020080', '3006020101020180', '30070201010202008000', '3007020101020200', '310702010102020080', '300702010102820080', '30060301010202' + '0080', `30260201010221${'01'.repeat(33)}`]) {
      assert.equal(pairOfDer(hex(text), 32), null, text);
    }
  });

  it('is refused for any bytes but those that it writes itself', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const pair = pairOfDer(bytes, 32);
        if (pair !== null) assert.deepEqual(derOfSignature(pair), Buffer.from(bytes));
      }),
    );
  });
});

describe('signatures of a JSON web signature', () => {
  it('verify with an independent implementation', async () => {
    for (const [name, hash, alg] of [['ecdsa-p256', 'sha2-256', 'ES256'], ['ecdsa-p384', 'sha2-384', 'ES384'], ['ecdsa-p521', 'sha2-512', 'ES512']] as const) {
      const handle = await handleOf(name);
      const input = `${Buffer.from(JSON.stringify({ alg })).toString('base64url')}.${Buffer.from('{"sub":"me"}').toString('base64url')}`;
      for (const prehashed of [false, true]) {
        const made = await KEY_TYPES[name].signature!.sign(handle, prehashed ? digest(hash, Buffer.from(input)) : Buffer.from(input), { ...OPTIONS, hash, prehashed, marshaling: 'jws' });
        const { payload } = await compactVerify(`${input}.${made.toString('base64url')}`, handle['publicKey']!);
        assert.equal(Buffer.from(payload).toString(), '{"sub":"me"}');
      }
    }
  });
});

describe('an ECDSA key from elsewhere', () => {
  const { importSecret, importPublic } = KEY_TYPES['ecdsa-p256'];
  it('is refused when its public half is not its own', async () => {
    const [own, other] = [await handleOf('ecdsa-p256'), await handleOf('ecdsa-p256')];
    const der = own['privateKey']!.export({ type: 'pkcs8', format: 'der' });
    const [mine, theirs] = [own['publicKey']!, other['publicKey']!].map((key) => key.export({ format: 'raw-public' }));
    const forged = Buffer.from(der);
    forged.set(theirs!, der.indexOf(mine!));
    assert.notEqual(await importSecret(der), null);
    assert.equal(await importSecret(forged), null);
  });

  it('is taken without a public half, which follows', async () => {
    const own = await handleOf('ecdsa-p256');
    const bare = createPrivateKey({ key: own['privateKey']!.export({ format: 'raw-private' }), format: 'raw-private', asymmetricKeyType: 'ec', namedCurve: 'P-256' });
    const taken = await importSecret(bare.export({ type: 'pkcs8', format: 'der' }));
    assert.deepEqual(taken!.publicKey, own['publicKey']!.export({ type: 'spki', format: 'der' }));
  });

  it('is taken in SEC 1, and refused encrypted, on another curve, and with its curve written out', async () => {
    const { privateKey, publicKey } = await handleOf('ecdsa-p256');
    const taken = await importSecret(privateKey!.export({ type: 'sec1', format: 'der' }));
    assert.deepEqual(taken, { secret: privateKey!.export({ type: 'pkcs8', format: 'der' }), publicKey: publicKey!.export({ type: 'spki', format: 'der' }) });
    const explicit = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' });
    const others = [
      privateKey!.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: 'x' }),
      ...(['pkcs8', 'sec1'] as const).map((type) => explicit.privateKey.export({ type, format: 'der' })),
      ...(['pkcs8', 'sec1'] as const).map((type) => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export({ type, format: 'der' })),
    ];
    for (const other of others) assert.equal(await importSecret(other), null);
    assert.equal(importPublic(explicit.publicKey.export({ type: 'spki', format: 'der' })), null);
  });

  it('is refused with a point that is not on the curve', async () => {
    const spki = (await handleOf('ecdsa-p256'))['publicKey']!.export({ type: 'spki', format: 'der' });
    spki[spki.length - 1]! ^= 1;
    assert.equal(importPublic(spki), null);
  });
});

function flipped(bytes: Uint8Array, bit: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[bit >> 3]! ^= 1 << (bit & 7);
  return changed;
}
