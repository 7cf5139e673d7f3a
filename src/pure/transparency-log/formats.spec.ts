import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LOG_COSIGNER, LOG_SIGNER, SAMPLE_ORIGIN, SAMPLE_SECONDS, sampleSigner, WITNESS } from '../../../test/harness/sample-log.js';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.js';
import { ENTRY_BYTES_MAX, formatEntryBundle, parseEntryBundle } from './entry-bundle.js';
import { LogFormatError } from './log-format-error.js';
import { formatNote, isKeyName, parseNote } from './note.js';
import { signNote, verifyNote } from './note-signature.js';
import { formatTilePath, parseTilePath, type TileResource } from './tile-path.js';
import { formatTlogProof, parseTlogProof } from './tlog-proof.js';
import { formatVerifierKey, parseVerifierKey, verifierKey } from './verifier-key.js';

const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');
const HASH = Buffer.alloc(32, 7);
const CHECKPOINT = formatCheckpoint({ origin: SAMPLE_ORIGIN, size: 3, root: HASH, extensions: [] });
const SIGNATURE = 'AAAAAAE=';
const is = (code: string) => (error: unknown) => error instanceof LogFormatError && error.code === code;

describe('a note', () => {
  it('has one spelling: what is parsed is written back byte for byte, or refused', () => {
    const pieces = fc.constantFrom('text\n', '\n', '\n\n', '\u2014 a AAAAAAE=\n', '\u2014 b/c AAAAAAEC\n', '\u2014 a  AAAAAAE=\n', '\u2014 a AAAAAAF=\n', '- a AAAAAAE=\n', '\u2014 a b AAAAAAE=\n', '\r', '\t', 'x');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        try {
          assert.equal(formatNote(parseNote(utf8(text))), text);
        } catch (error) {
          assert.ok(is('note-malformed')(error), String(error));
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('takes 64 signatures and refuses 65', () => {
    const note = (count: number): Buffer => utf8(`text\n\n${`\u2014 a ${SIGNATURE}\n`.repeat(count)}`);
    assert.equal(parseNote(note(64)).signatures.length, 64);
    assert.throws(() => parseNote(note(65)), is('note-malformed'));
  });

  it('refuses what is no note', () => {
    const BAD: Readonly<Record<string, string | Buffer>> = {
      'nothing': '',
      'no signature': 'text\n\n',
      'no blank line': `text\n\u2014 a ${SIGNATURE}\n`,
      'no newline at the end': `text\n\n\u2014 a ${SIGNATURE}`,
      'a carriage return': `text\r\n\n\u2014 a ${SIGNATURE}\n`,
      'a tab': `te\txt\n\n\u2014 a ${SIGNATURE}\n`,
      'bytes that are not UTF-8': Buffer.concat([Buffer.of(0xff), utf8(`\n\n\u2014 a ${SIGNATURE}\n`)]),
      'a byte order mark and then nothing signed': `\ufefftext\n\u2014 a ${SIGNATURE}\n`,
      'a hyphen for the dash': `text\n\n- a ${SIGNATURE}\n`,
      'a name with a plus': `text\n\n\u2014 a+b ${SIGNATURE}\n`,
      'a name with a no-break space': `text\n\n\u2014 a\u00a0b ${SIGNATURE}\n`,
      'an empty name': `text\n\n\u2014  ${SIGNATURE}\n`,
      'two spaces': `text\n\n\u2014 a  ${SIGNATURE}\n`,
      'a space at the end': `text\n\n\u2014 a ${SIGNATURE} \n`,
      'base64 that is not canonical': 'text\n\n\u2014 a AAAAAAF=\n',
      'base64 without padding': 'text\n\n\u2014 a AAAAAAE\n',
      'a key id alone': 'text\n\n\u2014 a AAAAAA==\n',
      'text after the signatures': `text\n\n\u2014 a ${SIGNATURE}\nmore\n`,
    };
    for (const [name, note] of Object.entries(BAD)) {
      assert.throws(() => parseNote(typeof note === 'string' ? utf8(note) : note), is('note-malformed'), name);
    }
  });

  it('refuses to be written when it could not be read', () => {
    const signatures = [{ keyName: 'a', keyId: '00000000', signature: Buffer.of(1) }];
    for (const note of [{ text: 'no newline', signatures }, { text: 'x\n', signatures: [] }, { text: 'x\n', signatures: [{ ...signatures[0]!, keyName: 'a b' }] }]) {
      assert.throws(() => formatNote(note), is('note-malformed'));
    }
  });

  it('is signed by names that it can carry', () => {
    for (const name of ['a', 'example.com/log', 'localhost:3000/audit', '\u00e9']) assert.ok(isKeyName(name), name);
    for (const name of ['', 'a b', 'a+b', 'a\n', 'a\u2003b', '\u3000', '\ud800']) assert.ok(!isKeyName(name), JSON.stringify(name));
  });
});

describe('a verifier key', () => {
  it('is read back for every scheme', () => {
    for (const { key } of [LOG_SIGNER, LOG_COSIGNER, WITNESS]) {
      const again = parseVerifierKey(formatVerifierKey(key));
      assert.deepEqual([again.name, again.keyId, again.scheme], [key.name, key.keyId, key.scheme]);
      assert.ok(again.publicKey.equals(key.publicKey));
    }
  });

  it('has another id for another type, name or key', () => {
    const ids = [LOG_SIGNER, LOG_COSIGNER, WITNESS, sampleSigner(SAMPLE_ORIGIN, 'ed25519-cosignature', 1), sampleSigner('x', 'ed25519', 1)].map(({ key }) => key.keyId);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('refuses an id that is not its own, a key of another kind, and a name that notes cannot carry', () => {
    const vkey = formatVerifierKey(LOG_SIGNER.key);
    assert.throws(() => parseVerifierKey(vkey.replace(LOG_SIGNER.key.keyId, '00000000')), is('vkey-malformed'));
    assert.throws(() => parseVerifierKey(vkey.replace(SAMPLE_ORIGIN, 'elsewhere')), is('vkey-malformed'));
    assert.throws(() => parseVerifierKey(`${vkey}\n`), is('vkey-malformed'));
    assert.throws(() => parseVerifierKey(vkey.replace(/\+A.*/, `+${Buffer.concat([Buffer.of(2), HASH]).toString('base64')}`)), is('vkey-unsupported'));
    assert.throws(() => verifierKey('a b', 'ed25519', LOG_SIGNER.key.publicKey), is('vkey-malformed'));
    assert.throws(() => verifierKey('a', 'ml-dsa-44-cosignature', LOG_SIGNER.key.publicKey), is('vkey-malformed'));
    assert.throws(() => verifierKey('a', 'ed25519', LOG_COSIGNER.key.publicKey), is('vkey-malformed'));
  });
});

describe('a checkpoint', () => {
  it('reads back what it wrote', () => {
    for (const checkpoint of [
      { origin: 'a', size: 0, root: HASH, extensions: [] },
      { origin: 'localhost:3000/audit', size: Number.MAX_SAFE_INTEGER, root: HASH, extensions: ['one', 'two'] },
    ]) {
      assert.deepEqual(parseCheckpoint(formatCheckpoint(checkpoint)), checkpoint);
    }
  });

  it('refuses other spellings', () => {
    const root = HASH.toString('base64');
    for (const text of ['', `a\n1\n${root}`, `a\n1\n`, `\n1\n${root}\n`, `a\n01\n${root}\n`, `a\n-1\n${root}\n`, `a\n1 \n${root}\n`, `a\n9007199254740992\n${root}\n`, `a\n1\n${root.slice(0, -1)}\n`, `a\n1\n${HASH.subarray(1).toString('base64')}\n`, `a\n1\n${root}\n\n`, `a\n\n1\n${root}\n`]) {
      assert.throws(() => parseCheckpoint(text), is('checkpoint-malformed'), JSON.stringify(text));
    }
  });

  it('refuses to be written with lines that would become others', () => {
    for (const origin of ['', 'a\nb', 'a\u0000']) assert.throws(() => formatCheckpoint({ origin, size: 1, root: HASH, extensions: [] }), is('checkpoint-malformed'));
    assert.throws(() => formatCheckpoint({ origin: 'a', size: 1.5, root: HASH, extensions: [] }), is('checkpoint-malformed'));
    assert.throws(() => formatCheckpoint({ origin: 'a', size: 1, root: HASH.subarray(1), extensions: [] }), is('checkpoint-malformed'));
  });
});

describe('signatures under a note', () => {
  const SIGNERS = [LOG_SIGNER, LOG_COSIGNER, WITNESS];
  const KEYS = SIGNERS.map(({ key }) => key);

  it('verify with the time that cosignatures have and log signatures have not', async () => {
    const verdict = verifyNote(await signNote(CHECKPOINT, SIGNERS, SAMPLE_SECONDS), KEYS);
    assert.ok(verdict.ok);
    assert.deepEqual(verdict.verified.map(({ timestampSeconds }) => timestampSeconds), [null, SAMPLE_SECONDS, SAMPLE_SECONDS]);
    assert.deepEqual(verdict.unknown, []);
  });

  it('of unknown keys say nothing', async () => {
    const verdict = verifyNote(await signNote(CHECKPOINT, SIGNERS, SAMPLE_SECONDS), [LOG_SIGNER.key]);
    assert.ok(verdict.ok);
    assert.deepEqual([verdict.verified.length, verdict.unknown.length], [1, 2]);
    const none = verifyNote(await signNote(CHECKPOINT, SIGNERS, SAMPLE_SECONDS), []);
    assert.ok(none.ok && none.verified.length === 0);
  });

  it('refuses the whole note when one of a known key fails', async () => {
    const note = await signNote(CHECKPOINT, SIGNERS, SAMPLE_SECONDS);
    for (const [at, { signature }] of note.signatures.entries()) {
      for (const spoiled of [signature.subarray(1), Buffer.concat([signature, Buffer.of(0)]), Buffer.from(signature.map((byte, i) => (i === 5 ? byte ^ 1 : byte)))]) {
        const signatures = note.signatures.with(at, { ...note.signatures[at]!, signature: spoiled });
        assert.ok(!verifyNote({ ...note, signatures }, KEYS).ok, `signature ${at}`);
      }
    }
    assert.ok(!verifyNote({ ...note, text: formatCheckpoint({ origin: SAMPLE_ORIGIN, size: 4, root: HASH, extensions: [] }) }, KEYS).ok);
  });

  it('refuses one type of signature where another is meant', async () => {
    const cosigner = sampleSigner(SAMPLE_ORIGIN, 'ed25519-cosignature', 1);
    const [own] = (await signNote(CHECKPOINT, [LOG_SIGNER], 0)).signatures;
    const disguised = { ...own!, keyId: cosigner.key.keyId, signature: Buffer.concat([Buffer.alloc(8), own!.signature]) };
    assert.ok(!verifyNote({ text: CHECKPOINT, signatures: [disguised] }, [cosigner.key]).ok);
  });

  it('refuses a cosignature under a text that is no checkpoint', async () => {
    const [, cosignature] = (await signNote(CHECKPOINT, [LOG_SIGNER, LOG_COSIGNER], 1)).signatures;
    assert.ok(!verifyNote({ text: 'hello\n', signatures: [cosignature!] }, KEYS).ok);
    await assert.rejects(signNote('hello\n', [WITNESS], 1), is('checkpoint-malformed'));
  });

  it('refuses a time that is none, a signature of a wrong length, and names too long for ML-DSA-44', async () => {
    await assert.rejects(signNote(CHECKPOINT, [LOG_COSIGNER], -1), RangeError);
    await assert.rejects(signNote(CHECKPOINT, [{ ...LOG_SIGNER, sign: () => Buffer.alloc(63) }], 1), is('signature-malformed'));
    const long = formatCheckpoint({ origin: 'o'.repeat(256), size: 1, root: HASH, extensions: [] });
    await assert.rejects(signNote(long, [LOG_COSIGNER], 1), is('checkpoint-malformed'));
    await signNote(long, [LOG_SIGNER], 1);
  });

  it('commits an ML-DSA-44 cosignature to its name, its log, its size, its root and its time', async () => {
    const messages = [
      LOG_COSIGNER.key.scheme.message('n', CHECKPOINT, 1),
      LOG_COSIGNER.key.scheme.message('m', CHECKPOINT, 1),
      LOG_COSIGNER.key.scheme.message('n', CHECKPOINT, 2),
      ...[{ origin: 'x' }, { size: 4 }, { root: Buffer.alloc(32) }].map((change) =>
        LOG_COSIGNER.key.scheme.message('n', formatCheckpoint({ ...parseCheckpoint(CHECKPOINT), ...change }), 1),
      ),
    ];
    assert.equal(new Set(messages.map((message) => message.toString('hex'))).size, messages.length);
  });
});

describe('a proof', () => {
  const note = { text: CHECKPOINT, signatures: [{ keyName: 'a', keyId: '00000000', signature: Buffer.of(1) }] };

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 })), fc.maxSafeNat(), fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 53 }), (extra, index, hashes) => {
        const proof = { extra: extra === null ? null : Buffer.from(extra), index, hashes: hashes.map((hash) => Buffer.from(hash)), checkpoint: note };
        const text = formatTlogProof(proof);
        assert.deepEqual(parseTlogProof(utf8(text)), proof);
      }),
    );
  });

  it('refuses other spellings of its head', () => {
    const good = formatTlogProof({ extra: Buffer.from('x'), index: 1, hashes: [HASH], checkpoint: note });
    parseTlogProof(utf8(good));
    for (const [from, to] of [
      ['c2sp.org/tlog-proof@v1', 'c2sp.org/tlog-proof@v2'],
      ['@v1\n', '@v1\r\n'],
      ['extra eA==', 'extra eA='],
      ['extra eA==', 'extra '],
      ['extra eA==', 'Extra eA=='],
      ['extra eA==\n', ''.padEnd(1, '\n')],
      ['index 1', 'index 01'],
      ['index 1', 'index  1'],
      ['index 1', 'index -1'],
      ['index 1\n', ''],
      ['index 1\n', 'index 1\nindex 1\n'],
      [HASH.toString('base64'), HASH.subarray(1).toString('base64')],
      [`${HASH.toString('base64')}\n\n`, `${HASH.toString('base64')} \n\n`],
    ] as const) {
      assert.throws(() => parseTlogProof(utf8(good.replace(from, to))), LogFormatError, JSON.stringify([from, to]));
    }
    assert.throws(() => parseTlogProof(utf8('')), is('proof-malformed'));
  });

  it('refuses more hashes than a tree can be high, and an empty extra line', () => {
    const tall = formatTlogProof({ extra: null, index: 1, hashes: Array.from({ length: 54 }, () => HASH), checkpoint: note });
    assert.throws(() => parseTlogProof(utf8(tall)), is('proof-malformed'));
    assert.throws(() => formatTlogProof({ extra: Buffer.alloc(0), index: 1, hashes: [], checkpoint: note }), is('proof-malformed'));
  });
});

