import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SystemRandomness } from '#platform/system/randomness.js';
import { KEY_TYPE_NAMES, type KeyMaterial, type KeyTypeName } from '../domain/key-type.js';
import { KEY_TYPES, type KeyType, type SignatureOptions } from './key-types.js';
import { SLH_DSA_SIGNATURE_BYTES } from './slh-dsa.js';

const randomness = new SystemRandomness();
const INPUT = Buffer.from('an input');
const DATA = { associatedData: Buffer.alloc(0) };
const OPTIONS: SignatureOptions = { hash: 'sha2-256', prehashed: false, algorithm: 'pss', saltLength: 'auto', marshaling: 'asn1', context: null };

/** The small sets take a second and more to sign, and a key is tried when it is taken in: one of them stands for all six. */
const isSlow = (name: KeyTypeName): boolean => name.startsWith('slh-dsa') && name.endsWith('s') && name !== 'slh-dsa-sha2-128s';
/** Enough to sign with, not to try often. */
const isSlowish = (name: KeyTypeName): boolean => name.startsWith('slh-dsa');

/** One key a type, made at the same time on the pool's threads; RSA of 4096 bits may take seconds. */
const MATERIAL: Readonly<Record<KeyTypeName, Promise<KeyMaterial>>> = Object.fromEntries(KEY_TYPE_NAMES.map((name) => [name, KEY_TYPES[name].generate(randomness)])) as never;

describe('the table of key types', () => {
  it('has every name, and each record says which it is', () => {
    assert.deepEqual(Object.keys(KEY_TYPES).toSorted(), [...KEY_TYPE_NAMES].toSorted());
    for (const name of KEY_TYPE_NAMES) assert.equal(KEY_TYPES[name].name, name);
  });

  it('says that a type can what it has the means for', () => {
    for (const { supports, cipher, signature } of Object.values(KEY_TYPES)) {
      assert.equal(supports.encryption, cipher !== null);
      assert.equal(supports.decryption, cipher !== null);
      assert.equal(supports.signing, signature !== null);
    }
    const derived = Object.values(KEY_TYPES).filter(({ supports }) => supports.derivation).map(({ name }) => name);
    assert.deepEqual(derived.toSorted(), ['aes128-gcm96', 'aes256-gcm96', 'chacha20-poly1305', 'ed25519']);
  });
});

for (const name of KEY_TYPE_NAMES) {
  const type = KEY_TYPES[name];
  describe(name, () => {
    it('takes in the material that it gave out, private and public', async () => {
      const { secret, publicKey } = await MATERIAL[name];
      if (!isSlow(name)) assert.deepEqual(await type.importSecret(secret), { secret, publicKey });
      assert.deepEqual(type.publicKeyOf(type.open(secret)), publicKey);
      if (publicKey === null) return;
      assert.deepEqual(type.importPublic(publicKey), publicKey);
      assert.deepEqual(type.publicKeyOf(type.openPublic(publicKey)), publicKey);
    });

    it('leaves the bytes of its material as they were, and needs them no more', async () => {
      const { secret, publicKey } = await MATERIAL[name];
      const [mine, copy] = [Buffer.from(secret), Buffer.from(secret)];
      const [handle, imported] = [type.open(mine), isSlowish(name) ? null : await type.importSecret(mine)];
      assert.deepEqual(mine, copy);
      mine.fill(0);
      if (imported !== null) assert.deepEqual(imported.secret, copy);
      assert.deepEqual(type.publicKeyOf(handle), publicKey);
      await works(type, handle);
    });

    it('refuses material of every other type', async () => {
      for (const other of KEY_TYPE_NAMES) {
        const { secret, publicKey } = await MATERIAL[other];
        if (other === name) continue;
        if (publicKey !== null) assert.equal(type.importPublic(publicKey), null, other);
        if (isRawKey(name, secret)) continue;
        assert.equal(await type.importSecret(secret), null, other);
        assert.throws(() => type.open(secret), other);
      }
    });

    it('refuses material with bytes behind it, cut, empty, and arbitrary', async () => {
      const { secret, publicKey } = await MATERIAL[name];
      // Of hmac a longer or a shorter key is another key.
      const secrets = name === 'hmac' ? [Buffer.alloc(0), Buffer.alloc(31), Buffer.alloc(513)] : [Buffer.alloc(0), secret.subarray(1), secret.subarray(0, -1), Buffer.concat([secret, Buffer.alloc(1)])];
      for (const bytes of secrets) assert.equal(await type.importSecret(bytes), null);
      if (publicKey !== null) for (const bytes of [Buffer.alloc(0), publicKey.subarray(1), publicKey.subarray(0, -1), Buffer.concat([publicKey, Buffer.alloc(1)])]) assert.equal(type.importPublic(bytes), null);
      await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 31 }), async (bytes) => (await type.importSecret(Buffer.from(bytes))) === null || isRawKey(name, bytes)), { numRuns: 50 });
    });

    if (type.cipher !== null) itEncrypts(type);
    if (type.signature !== null) itSigns(type);
  });
}

