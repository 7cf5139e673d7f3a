import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import {
  LOG_COSIGNER,
  LOG_SIGNER,
  SAMPLE_ENTRY,
  SAMPLE_ORIGIN,
  SAMPLE_RESULT,
  SAMPLE_SIMULATION_ID,
  sampleReceipt,
  type SampleReceipt,
  sampleSigner,
  vkeysOf,
  WITNESS,
} from '../../../test/harness/sample-log.js';
import { canonicalJson, canonicalJsonBytes } from '../canonical-json/canonical-json.js';
import { type ReceiptVerdict, verifyReceipt } from './receipt.js';

const BOTH = vkeysOf(LOG_SIGNER, LOG_COSIGNER);
const RESULT = Buffer.from(JSON.stringify(SAMPLE_RESULT), 'utf8');

/** The reason of a refusal; `proven` when there is none. */
const reasonOf = (verdict: ReceiptVerdict): string => (verdict.ok ? 'proven' : verdict.reason);

async function judge(options: SampleReceipt & { vkeys?: string; result?: Uint8Array | null } = {}): Promise<string> {
  const receipt = await sampleReceipt(options);
  return reasonOf(verifyReceipt({ receipt, vkeys: options.vkeys ?? BOTH, result: options.result ?? null }));
}

const recorded = (changes: object): Buffer => canonicalJsonBytes({ ...SAMPLE_ENTRY, ...changes });
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value), 'utf8');

