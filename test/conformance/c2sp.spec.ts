import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCheckpoint } from '#pure/transparency-log/checkpoint.js';
import { formatNote, parseNote } from '#pure/transparency-log/note.js';
import { verifyNote } from '#pure/transparency-log/note-signature.js';
import { SIGNATURE_SCHEMES } from '#pure/transparency-log/signature-scheme.js';
import { formatTilePath, parseTilePath } from '#pure/transparency-log/tile-path.js';
import { rightEdge } from '#pure/merkle/tile.js';
import { formatTlogProof, parseTlogProof } from '#pure/transparency-log/tlog-proof.js';
import { formatVerifierKey, parseVerifierKey } from '#pure/transparency-log/verifier-key.js';
import { COSIGNED_CHECKPOINT, COSIGNED_VKEYS, ML_DSA_CHECKPOINT, ML_DSA_VKEY } from './c2sp-vectors.js';

const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');

/** Whether a note is signed by every one of the keys. */
function isSigned(note: string, vkeys: readonly string[]): boolean {
  const keys = vkeys.map(parseVerifierKey);
  const verdict = verifyNote(parseNote(utf8(note)), keys);
  return verdict.ok && keys.every((key) => verdict.verified.some((signature) => signature.key === key));
}

describe('c2sp.org/signed-note', () => {
  const VKEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
  const NOTE =
    'This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';
  /** golang.org/x/mod/sumdb/note (BSD-3-Clause), the example of its documentation. */
  const GO_VKEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  const GO_NOTE =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

  it('accepts the example of the specification and that of Go', () => {
    assert.ok(isSigned(NOTE, [VKEY]));
    assert.ok(isSigned(GO_NOTE, [GO_VKEY]));
    for (const note of [NOTE, GO_NOTE]) assert.equal(formatNote(parseNote(utf8(note))), note);
  });

  it('takes the poem, which has a blank line of its own', () => {
    const poem =
      'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned \u00e8 subito sera.\n\n\u2014 quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n';
    const note = parseNote(utf8(poem));
    assert.ok(note.text.endsWith('\n\ned \u00e8 subito sera.\n'));
    assert.equal(note.signatures[0]?.keyName, 'quasimodo.example/salvatore');
    assert.equal(formatNote(note), poem);
  });

  it('refuses every changed byte of the example', () => {
    const bytes = utf8(NOTE);
    for (let at = 0; at < bytes.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1 << bit;
        const isAccepted = (): boolean => verifyNote(parseNote(changed), [parseVerifierKey(VKEY)]).ok && isSigned(changed.toString('utf8'), [VKEY]);
        assert.ok(!attempt(isAccepted), `byte ${at}, bit ${bit}`);
      }
    }
  });

  it('reads vkeys of other implementations and writes them back', () => {
    for (const vkey of [VKEY, GO_VKEY, 'TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6', 'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2', ML_DSA_VKEY]) {
      assert.equal(formatVerifierKey(parseVerifierKey(vkey)), vkey);
    }
  });

  it('refuses a vkey of a wrong length, of an unknown algorithm, and every fragment of one', () => {
    const BAD = [
      'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==',
      'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
      'rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!',
      'rekor.sigstore.dev+12345678+AwEB',
    ];
    for (const vkey of BAD) assert.throws(() => parseVerifierKey(vkey), { name: 'LogFormatError' }, vkey);
    for (let start = 0; start < GO_VKEY.length; start += 1) {
      for (let end = start + 1; end <= GO_VKEY.length; end += 1) {
        if (start === 0 && end === GO_VKEY.length) continue;
        assert.throws(() => parseVerifierKey(GO_VKEY.slice(start, end)), { name: 'LogFormatError' });
      }
    }
  });
});

