import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LOG_SIGNER, SAMPLE_ORIGIN, SAMPLE_SECONDS, sampleSigner, WITNESS } from '../../../test/harness/sample-log.js';
import { formatCheckpoint } from './checkpoint.js';
import { LogFormatError } from './log-format-error.js';
import { formatSignatureLine } from './note.js';
import { type NoteSigner, signNote } from './note-signature.js';
import { formatAddCheckpoint, parseTreeSize, readCosignatures } from './witness-exchange.js';

const TEXT = formatCheckpoint({ origin: SAMPLE_ORIGIN, size: 17, root: Buffer.alloc(32, 7), extensions: [] });
const OTHER = TEXT.replace('\n17\n', '\n18\n');
const QUANTUM_SAFE = sampleSigner('witness.example/w2', 'ml-dsa-44-cosignature', 4);
const KEYS = [WITNESS.key, QUANTUM_SAFE.key];

async function lines(text: string, seconds: number, ...signers: readonly NoteSigner[]): Promise<string> {
  return (await signNote(text, signers, seconds)).signatures.map(formatSignatureLine).join('');
}
const read = (body: string | Buffer) => readCosignatures(TEXT, Buffer.from(body), KEYS, SAMPLE_SECONDS);

describe('what is said to a witness', () => {
  it('is the old size, the proof and the checkpoint, as its specification shows', () => {
    const proof = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const note = `${TEXT}\n\u2014 ${LOG_SIGNER.key.name} AAAA\n`;
    assert.equal(formatAddCheckpoint(5, proof, note), `old 5\n${proof[0]!.toString('base64')}\n${proof[1]!.toString('base64')}\n\n${note}`);
    assert.equal(formatAddCheckpoint(0, [], note), `old 0\n\n${note}`);
  });
});

describe('what a witness answers', () => {
  it('counts of both kinds of key, with its time', async () => {
    const found = read(await lines(TEXT, SAMPLE_SECONDS, WITNESS, QUANTUM_SAFE));
    assert.deepEqual(found.map(({ key, timestampSeconds }) => [key, timestampSeconds]), [[WITNESS.key, SAMPLE_SECONDS], [QUANTUM_SAFE.key, SAMPLE_SECONDS]]);
  });

  it('is passed over where nobody knows the key', async () => {
    assert.deepEqual(read(await lines(TEXT, SAMPLE_SECONDS, sampleSigner('witness.example/w3', 'ed25519-cosignature', 5))), []);
  });

  const FALSE: Readonly<Record<string, () => Promise<string | Buffer>>> = {
    'over another checkpoint': () => lines(OTHER, SAMPLE_SECONDS, WITNESS),
    'over another checkpoint, of the other kind': () => lines(OTHER, SAMPLE_SECONDS, QUANTUM_SAFE),
    'by another key of the same name and id': () => lines(TEXT, SAMPLE_SECONDS, { key: WITNESS.key, sign: sampleSigner('x', 'ed25519-cosignature', 9).sign }),
    'true, beside a false one': async () => (await lines(TEXT, SAMPLE_SECONDS, WITNESS)) + (await lines(OTHER, SAMPLE_SECONDS, QUANTUM_SAFE)),
    'twice by one key': async () => (await lines(TEXT, SAMPLE_SECONDS, WITNESS)).repeat(2),
    'without a time': () => lines(TEXT, 0, QUANTUM_SAFE),
    'of a time that has not come': () => lines(TEXT, SAMPLE_SECONDS + 301, WITNESS),
    'nothing': () => Promise.resolve(''),
    'no signature line': () => Promise.resolve('welcome\n'),
    'a text of its own before them': async () => `and more\n\n${await lines(TEXT, SAMPLE_SECONDS, WITNESS)}`,
    'without the last newline': async () => (await lines(TEXT, SAMPLE_SECONDS, WITNESS)).slice(0, -1),
    'no UTF-8': () => Promise.resolve(Buffer.from([0xff, 0xfe])),
  };
  for (const [what, body] of Object.entries(FALSE)) {
    it(`does not count: ${what}`, async () => {
      const bytes = await body();
      assert.throws(() => read(bytes), LogFormatError);
    });
  }

  it('is a size in decimal, and nothing that only looks like one', () => {
    assert.deepEqual(['0\n', '17\n', '9007199254740991\n'].map(parseTreeSize), [0, 17, Number.MAX_SAFE_INTEGER]);
    for (const bad of ['', '17', '017\n', '17\n\n', ' 17\n', '-1\n', '1e3\n', '9007199254740992\n', '17\r\n']) assert.equal(parseTreeSize(bad), null, JSON.stringify(bad));
  });
});
