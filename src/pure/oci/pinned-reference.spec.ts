import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatPinnedReference, parsePinnedReference } from './pinned-reference.js';

const HEX = '0123456789abcdef'.repeat(4);
const DIGEST = `sha256:${HEX}`;

describe('a reference to content', () => {
  it('is a name and a digest, and keeps no tag', () => {
    for (const text of [`red/bell@${DIGEST}`, `red/bell:v1@${DIGEST}`]) assert.equal(formatPinnedReference(parsePinnedReference(text) as never), `red/bell@${DIGEST}`);
    assert.deepEqual(parsePinnedReference(`bell@sha512:${HEX}${HEX}`), { name: 'bell', digest: { algorithm: 'sha512', hex: `${HEX}${HEX}` } });
  });

  it('refuses what can be moved, and says so', () => {
    for (const text of ['bell', 'red/bell', 'red/bell:v1', 'bell:latest', DIGEST]) assert.equal(parsePinnedReference(text), 'no-digest', text);
  });

  it('refuses hosts, ways out, other spellings of digests, and what has two of anything', () => {
    const none = ['', '@', `@${DIGEST}`, 'bell@', `localhost:3000/red/bell@${DIGEST}`, `../bell@${DIGEST}`, `red/../bell@${DIGEST}`, `/bell@${DIGEST}`, `red//bell@${DIGEST}`, `Red/bell@${DIGEST}`, `bell:@${DIGEST}`, `bell:a:b@${DIGEST}`,
      `bell@${DIGEST}@${DIGEST}`, `bell@${DIGEST.toUpperCase()}`, `bell@${DIGEST}0`, `bell@md5:${HEX.slice(32)}`, `bell@${DIGEST}\n`, ` bell@${DIGEST}`, `bell%2f@${DIGEST}`, `${'a'.repeat(256)}@${DIGEST}`, `bell:${'t'.repeat(129)}@${DIGEST}`];
    for (const text of none) assert.equal(parsePinnedReference(text), null, text);
  });

  it('is read back as it is written, and any text is read or refused', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      const read = parsePinnedReference(`${text}@${DIGEST}`);
      if (read !== null && read !== 'no-digest') assert.deepEqual(parsePinnedReference(formatPinnedReference(read)), read);
    }));
  });
});
