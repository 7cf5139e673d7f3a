import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { LOG_COSIGNER, LOG_SIGNER, SAMPLE_ENTRY, SAMPLE_REQUEST, sampleReceipt, vkeysOf } from '../../../test/harness/sample-log.js';
import { canonicalJsonBytes } from '../canonical-json/canonical-json.js';
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

  it('refuses what is no request, and an entry that records no order', async () => {
    for (const nothing of ['', '[]', '{}', '{"program": 1}', '{"program": {"source": "x"}}', '{"program": {}, "program": {}}']) assert.equal(judge(nothing), 'order-malformed', nothing);
    const silent = await sampleReceipt({ entry: canonicalJsonBytes({ ...SAMPLE_ENTRY, unmapped: { shots: 1000 } }) });
    assert.equal(judge(SAMPLE_REQUEST, silent), 'order-not-recorded');
  });
});
