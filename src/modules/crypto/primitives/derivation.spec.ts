import assert from 'node:assert/strict';
import { createHmac, createPublicKey, generateKeyPairSync, hkdfSync, verify } from 'node:crypto';
import { describe, it } from 'node:test';
import { formatVersioned, parseVersioned } from '../domain/versioned-text.js';
import { CONTEXT_BYTES_MAX, convergentHandle, convergentNonce, deriveHandle } from './derivation.js';
import { KEY_TYPES, type SignatureOptions } from './key-types.js';

/** Computed from the definition of the format, independently of this code. */
const KEY = Buffer.from(Array.from({ length: 32 }, (_, at) => at));
const PLAINTEXT = Buffer.from('hello quantonium');
const CONTEXT = Buffer.from('tenant-a');
const NONE = Buffer.alloc(0);
const CONVERGENT = 'vault:v1:5ECxKdLVs0DA1N8GZszSA7VwLNegJVgxv9d3TtW3nCbYtHEu+5lJnLXI4FI=';
const CONVERGENT_WITH_AAD = 'vault:v1:5ECxKdLVs0DA1N8GZszSA7VwLNegJVgxv9d3Tsr4gw0Iqu+O8oVFFLHvT0w=';
const PLAIN = 'vault:v1:AAECAwQFBgcICQoLL2e6d6rFs27sL+Pk34ANAC4I0CjIklpWbVcfBJcF3jQ=';
const DERIVED = 'vault:v1:AAECAwQFBgcICQoLdnRRIzdqTDys0FrqrUcGQRTgKL+2J0KnzDTL18doV+o=';

const { open, cipher } = KEY_TYPES['aes256-gcm96'];
const opened = (handle: ReturnType<typeof open>, text: string, associatedData = NONE): string | undefined => cipher!.decrypt(handle, parseVersioned(text)!.bytes, { associatedData })?.toString();

describe('ciphertexts of other servers', () => {
  it('are read under a key', () => assert.equal(opened(open(KEY), PLAIN), PLAINTEXT.toString()));
  it('are read under the key of a context', () => assert.equal(opened(deriveHandle('aes256-gcm96', open(KEY), CONTEXT), DERIVED), PLAINTEXT.toString()));

  it('are written byte by byte where the key is convergent, with and without associated data', () => {
    const handle = convergentHandle('aes256-gcm96', open(KEY), CONTEXT);
    const written = (associatedData: Buffer): string => formatVersioned(1, cipher!.encrypt(handle, PLAINTEXT, { associatedData, nonce: convergentNonce(handle, PLAINTEXT) }));
    assert.equal(written(NONE), CONVERGENT);
    assert.equal(written(Buffer.from('aad')), CONVERGENT_WITH_AAD);
    assert.equal(opened(handle, CONVERGENT), PLAINTEXT.toString());
    assert.equal(opened(handle, CONVERGENT_WITH_AAD, Buffer.from('aad')), PLAINTEXT.toString());
  });

  it('are refused under another context, without their associated data, and under the key itself', () => {
    assert.equal(opened(deriveHandle('aes256-gcm96', open(KEY), Buffer.from('tenant-b')), DERIVED), undefined);
    assert.equal(opened(open(KEY), DERIVED), undefined);
    assert.equal(opened(convergentHandle('aes256-gcm96', open(KEY), CONTEXT), CONVERGENT_WITH_AAD), undefined);
  });
});

describe('the key of a context', () => {
  it('has as many bytes as its type, of each type that derives', () => {
    for (const [name, bytes] of [['aes128-gcm96', 16], ['aes256-gcm96', 32], ['chacha20-poly1305', 32]] as const) {
      const handle = KEY_TYPES[name].open(KEY.subarray(0, bytes));
      assert.deepEqual(deriveHandle(name, handle, CONTEXT)['secret']!.export(), Buffer.from(hkdfSync('sha256', KEY.subarray(0, bytes), '', CONTEXT, bytes)));
      const { secret, nonces } = convergentHandle(name, handle, CONTEXT);
      assert.deepEqual(Buffer.concat([secret!.export(), nonces!.export()]), Buffer.from(hkdfSync('sha256', KEY.subarray(0, bytes), '', CONTEXT, bytes + 32)));
      assert.deepEqual(convergentNonce({ nonces: nonces! }, PLAINTEXT), createHmac('sha256', nonces!).update(PLAINTEXT).digest().subarray(0, 12));
    }
  });

  it('is the same for one context and another for each other, also where they begin alike', () => {
    const bytes = (context: string): Buffer => deriveHandle('aes256-gcm96', open(KEY), Buffer.from(context))['secret']!.export();
    assert.deepEqual(bytes('a'), bytes('a'));
    const contexts = ['', 'a', 'aa', 'a\0', '\0a', 'A', 'x'.repeat(CONTEXT_BYTES_MAX)];
    assert.equal(new Set(contexts.map((context) => bytes(context).toString('hex'))).size, contexts.length);
    assert.throws(() => bytes('x'.repeat(CONTEXT_BYTES_MAX + 1)), RangeError);
  });

  it('signs, of Ed25519, by a seed from seed and public key together, and has a public key of its own', async () => {
    const { signature, publicKeyOf, open: openKey, publicForm } = KEY_TYPES['ed25519'];
    const options: SignatureOptions = { hash: 'sha2-256', prehashed: false, algorithm: 'pss', saltLength: 'auto', marshaling: 'asn1', context: null };
    const { privateKey } = generateKeyPairSync('ed25519');
    const handle = openKey(privateKey.export({ type: 'pkcs8', format: 'der' }));
    const derived = deriveHandle('ed25519', handle, CONTEXT);
    const made = await signature!.sign(derived, PLAINTEXT, options);
    assert.equal(verify(null, PLAINTEXT, createPublicKey({ key: publicKeyOf(derived)!, format: 'der', type: 'spki' }), made), true);
    for (const other of [handle, deriveHandle('ed25519', handle, Buffer.from('tenant-b'))]) assert.equal(await signature!.verify(other, PLAINTEXT, made, options), false);
    const { d, x } = privateKey.export({ format: 'jwk' }) as { d: string; x: string };
    const seed = Buffer.from(hkdfSync('sha256', Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]), '', CONTEXT, 32));
    const expected = openKey(Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]));
    assert.deepEqual(publicForm(publicKeyOf(derived)!), publicForm(publicKeyOf(expected)!));
  });

  it('is refused of types that derive none', () => {
    for (const name of ['hmac', 'x-wing'] as const) assert.throws(() => deriveHandle(name, KEY_TYPES[name].open(KEY), CONTEXT));
  });
});
