import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const SOURCES = globSync('src/**/*.ts').filter((file) => !/\.(spec|bench)\.ts$/.test(file)).map((file) => ({ file, text: readFileSync(file, 'utf8') }));

/** Each authenticates what it encrypts; the last two wrap keys (RFC 5649), whose bytes nobody can guess. */
const CIPHERS: ReadonlySet<string> = new Set(['aes-128-gcm', 'aes-256-gcm', 'chacha20-poly1305', 'id-aes192-wrap-pad', 'id-aes256-wrap-pad']);
/** As OpenSSL spells what encrypts. */
const OPENSSL_CIPHER = /'((?:id-)?(?:aes-?\d|aria-?\d|camellia-?\d|chacha20|sm4-|des-|bf-|rc[24]|cast5|seed-)[-a-z0-9]*)'/g;

describe('encryption', () => {
  it('names no cipher of another mode than those that authenticate', () => {
    const names = SOURCES.flatMap(({ file, text }) => [...text.matchAll(OPENSSL_CIPHER)].map(([, name]) => [name!, file] as const));
    // What the API calls Transit's key types is not given to OpenSSL.
    const foreign = names.filter(([name]) => !CIPHERS.has(name) && !/^aes(128|256)-gcm96$/.test(name));
    assert.deepEqual(foreign, []);
    assert.ok(names.some(([name]) => name === 'aes-256-gcm'), 'the search finds what is there');
    for (const weak of ["'aes-128-ecb'", "'des-ede3-cbc'", "'aes-256-ctr'"]) assert.match(weak, new RegExp(OPENSSL_CIPHER.source), 'and would find these');
  });

  it('with RSA is padded by OAEP everywhere', () => {
    const encrypting = SOURCES.filter(({ text }) => /\b(publicEncrypt|privateDecrypt)\(/.test(text));
    assert.ok(encrypting.length > 0);
    for (const { file, text } of encrypting) assert.match(text, /RSA_PKCS1_OAEP_PADDING/, file);
  });
});