/** Of these any bytes of the right length are a key: no look tells them apart, their wrapping does. */
const RAW_BYTES: Partial<Record<KeyTypeName, readonly [min: number, max: number]>> = { 'aes128-gcm96': [16, 16], 'aes256-gcm96': [32, 32], 'chacha20-poly1305': [32, 32], 'hmac': [32, 512], 'hybrid': [64, 64], 'x-wing': [32, 32] };

const isRawKey = (name: KeyTypeName, { length }: Uint8Array): boolean => RAW_BYTES[name] !== undefined && length >= RAW_BYTES[name][0] && length <= RAW_BYTES[name][1];

async function works(type: KeyType, handle: Readonly<Record<string, KeyObject>>): Promise<void> {
  const { cipher, signature, name } = type;
  if (cipher !== null) {
    const nonce = cipher.nonceBytes === 0 ? null : randomness.bytes(cipher.nonceBytes);
    assert.deepEqual(cipher.decrypt(handle, cipher.encrypt(handle, INPUT, { ...DATA, nonce }), DATA), INPUT);
  }
  if (signature !== null && !isSlowish(name)) assert.equal(await signature.verify(handle, INPUT, await signature.sign(handle, INPUT, OPTIONS), OPTIONS), true);
}

function itEncrypts({ name, open, openPublic, cipher: found }: KeyType): void {
  const cipher = found!;
  const nonce = (): Buffer | null => (cipher.nonceBytes === 0 ? null : randomness.bytes(cipher.nonceBytes));

  it('opens what it encrypted, from nothing on, and no two ciphertexts are alike', async () => {
    const { secret, publicKey } = await MATERIAL[name];
    const encrypting = publicKey === null ? open(secret) : openPublic(publicKey);
    for (const plaintext of [Buffer.alloc(0), INPUT, Buffer.alloc(Math.min(cipher.plaintextBytesMax, 5_000), 7)]) {
      const [one, two] = [cipher.encrypt(encrypting, plaintext, { ...DATA, nonce: nonce() }), cipher.encrypt(encrypting, plaintext, { ...DATA, nonce: nonce() })];
      assert.notDeepEqual(one, two);
      for (const bytes of [one, two]) assert.deepEqual(cipher.decrypt(open(secret), bytes, DATA), plaintext);
    }
  });

  it('refuses every changed bit, every other length, other associated data, and another key', async () => {
    const handle = open((await MATERIAL[name]).secret);
    const bytes = cipher.encrypt(handle, INPUT, { ...DATA, nonce: nonce() });
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const changed = Buffer.from(bytes);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        assert.equal(cipher.decrypt(handle, changed, DATA), null);
      }),
      { numRuns: name === 'rsa-4096' ? 10 : 60 },
    );
    for (const other of [Buffer.alloc(0), bytes.subarray(1), bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.alloc(1)])]) assert.equal(cipher.decrypt(handle, other, DATA), null);
    assert.equal(cipher.decrypt(handle, bytes, { associatedData: INPUT }), null);
    if (name.startsWith('rsa')) return;
    const stranger = open((await KEY_TYPES[name].generate(randomness)).secret);
    assert.equal(cipher.decrypt(stranger, bytes, DATA), null);
  });

  it('refuses nonces of another length as a mistake of ours', async () => {
    if (cipher.nonceBytes === 0) return;
    const handle = open((await MATERIAL[name]).secret);
    for (const bad of [null, Buffer.alloc(0), Buffer.alloc(11), Buffer.alloc(16)]) assert.throws(() => cipher.encrypt(handle, INPUT, { ...DATA, nonce: bad }));
  });

  it('binds its associated data', async () => {
    if (!cipher.takesAssociatedData) return;
    const handle = open((await MATERIAL[name]).secret);
    const bytes = cipher.encrypt(handle, INPUT, { associatedData: Buffer.from('here'), nonce: nonce() });
    assert.deepEqual(cipher.decrypt(handle, bytes, { associatedData: Buffer.from('here') }), INPUT);
    for (const elsewhere of ['', 'her', 'here ', 'Here']) assert.equal(cipher.decrypt(handle, bytes, { associatedData: Buffer.from(elsewhere) }), null);
  });
}

