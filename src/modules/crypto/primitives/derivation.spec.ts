import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatVersioned, parseVersioned } from '../domain/versioned-text.js';
import { convergentHandle, convergentNonce, deriveHandle } from './derivation.js';
import { KEY_TYPES } from './key-types.js';

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
