import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { LOG_COSIGNER, LOG_SIGNER, SAMPLE_ENTRY, SAMPLE_REQUEST, sampleReceipt, vkeysOf } from '../../../test/harness/sample-log.js';
import { canonicalJsonBytes } from '../canonical-json/canonical-json.js';
import { digestOf } from '../digest/digest.js';
import { verifyReceipt } from './receipt.js';

const VKEYS = vkeysOf(LOG_SIGNER, LOG_COSIGNER);

describe('the order beside a receipt', () => {
  let receipt: Buffer;
  before(async () => {
    receipt = await sampleReceipt();
  });

  function judge(order: unknown, of: Uint8Array = receipt): string {
    const bytes = Buffer.from(typeof order === 'string' ? order : JSON.stringify(order), 'utf8');
    const verdict = verifyReceipt({ receipt: of, vkeys: VKEYS, result: null, order: bytes });
    return verdict.ok ? verdict.statements.at(-1)! : verdict.reason;
  }

  it('is proven as it was sent, whatever it left to the server and to defaults', () => {
    const proven = /^The request is the one that was recorded/;
    assert.match(judge(SAMPLE_REQUEST), proven);
    assert.match(judge({ ...SAMPLE_REQUEST, seed: 42, method: 'automatic', precision: 'double', outputs: ['counts'], noise: null }), proven);
    assert.match(judge({ ...SAMPLE_REQUEST, method: 'statevector', name: 'another', project: 'red' }), proven);
  });

  it('refuses another program, value, noise, output, number of shots, seed, method and precision', () => {
    const others: object[] = [
      { program: { language: 'openqasm3', source: 'qubit r;' } }, { program: { language: 'openqasm2', source: 'qubit q;' } }, { parameters: { theta: 0.25 } }, { parameters: {} },
      { noise: { readout: [{ p01: 0.1, p10: 0 }] } }, { outputs: ['memory'] }, { shots: 999 }, { shots: '1000' }, { seed: 43 }, { method: 'sparse' }, { precision: 'single' }, { parameters: [] },
    ];
    for (const other of others) assert.equal(judge({ ...SAMPLE_REQUEST, ...other }), 'order-of-another-simulation', JSON.stringify(other));
  });

  it('is proven of a batch, whose programs stand in it in their order', async () => {
    const [first, second] = [{ language: 'openqasm3', source: 'qubit q;', parameters: { theta: 0.5 }, name: 'one' }, { language: 'openqasm2', source: 'qreg r[1];' }] as const;
    const { parameters: _none, program: _one, ...common } = SAMPLE_REQUEST;
    const digests = [first, second].map(({ source }) => digestOf(Buffer.from(source)));
    const order = {
      ...{ language: 'openqasm3', programDigest: digestOf(Buffer.from(`${digests[0]}\n${digests[1]}\n`)), parameters: {}, outputs: ['counts'], noise: null, shots: 1000, seed: 42, method: 'statevector', precision: 'double' },
      items: [{ language: 'openqasm3', programDigest: digests[0], parameters: { theta: 0.5 }, name: 'one' }, { language: 'openqasm2', programDigest: digests[1], parameters: {} }],
    };
    const of = await sampleReceipt({ entry: canonicalJsonBytes({ ...SAMPLE_ENTRY, unmapped: { ...SAMPLE_ENTRY.unmapped, orderDigest: digestOf(canonicalJsonBytes(order)) } }) });
    assert.match(judge({ ...common, programs: [first, second] }, of), /^The request is the one that was recorded/);
    const others: object[] = [
      { programs: [second, first] }, { programs: [first] }, { programs: [first, second, second] }, { programs: [first, { ...second, name: 'two' }] }, { programs: [first, { ...second, source: 'qreg s[1];' }] },
      { programs: [{ ...first, parameters: {} }, second] }, { programs: [first, { ...second, language: 'openqasm3' }] }, { program: first },
    ];
    for (const other of others) assert.equal(judge({ ...common, ...other }, of), 'order-of-another-simulation', JSON.stringify(other));
    for (const nothing of [{ programs: [] }, { programs: {} }, { programs: [first, { language: 'openqasm2' }] }, { programs: [first, 1] }, { programs: [first], program: first }]) assert.equal(judge({ ...common, ...nothing }, of), 'order-malformed', JSON.stringify(nothing));
  });

  it('is proven of a program that was named by an artifact, with its text or without', async () => {
    const { program: _text, ...common } = SAMPLE_REQUEST;
    const [source, artifact] = ['qubit q;', `sha256:${'a'.repeat(64)}`];
    const order = { language: 'openqasm3', programDigest: digestOf(Buffer.from(source)), parameters: { theta: 0.5 }, outputs: ['counts'], noise: null, shots: 1000, seed: 42, method: 'statevector', precision: 'double', artifactDigests: [artifact] };
    const { orderDigest: _other, ...facts } = SAMPLE_ENTRY.unmapped as { orderDigest?: string };
    const of = await sampleReceipt({ entry: canonicalJsonBytes({ ...SAMPLE_ENTRY, unmapped: { ...facts, language: 'openqasm3', programDigest: order.programDigest, artifactDigests: [artifact], orderDigest: digestOf(canonicalJsonBytes(order)) } }) });
    const reference = `red/bell@${artifact}`;
    const whole = { ...common, parameters: { theta: 0.5 } };
    for (const program of [{ reference }, { reference: `red/bell:v1@${artifact}` }, { reference, language: 'openqasm3' }, { reference, language: 'openqasm3', source }]) {
      assert.match(judge({ ...whole, program }, of), /^The request is the one that was recorded/, JSON.stringify(program));
    }
    for (const program of [{ reference: `red/bell@sha256:${'b'.repeat(64)}` }, { reference, language: 'openqasm2' }, { reference, language: 'openqasm3', source: 'qubit r;' }, { language: 'openqasm3', source }]) {
      assert.equal(judge({ ...whole, program }, of), 'order-of-another-simulation', JSON.stringify(program));
    }
    assert.equal(judge({ ...whole, program: { reference }, shots: 999 }, of), 'order-of-another-simulation');
    assert.equal(judge({ ...whole, program: { reference } }), 'order-of-another-simulation', 'an entry that names no artifact');
    for (const nothing of [{ program: { reference: 1 } }, { program: { reference, source } }, { program: { reference, language: 1 } }, { programs: [{ reference }] }]) assert.equal(judge({ ...common, ...nothing }, of), 'order-malformed', JSON.stringify(nothing));
  });

  it('refuses what is no request, and an entry that records no order', async () => {
    for (const nothing of ['', '[]', '{}', '{"program": 1}', '{"program": {"source": "x"}}', '{"program": {}, "program": {}}']) assert.equal(judge(nothing), 'order-malformed', nothing);
    const silent = await sampleReceipt({ entry: canonicalJsonBytes({ ...SAMPLE_ENTRY, unmapped: { shots: 1000 } }) });
    assert.equal(judge(SAMPLE_REQUEST, silent), 'order-not-recorded');
  });
});
