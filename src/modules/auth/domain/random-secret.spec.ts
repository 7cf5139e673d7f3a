import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatSecret, SECRET_PREFIXES, SECRET_RANDOM_BYTES, secretHash } from './random-secret.js';

const RANDOM = Buffer.from(Array.from({ length: SECRET_RANDOM_BYTES }, (_, at) => at));
const TOKEN = formatSecret('qvt_', Buffer.from(RANDOM));
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('a secret of ours', () => {
  it('has 264 random bits, a prefix and a checksum, and is kept as its SHA-256', () => {
    assert.match(TOKEN, /^qvt_[A-Za-z0-9_-]{52}$/);
    assert.ok(TOKEN.startsWith(`qvt_${RANDOM.toString('base64url')}`));
    assert.deepEqual(secretHash('qvt_', TOKEN), createHash('sha256').update(TOKEN).digest());
  });

  it('is accepted whatever its bits are, and by its own kind alone', () => {
    const random = fc.uint8Array({ minLength: SECRET_RANDOM_BYTES, maxLength: SECRET_RANDOM_BYTES }).map((bytes) => Buffer.from(bytes));
    for (const prefix of Object.values(SECRET_PREFIXES)) {
      const other = prefix === 'qvt_' ? 'qcs_' : 'qvt_';
      fc.assert(
        fc.property(random, (bytes) => {
          const text = formatSecret(prefix, bytes);
          assert.ok(secretHash(prefix, text) !== null);
          assert.equal(secretHash(other, text), null);
          assert.equal(secretHash(other, text.replace(prefix, other)), null, 'nor under the other prefix');
        }),
      );
    }
  });

  it('refuses one wrong character anywhere, before anything is looked up', () => {
    for (let at = 4; at < TOKEN.length; at += 1) {
      for (const letter of ALPHABET) {
        if (letter !== TOKEN[at]) assert.equal(secretHash('qvt_', `${TOKEN.slice(0, at)}${letter}${TOKEN.slice(at + 1)}`), null, `${letter} at ${at}`);
      }
    }
  });

  for (const text of ['', 'qvt_', TOKEN.slice(4), TOKEN.slice(0, -1), `${TOKEN}A`, `${TOKEN}=`, `${TOKEN} `, ` ${TOKEN}`, TOKEN.toUpperCase(), `Q${TOKEN.slice(1)}`, TOKEN.replace('qvt_', 'qvt-'), `${TOKEN}\n`, `qvt_${'A'.repeat(52)}`, 'hvs.CAESIJ', 'a.b.c']) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(secretHash('qvt_', text), null));
  }

  it('is never made of too little', () => {
    for (const length of [0, 32, 34]) assert.throws(() => formatSecret('qvt_', Buffer.alloc(length)));
  });

  it('leaves nothing of the bytes that it is made of, nor of those that are no secret', () => {
    for (const length of [32, SECRET_RANDOM_BYTES]) {
      const bytes = Buffer.alloc(length, 7);
      assert.equal(length === SECRET_RANDOM_BYTES, ((): boolean => { try { return formatSecret('qvt_', bytes) !== ''; } catch { return false; } })());
      assert.ok(bytes.every((byte) => byte === 0));
    }
  });

  it('stand on the page for people, each with its prefix', () => {
    const page = readFileSync('docs/sessions.md', 'utf8');
    const told = [...page.matchAll(/^\| `(q[a-z]{2}_)` \|/gm)].map(([, prefix]) => prefix!);
    assert.deepEqual(told.sort(), [...Object.values(SECRET_PREFIXES), 'qak_'].sort());
  });
});