function itSigns({ name, open, openPublic, signature: found }: KeyType): void {
  const scheme = found!;

  it('verifies by its public key what it signed, and refuses another input, any changed bit, and any other length', async () => {
    if (isSlow(name)) return;
    const { secret, publicKey } = await MATERIAL[name];
    const verifying = openPublic(publicKey!);
    assert.equal(scheme.refusal(OPTIONS, INPUT), null);
    const made = await scheme.sign(open(secret), INPUT, OPTIONS);
    const verifies = (bytes: Uint8Array, input: Uint8Array = INPUT): Promise<boolean> => scheme.verify(verifying, input, bytes, OPTIONS);
    assert.equal(await verifies(made), true);
    assert.equal(await verifies(made, Buffer.from('another input')), false);
    await fc.assert(
      fc.asyncProperty(fc.nat(made.length * 8 - 1), async (bit) => {
        const changed = Buffer.from(made);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        assert.equal(await verifies(changed), false);
      }),
      { numRuns: name.startsWith('slh-dsa') ? 6 : 60 },
    );
    for (const other of [Buffer.alloc(0), Buffer.alloc(1), made.subarray(1), made.subarray(0, -1), Buffer.concat([made, Buffer.alloc(1)]), Buffer.alloc(made.length), Buffer.alloc(made.length, 0xff)]) assert.equal(await verifies(other), false);
  });

  it('refuses to sign without the private half', async () => {
    const { publicKey } = await MATERIAL[name];
    await assert.rejects(scheme.sign(openPublic(publicKey!), INPUT, OPTIONS));
  });

  it('binds a context where it takes one, and refuses one where it does not', async () => {
    const context = Buffer.from('for this');
    const { secret } = await MATERIAL[name];
    const takes = /^(ml-dsa|slh-dsa|hybrid)/.test(name);
    assert.equal(scheme.refusal({ ...OPTIONS, context }, INPUT) === null, takes);
    if (!takes || isSlow(name) || name === 'slh-dsa-sha2-128s') return;
    const handle = open(secret);
    const made = await scheme.sign(handle, INPUT, { ...OPTIONS, context });
    assert.equal(await scheme.verify(handle, INPUT, made, { ...OPTIONS, context }), true);
    for (const other of [null, Buffer.from('for that')]) assert.equal(await scheme.verify(handle, INPUT, made, { ...OPTIONS, context: other }), false);
    assert.equal(scheme.refusal({ ...OPTIONS, context: Buffer.alloc(255) }, INPUT), null);
    assert.match(scheme.refusal({ ...OPTIONS, context: Buffer.alloc(256) }, INPUT) ?? '', /255/);
  });
}

describe('keys as they are read', () => {
  const FORMS: Partial<Record<KeyTypeName, string>> = {
    'ed25519': 'ed25519', 'ecdsa-p256': 'P-256', 'ecdsa-p384': 'P-384', 'ecdsa-p521': 'P-521', 'rsa-2048': 'rsa-2048', 'ml-dsa-65': 'ml-dsa-65', 'hybrid': 'id-MLDSA65-Ed25519-SHA512', 'x-wing': 'x-wing',
  };
  const RAW: Partial<Record<KeyTypeName, number>> = { 'ed25519': 32, 'hybrid': 1984, 'x-wing': 1216 };

  it('have Vault’s names, and PEM or the raw key in base64, and are imported so', async () => {
    for (const [name, expected] of Object.entries(FORMS) as [KeyTypeName, string][]) {
      const { publicKey: der } = await MATERIAL[name];
      const { name: found, publicKey } = KEY_TYPES[name].publicForm(der!);
      assert.equal(found, expected);
      if (RAW[name] === undefined) assert.deepEqual(createPublicKey(publicKey).export({ type: 'spki', format: 'der' }), der);
      else assert.equal(Buffer.from(publicKey, 'base64').length, RAW[name]);
      assert.deepEqual(KEY_TYPES[name].importPublic(Buffer.from(publicKey)), der);
      assert.equal(KEY_TYPES[name].importPublic(Buffer.from(publicKey.slice(1))), null);
      assert.equal(KEY_TYPES[name].importPublic(Buffer.from(publicKey.replace(/[a-z]/, '*'))), null);
    }
  });

  it('are no public keys where there are none', async () => {
    const { publicForm, openPublic, importPublic } = KEY_TYPES['aes256-gcm96'];
    assert.throws(() => publicForm(Buffer.alloc(32)));
    assert.throws(() => openPublic(Buffer.alloc(32)));
    assert.equal(importPublic(Buffer.alloc(32)), null);
  });
});

