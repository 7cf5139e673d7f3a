import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseOpenQasm2 } from '../qasm/openqasm2.js';
import type { CircuitDescription } from './describe-circuit.js';
import { describeCircuit } from './describe-circuit.js';

function figures(statements: string): CircuitDescription {
  const parsed = parseOpenQasm2(`include "qelib1.inc"; qreg q[3]; creg c[3]; creg d[2]; ${statements}`);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  return describeCircuit(parsed.circuit);
}

describe('describing a circuit', () => {
  it('counts operations by kind, and gates by name, most frequent first', () => {
    assert.deepEqual(figures('cx q[0],q[1]; h q; barrier q; if(c==0) x q[0]; reset q[1]; measure q->c;'), {
      gates: 5, gateCounts: { h: 3, cx: 1, x: 1 }, measurements: 3, resets: 1, barriers: 1, conditioned: 1, depth: 4, measuresOnlyAtEnd: false,
    });
  });

  const depths: readonly (readonly [string, number])[] = [
    ['', 0], ['h q;', 1], ['h q[0]; h q[0];', 2], ['h q[0]; cx q[0],q[1]; cx q[1],q[2];', 3], ['cx q[0],q[1]; h q[2];', 1],
    ['h q[0]; h q[0]; barrier q; h q[1];', 3], ['h q[0]; h q[0]; h q[1];', 2],
    ['measure q[0]->c[0]; measure q[1]->c[0];', 2], ['measure q[0]->c[0]; measure q[1]->c[1];', 1],
    ['measure q[0]->c[0]; if(c==1) x q[1];', 2], ['measure q[0]->c[0]; if(d==1) x q[1];', 1],
    ['if(c==1) x q[0]; measure q[1]->c[2];', 2],
  ];
  for (const [statements, depth] of depths) {
    it(`gives depth ${depth} to ${statements === '' ? 'nothing' : statements}`, () => assert.equal(figures(statements).depth, depth));
  }

  it('says whether measurement only comes at the end', () => {
    assert.equal(figures('h q; measure q->c;').measuresOnlyAtEnd, true);
    assert.equal(figures('h q[0]; measure q[0]->c[0]; h q[1];').measuresOnlyAtEnd, true);
    assert.equal(figures('measure q[0]->c[0]; h q[0];').measuresOnlyAtEnd, false);
    assert.equal(figures('h q;').measuresOnlyAtEnd, false);
  });
});