describe('c2sp.org/tlog-checkpoint', () => {
  const TEXT = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';

  it('reads the example', () => {
    const checkpoint = parseCheckpoint(TEXT);
    assert.equal(checkpoint.origin, 'example.com/behind-the-sofa');
    assert.equal(checkpoint.size, 20_852_163);
    assert.equal(checkpoint.root.toString('base64'), 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=');
    assert.deepEqual(checkpoint.extensions, []);
  });
});

describe('c2sp.org/tlog-cosignature', () => {
  it('signs the message of the example for an Ed25519 cosignature', () => {
    const text = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
    assert.equal(
      SIGNATURE_SCHEMES['ed25519-cosignature'].message('witness.example.com/w1', text, 1_679_315_147).toString('utf8'),
      'cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n',
    );
  });

  it('lays out the message of an ML-DSA-44 cosignature as the structure says', () => {
    const text = 'example.com/log\n42\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nan extension is not signed\n';
    assert.equal(
      SIGNATURE_SCHEMES['ml-dsa-44-cosignature'].message('example.com/pq', text, 1_679_315_147).toString('hex'),
      [
        '737562747265652f76310a00', // "subtree/v1\n\0"
        '0e6578616d706c652e636f6d2f7071', // name
        '00000000641850cb', // time
        '0f6578616d706c652e636f6d2f6c6f67', // origin
        '0000000000000000', // start
        '000000000000002a', // end
        '0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62', // root
      ].join(''),
    );
  });

  it('accepts the log signature and the cosignatures that another implementation made', () => {
    assert.ok(isSigned(COSIGNED_CHECKPOINT, COSIGNED_VKEYS));
    assert.ok(isSigned(ML_DSA_CHECKPOINT, [ML_DSA_VKEY]));
  });

  it('refuses them over another size, or at another time', () => {
    assert.ok(!isSigned(COSIGNED_CHECKPOINT.replace('20852163', '20852164'), COSIGNED_VKEYS));
    assert.ok(!isSigned(ML_DSA_CHECKPOINT.replace('\n1\n', '\n2\n'), [ML_DSA_VKEY]));
    // The first "A" after the key id belongs to the time.
    assert.ok(!isSigned(ML_DSA_CHECKPOINT.replace('td9FxQAAAAAAAAAA', 'td9FxQAAAAAAAAAE'), [ML_DSA_VKEY]));
    assert.ok(!isSigned(COSIGNED_CHECKPOINT.replace('pyhW4QAAAABqvnLa', 'pyhW4QAAAABqvnLb'), COSIGNED_VKEYS));
  });
});

describe('c2sp.org/tlog-proof', () => {
  const PROOF = `c2sp.org/tlog-proof@v1
extra ZXh0cmEgaW5mb3JtYXRpb24=
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

${COSIGNED_CHECKPOINT}`;

  it('reads and writes a proof with the hashes of the example', () => {
    const proof = parseTlogProof(utf8(PROOF));
    assert.equal(proof.extra?.toString('utf8'), 'extra information');
    assert.equal(proof.index, 73_894);
    assert.equal(proof.hashes.length, 5);
    assert.equal(formatNote(proof.checkpoint), COSIGNED_CHECKPOINT);
    assert.equal(formatTlogProof(proof), PROOF);
  });

  it('reads and writes one without an extra line and without hashes', () => {
    const text = `c2sp.org/tlog-proof@v1\nindex 0\n\n${COSIGNED_CHECKPOINT}`;
    assert.deepEqual({ ...parseTlogProof(utf8(text)), checkpoint: null }, { extra: null, index: 0, hashes: [], checkpoint: null });
    assert.equal(formatTlogProof(parseTlogProof(utf8(text))), text);
  });
});

describe('c2sp.org/tlog-tiles', () => {
  it('spells index 1234067 as the specification does', () => {
    const tile = { kind: 'hashes', level: 0, index: 1_234_067, width: 256 } as const;
    assert.equal(formatTilePath(tile), 'tile/0/x001/x234/067');
    assert.deepEqual(parseTilePath('tile/0/x001/x234/067'), tile);
    assert.deepEqual(parseTilePath('tile/entries/x001/x234/067.p/8'), { kind: 'entries', index: 1_234_067, width: 8 });
  });

  it('has the partial tiles that the specification counts for 70,000 and 256 leaves', () => {
    assert.deepEqual(rightEdge(70_000), [
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
    assert.deepEqual(rightEdge(256), [{ level: 1, index: 0, width: 1 }]);
  });
});

function attempt(claim: () => boolean): boolean {
  try {
    return claim();
  } catch (error) {
    assert.equal((error as Error).name, 'LogFormatError');
    return false;
  }
}
