import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OUTPUT_LIMITS } from '#pure/quantum/outputs/output-request.js';
import { ionqProbabilities, outputsFor } from './job-answers.js';

describe('the probabilities of a result', () => {
  it('are the exact ones where there are any, by whole numbers whose bit 0 is qubit 0', () => {
    assert.deepEqual(ionqProbabilities({ shots: 10, counts: { '01': 10 }, probabilities: [{ values: { '01': 0.25, '10': 0.75 } }] }), { '1': 0.25, '2': 0.75 });
  });
  it('are the shares of the shots where there are none', () => {
    assert.deepEqual(ionqProbabilities({ shots: 4, counts: { '000': 1, '110': 3 } }), { '0': 0.25, '6': 0.75 });
  });
  it('leave out what is left of 0 after rounding', () => {
    assert.deepEqual(ionqProbabilities({ shots: 1, counts: {}, probabilities: [{ values: { '0': 1, '1': 3e-33 } }] }), { '0': 1 });
  });
  it('are of outcomes that are too large for a number too', () => {
    assert.deepEqual(ionqProbabilities({ shots: 2, counts: { [`1${'0'.repeat(99)}`]: 2 } }), { [(2n ** 99n).toString()]: 1 });
  });
  it('are asked for as far as there is room for them', () => {
    assert.deepEqual(outputsFor(2, 1), ['counts', { probabilities: [0, 1] }]);
    assert.deepEqual(outputsFor(OUTPUT_LIMITS.probabilityQubits + 1, 1), ['counts']);
  });
  it('are asked for of all circuits of a job, or of none', () => {
    assert.equal(outputsFor(OUTPUT_LIMITS.probabilityQubits - 1, 2).length, 2);
    assert.deepEqual(outputsFor(OUTPUT_LIMITS.probabilityQubits - 1, 3), ['counts']);
  });
});
