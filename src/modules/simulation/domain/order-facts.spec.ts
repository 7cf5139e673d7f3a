import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { orderDigest } from '#pure/digest/order-digest.js';
import type { RunOrder } from './job.js';
import { orderFacts, TOLD_MAX } from './order-facts.js';

const ORDER: RunOrder = {
  language: 'openqasm2', source: 'x', parameters: {}, items: null, outputs: ['counts'], noise: null, programDigest: `sha256:${'0'.repeat(64)}`, programReferences: [], shots: 1, seed: 1, method: 'statevector', precision: 'double',
};
const references = (count: number): string[] => Array.from({ length: count }, (_, n) => `red/bell@sha512:${String(n).padStart(128, '0')}`);

describe('what the ledger is told of an order', () => {
  it('names the artifacts that its programs were named by, each once, wherever they are', () => {
    const [first, second] = references(2) as [string, string];
    const facts = orderFacts({ ...ORDER, programReferences: [first, second, first.replace('red/', 'blue/')] });
    assert.deepEqual([facts.artifactDigests, facts.language], [[first, second].map((reference) => reference.split('@')[1]), 'openqasm2']);
    assert.notEqual(facts.orderDigest, orderFacts({ ...ORDER, programReferences: [second, first] }).orderDigest);
    assert.notEqual(facts.orderDigest, orderFacts(ORDER).orderDigest);
  });

  it('is as it always was of programs that were sent as text', () => {
    assert.deepEqual(orderFacts(ORDER), { orderDigest: orderDigest(ORDER) });
  });

  it('has room for what it tells, and its digest covers the rest', () => {
    const [most, more] = [orderFacts({ ...ORDER, programReferences: references(TOLD_MAX) }), orderFacts({ ...ORDER, programReferences: references(TOLD_MAX + 1) })];
    assert.deepEqual([most.artifactDigests?.length, more.artifactDigests], [TOLD_MAX, undefined]);
    assert.ok(JSON.stringify(most).length < 10 * 1024);
    assert.notEqual(most.orderDigest, more.orderDigest);
  });
});