describe('a tile path', () => {
  it('is read back for every resource', () => {
    const width = fc.integer({ min: 1, max: 256 });
    const index = fc.oneof(fc.maxSafeNat(), fc.nat(5000));
    const resource: fc.Arbitrary<TileResource> = fc.oneof(
      fc.record({ kind: fc.constant('hashes' as const), level: fc.nat(63), index, width }),
      fc.record({ kind: fc.constant('entries' as const), index, width }),
    );
    fc.assert(fc.property(resource, (each) => assert.deepEqual(parseTilePath(formatTilePath(each)), { ...each })), { numRuns: 1000 });
  });

  it('refuses a second spelling of any resource, and what is none', () => {
    for (const path of ['', 'tile', 'tile/0', 'tile/0/', '/tile/0/000', 'tile/0/000/', 'tile/00/000', 'tile/64/000', 'tile/-1/000', 'tile/0/0', 'tile/0/1000', 'tile/0/x000/001', 'tile/0/x001', 'tile/0/001/002', 'tile/0/X001/002', 'tile/0/000.p/0', 'tile/0/000.p/256', 'tile/0/000.p/01', 'tile/0/000.p/', 'tile/0/000.p', 'tile/0/000.p/8/', 'tile/data/000', 'tile/entries/../0/000', 'tile/0/000?x', 'tile/0/000\n', 'tile/0/x009/x999/x999/x999/x999/999']) {
      assert.equal(parseTilePath(path), null, path);
    }
  });
});

describe('an entry bundle', () => {
  it('reads back what it wrote, empty entries and the longest included', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 256 }), (entries) => {
        assert.deepEqual(parseEntryBundle(formatEntryBundle(entries)).map((entry) => new Uint8Array(entry)), entries);
      }),
      { numRuns: 50 },
    );
    assert.equal(parseEntryBundle(formatEntryBundle([Buffer.alloc(ENTRY_BYTES_MAX, 1)]))[0]?.length, 65_535);
  });

  it('refuses an entry of 65,536 bytes, and a bundle that ends too early', () => {
    assert.throws(() => formatEntryBundle([Buffer.alloc(ENTRY_BYTES_MAX + 1)]), is('entry-bundle-malformed'));
    for (const hex of ['00', '0001', '000261', '00016100']) assert.throws(() => parseEntryBundle(Buffer.from(hex, 'hex')), is('entry-bundle-malformed'), hex);
  });
});