describe('secrets as they are exported', () => {
  it('are base64 of symmetric keys and composites, and of Ed25519’s seed with its public key', async () => {
    for (const name of ['aes128-gcm96', 'aes256-gcm96', 'chacha20-poly1305', 'hmac', 'hybrid', 'x-wing'] as const) {
      const { secret } = await MATERIAL[name];
      assert.equal(KEY_TYPES[name].secretForm(secret).toString(), secret.toString('base64'));
    }
    const { secret } = await MATERIAL['ed25519'];
    const key = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
    const { d, x } = key.export({ format: 'jwk' }) as { d: string; x: string };
    assert.equal(KEY_TYPES['ed25519'].secretForm(secret).toString(), Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]).toString('base64'));
  });

  it('are PEM of the form that each type is known by', async () => {
    for (const [name, label] of [['rsa-2048', 'RSA PRIVATE KEY'], ['ecdsa-p256', 'EC PRIVATE KEY'], ['ecdsa-p521', 'EC PRIVATE KEY'], ['ml-dsa-44', 'PRIVATE KEY'], ['slh-dsa-sha2-128f', 'PRIVATE KEY']] as const) {
      const { secret } = await MATERIAL[name];
      const pem = KEY_TYPES[name].secretForm(secret);
      assert.ok(pem.toString().startsWith(`-----BEGIN ${label}-----\n`));
      assert.equal(createPrivateKey(pem).equals(createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' })), true);
    }
  });
});

describe('sizes of keys', () => {
  it('are what hmac is asked for, 32 to 512 bytes, and nothing else', async () => {
    for (const bytes of [32, 33, 512]) assert.equal((await KEY_TYPES['hmac'].generate(randomness, bytes)).secret.length, bytes);
    for (const bytes of [0, 31, 513, 32.5, Number.NaN]) await assert.rejects(KEY_TYPES['hmac'].generate(randomness, bytes), RangeError);
    await assert.rejects(KEY_TYPES['aes256-gcm96'].generate(randomness, 16), RangeError);
  });
});

describe('signatures of SLH-DSA', () => {
  it('are as long as the parameters of FIPS 205 table 2 make them', () => {
    // n, h, d, a, k; w is 16 everywhere, so that WOTS+ has 2n + 3 chains (§5).
    const sets = { '128s': [16, 63, 7, 12, 14], '128f': [16, 66, 22, 6, 33], '192s': [24, 63, 7, 14, 17], '192f': [24, 66, 22, 8, 33], '256s': [32, 64, 8, 14, 22], '256f': [32, 68, 17, 9, 35] } as const;
    for (const [level, [n, h, d, a, k]] of Object.entries(sets)) assert.equal(SLH_DSA_SIGNATURE_BYTES[level as keyof typeof sets], n * (1 + k * (a + 1) + h + d * (2 * n + 3)), level);
  });
});

describe('keys of ML-DSA from elsewhere', () => {
  const { privateKey } = generateKeyPairSync('ml-dsa-65');
  const both = privateKey.export({ type: 'pkcs8', format: 'der' });
  const identifier = '300b0609608648016503040312';

  it('are taken as a seed, expanded, and as both', async () => {
    const { importSecret, open, publicKeyOf } = KEY_TYPES['ml-dsa-65'];
    const seed = Buffer.concat([Buffer.from(`3034020100${identifier}04228020`, 'hex'), privateKey.export({ format: 'raw-seed' })]);
    const expanded = Buffer.concat([Buffer.from(`30820fd8020100${identifier}04820fc404820fc0`, 'hex'), both.subarray(-4032)]);
    for (const form of [seed, expanded, both]) {
      const material = await importSecret(form);
      assert.deepEqual(material!.publicKey, createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));
      assert.deepEqual(publicKeyOf(open(material!.secret)), material!.publicKey);
    }
  });

  it('are refused when the two do not belong together', async () => {
    const forged = Buffer.from(both);
    forged[forged.length - 1]! ^= 1;
    assert.equal(await KEY_TYPES['ml-dsa-65'].importSecret(forged), null);
  });
});