describe('a receipt', () => {
  it('proves the deed, its place, its signers and its result', async () => {
    const verdict = verifyReceipt({ receipt: await sampleReceipt(), vkeys: BOTH, result: RESULT });
    assert.ok(verdict.ok);
    const said = verdict.statements.join('\n');
    for (const part of [
      'simulation.complete, which succeeded, at 2026-11-22T06:17:08.500Z, by the actor 019aa9f0-1111-7aaa-8bbb-cccccccccccc',
      `number 5, counted from 0, of the 11 in the log ${SAMPLE_ORIGIN}`,
      `${LOG_SIGNER.key.keyId} (Ed25519)`,
      `${LOG_COSIGNER.key.keyId} (ML-DSA-44 cosignature) of your key file, at 2026-11-22T06:17:09.000Z`,
      '00 497 times',
      SAMPLE_RESULT.digest,
    ]) {
      assert.ok(said.includes(part), part);
    }
    assert.ok(verdict.limits.some((limit) => limit.includes('no independent witness')));
  });

  it('is proven at every place of trees of every shape up to 20', async () => {
    for (let size = 1; size <= 20; size += 1) {
      for (let index = 0; index < size; index += 1) assert.equal(await judge({ index, size }), 'proven', `${index} of ${size}`);
    }
  });

  it('says of a failure, of an entry without an actor, and of a missing outcome, what they are', async () => {
    const entry = recorded({ status_id: 2, actor: {} });
    const failed = verifyReceipt({ receipt: await sampleReceipt({ entry }), vkeys: BOTH, result: null });
    assert.ok(failed.ok);
    assert.match(failed.statements[0]!, /which failed or was denied.*by nobody who was authenticated/);
    const anonymous = recorded({ actor: { user: { uid: 'anonymous', type: 'Unknown', type_id: 0 } } });
    const nobody = verifyReceipt({ receipt: await sampleReceipt({ entry: anonymous }), vkeys: BOTH, result: null });
    assert.match(nobody.ok ? nobody.statements[0]! : '', /by nobody who was authenticated/);
    const open = verifyReceipt({ receipt: await sampleReceipt({ entry: recorded({ status_id: 99 }) }), vkeys: BOTH, result: null });
    assert.match(open.ok ? open.statements[0]! : '', /of which no outcome is recorded/);
  });

  it('spells out what could command a terminal', async () => {
    const entry = recorded({ unmapped: { note: '\u001b[2J\u009b\u202e' } });
    const verdict = verifyReceipt({ receipt: await sampleReceipt({ entry }), vkeys: BOTH, result: null });
    assert.ok(verdict.ok);
    assert.match(verdict.statements.join('\n'), /note \\u\{1b\}\[2J\\u\{9b\}\\u\{202e\}/);
  });
});

describe('the signatures of a receipt', () => {
  it('are enough with the Ed25519 key alone, and the unchecked one is named', async () => {
    const verdict = verifyReceipt({ receipt: await sampleReceipt(), vkeys: vkeysOf(LOG_SIGNER), result: null });
    assert.ok(verdict.ok && verdict.limits.some((limit) => limit.includes('1 further signature')));
  });

  it('refuses when the log has not signed with Ed25519', async () => {
    assert.equal(await judge({ signers: [LOG_COSIGNER] }), 'log-signature-missing');
  });

  it('refuses when the reader has the ML-DSA-44 key and the cosignature was left out', async () => {
    assert.equal(await judge({ signers: [LOG_SIGNER] }), 'cosignature-missing');
    assert.equal(await judge({ signers: [LOG_SIGNER], vkeys: vkeysOf(LOG_SIGNER) }), 'proven');
  });

  it('refuses another key of the same name, whichever of the two it replaces', async () => {
    const forgedLog = sampleSigner(SAMPLE_ORIGIN, 'ed25519', 9);
    const forgedCosigner = sampleSigner(SAMPLE_ORIGIN, 'ml-dsa-44-cosignature', 9);
    assert.equal(await judge({ signers: [forgedLog, LOG_COSIGNER] }), 'log-signature-missing');
    assert.equal(await judge({ signers: [LOG_SIGNER, forgedCosigner] }), 'cosignature-missing');
    // The right name and id over the wrong key.
    const liar = { key: LOG_SIGNER.key, sign: forgedLog.sign };
    assert.equal(await judge({ signers: [liar, LOG_COSIGNER] }), 'signature-invalid');
  });

  it('refuses a key of another log, and another type of key of this one', async () => {
    const elsewhere = sampleSigner('other.example/audit', 'ed25519', 1);
    assert.equal(await judge({ vkeys: vkeysOf(elsewhere) }), 'log-key-unknown');
    assert.equal(await judge({ vkeys: vkeysOf(LOG_COSIGNER) }), 'log-key-unknown');
  });

  it('accepts an old key beside the one that signed, as after a rotation', async () => {
    const old = sampleSigner(SAMPLE_ORIGIN, 'ed25519', 7);
    const oldCosigner = sampleSigner(SAMPLE_ORIGIN, 'ml-dsa-44-cosignature', 7);
    assert.equal(await judge({ vkeys: vkeysOf(old, oldCosigner, LOG_SIGNER, LOG_COSIGNER) }), 'proven');
    assert.equal(await judge({ signers: [LOG_SIGNER, old, LOG_COSIGNER], vkeys: vkeysOf(old, LOG_SIGNER, LOG_COSIGNER) }), 'proven');
  });

  it('checks a witness that is there, and does without one that is not', async () => {
    const vkeys = `${BOTH}${vkeysOf(WITNESS)}`;
    assert.equal(await judge({ vkeys }), 'proven');
    const witnessed = verifyReceipt({ receipt: await sampleReceipt({ signers: [LOG_SIGNER, LOG_COSIGNER, WITNESS] }), vkeys, result: null });
    assert.ok(witnessed.ok && !witnessed.limits.some((limit) => limit.includes('witness')));
    const liar = { key: WITNESS.key, sign: LOG_SIGNER.sign };
    assert.equal(await judge({ signers: [LOG_SIGNER, LOG_COSIGNER, liar], vkeys }), 'signature-invalid');
  });

  it('refuses two signatures of one key', async () => {
    assert.equal(await judge({ signers: [LOG_SIGNER, LOG_COSIGNER, LOG_SIGNER] }), 'signature-invalid');
  });

  it('refuses a key file that is empty or has a line that is no key', async () => {
    assert.equal(await judge({ vkeys: '\n' }), 'vkeys-malformed');
    assert.equal(await judge({ vkeys: `${BOTH}# my keys\n` }), 'vkeys-malformed');
    assert.equal(await judge({ vkeys: BOTH.replaceAll('\n', '\r\n') }), 'proven');
  });
});

describe('the entry of a receipt', () => {
  it('must be there, canonical, and one of ours', async () => {
    const bare = (await sampleReceipt()).toString('utf8').replace(/extra .*\n/, '');
    assert.equal(reasonOf(verifyReceipt({ receipt: Buffer.from(bare), vkeys: BOTH, result: null })), 'entry-missing');
    assert.equal(await judge({ entry: json({ ...SAMPLE_ENTRY, aaa: 1 }) }), 'entry-malformed');
    assert.equal(await judge({ entry: Buffer.from('hello') }), 'entry-malformed');
    assert.equal(await judge({ entry: recorded({ time: 8.64e15 + 1 }) }), 'entry-malformed');
    assert.equal(await judge({ entry: recorded({ metadata: {} }) }), 'entry-malformed');
  });

  it('refuses an entry of another place, or from another receipt', async () => {
    const receipt = (await sampleReceipt({ index: 5 })).toString('utf8');
    for (const index of ['4', '6', '10', '11', '4294967301']) {
      const moved = Buffer.from(receipt.replace('\nindex 5\n', `\nindex ${index}\n`));
      assert.equal(reasonOf(verifyReceipt({ receipt: moved, vkeys: BOTH, result: null })), 'entry-not-included', index);
    }
    const other = Buffer.from(receipt.replace(/extra .*/, `extra ${recorded({ time: 1 }).toString('base64')}`));
    assert.equal(reasonOf(verifyReceipt({ receipt: other, vkeys: BOTH, result: null })), 'entry-not-included');
  });
});

describe('the result beside a receipt', () => {
  it('is proven as sent, indented, as Python writes it, and within the whole resource', async () => {
    const python = '{"counts": {"00": 497, "01": 2, "10": 1, "11": 500}, "shots": 1000, "seed": 42, "method": "statevector", "precision": "double", "engineVersion": "0.1.0", "durationMillis": 1.25, "digest": "DIGEST"}';
    const resource = { id: SAMPLE_SIMULATION_ID, status: 'succeeded', result: SAMPLE_RESULT };
    for (const text of [
      JSON.stringify(SAMPLE_RESULT),
      canonicalJson(SAMPLE_RESULT),
      `${JSON.stringify(SAMPLE_RESULT, null, 2)}\n`,
      python.replace('DIGEST', SAMPLE_RESULT.digest),
      JSON.stringify(resource),
    ]) {
      assert.equal(await judge({ result: Buffer.from(text) }), 'proven', text);
    }
  });

  it('says that what stands beside the result in a resource is not recorded', async () => {
    const result = json({ id: SAMPLE_SIMULATION_ID, name: 'anything', result: SAMPLE_RESULT });
    const verdict = verifyReceipt({ receipt: await sampleReceipt(), vkeys: BOTH, result });
    assert.ok(verdict.ok && verdict.limits.some((limit) => limit.includes('beside the member "result"')));
  });

  it('refuses other counts, another digest, a member more, and a member less', async () => {
    const { seed: _seed, ...less } = SAMPLE_RESULT;
    const other = { ...SAMPLE_RESULT, counts: { '00': 498, '11': 502 } };
    for (const result of [other, { ...SAMPLE_RESULT, digest: `sha256:${'0'.repeat(64)}` }, { ...SAMPLE_RESULT, note: 1 }, less]) {
      assert.equal(await judge({ result: json(result) }), 'result-altered');
    }
  });

  it('refuses a file that is no result, spells a value in its own way, or has a name twice', async () => {
    const text = RESULT.toString('utf8');
    for (const changed of ['', '[]', '{}', 'null', text.replace('1.25', '1.250'), text.replace('42', '4.2e1'), text.replace('"00"', '"\\u00300"'), `${text}\n\n`, ` ${text}`, text.replace('{"counts"', '{"shots":1000,"counts"')]) {
      assert.equal(await judge({ result: Buffer.from(changed) }), 'result-malformed', changed);
    }
  });

  it('refuses when the entry records no result, or the file is of another simulation', async () => {
    assert.equal(await judge({ entry: recorded({ unmapped: {} }), result: RESULT }), 'result-not-recorded');
    assert.equal(await judge({ result: json({ id: 'another', result: SAMPLE_RESULT }) }), 'result-of-another-simulation');
  });
});

describe('one changed byte', () => {
  let receipt: Buffer;
  before(async () => {
    receipt = await sampleReceipt();
  });

  /** Bytes that parsers like to ignore. */
  const LENIENT = [0x20, 0x09, 0x0a, 0x0d, 0x00, 0x2b, 0x30, 0x3d];

  /** Every byte with every bit flipped, and replaced by every lenient byte. */
  const everyValue = (byte: number): number[] => [...Array.from({ length: 8 }, (_, bit) => byte ^ (1 << bit)), ...LENIENT];

  /** A check takes a millisecond and a receipt has 4 KiB, so one value a byte: a bit, its case and a lenient byte, by turns. */
  const someValues = (byte: number, at: number): number[] => {
    const turn = Math.floor(at / 3) % 8;
    return [[byte ^ (1 << turn), byte ^ 0x20, LENIENT[turn]!][at % 3]!];
  };

  function* alterations(bytes: Buffer, values: (byte: number, at: number) => number[]): Generator<Buffer> {
    for (const [at, byte] of bytes.entries()) {
      for (const value of new Set(values(byte, at))) {
        if (value === byte) continue;
        const changed = Buffer.from(bytes);
        changed[at] = value;
        yield changed;
      }
    }
  }

  it('anywhere in a receipt makes it fail with a reason', () => {
    const reasons = new Set<string>();
    for (const changed of alterations(receipt, someValues)) {
      const verdict = verifyReceipt({ receipt: changed, vkeys: BOTH, result: null });
      assert.ok(!verdict.ok, `accepted: ${changed.toString('latin1')}`);
      assert.notEqual(verdict.message, '');
      reasons.add(verdict.reason);
    }
    for (const reason of ['receipt-malformed', 'log-key-unknown', 'log-signature-missing', 'cosignature-missing', 'signature-invalid', 'entry-not-included']) {
      assert.ok(reasons.has(reason), reason);
    }
  });

  it('anywhere in a result, in each layout, makes it fail with a reason', () => {
    const indented = Buffer.from(`${JSON.stringify(SAMPLE_RESULT, null, 2)}\n`);
    for (const [file, values] of [[canonicalJsonBytes(SAMPLE_RESULT), everyValue], [indented, someValues]] as const) {
      for (const changed of alterations(file, values)) {
        const verdict = verifyReceipt({ receipt, vkeys: vkeysOf(LOG_SIGNER), result: changed });
        assert.ok(!verdict.ok, `accepted: ${changed.toString('latin1')}`);
        assert.match(verdict.reason, /^result-(malformed|altered)$/);
      }
    }
  });

  it('and lines cut, doubled, swapped or spliced are refused without throwing', async () => {
    const other = (await sampleReceipt({ index: 6, size: 12 })).toString('utf8').split('\n');
    const lines = receipt.toString('utf8').split('\n');
    const line = fc.nat(lines.length - 1);
    fc.assert(
      fc.property(line, line, fc.constantFrom('cut', 'double', 'swap', 'splice', 'head'), (a, b, deed) => {
        const changed = [...lines];
        if (deed === 'cut') changed.splice(a, 1);
        if (deed === 'double') changed.splice(b, 0, lines[a]!);
        if (deed === 'swap') [changed[a], changed[b]] = [lines[b]!, lines[a]!];
        if (deed === 'splice') changed[a] = other[b] ?? '';
        if (deed === 'head') changed.splice(0, a, ...other.slice(0, a));
        const text = changed.join('\n');
        const verdict = verifyReceipt({ receipt: Buffer.from(text, 'utf8'), vkeys: BOTH, result: null });
        const isWhole = text === receipt.toString('utf8') || text === other.join('\n');
        // The order of signatures is the one thing that nobody signs: it says nothing.
        const isReordered = deed === 'swap' && [a, b].every((at) => lines[at]!.startsWith('\u2014'));
        assert.equal(verdict.ok, isWhole || isReordered, `${deed} ${a} ${b}`);
      }),
      { numRuns: 2000 },
    );
  });

  it('more or less at either end makes a receipt fail', () => {
    for (const changed of [receipt.subarray(1), receipt.subarray(0, -1), Buffer.concat([receipt, Buffer.from('\n')]), Buffer.concat([Buffer.from('\n'), receipt]), Buffer.alloc(0)]) {
      assert.equal(reasonOf(verifyReceipt({ receipt: changed, vkeys: BOTH, result: null })), 'receipt-malformed');
    }
  });
});
