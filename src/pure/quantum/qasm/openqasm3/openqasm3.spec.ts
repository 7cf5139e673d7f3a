import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Circuit, Operation } from '../../circuit/circuit.js';
import { everyOperation } from '../../circuit/circuit.js';
import { simulate } from '../../simulate.js';
import type { ProgramInputs } from './inputs.js';
import { parseOpenQasm3 } from './openqasm3.js';

const PRELUDE = 'OPENQASM 3.0; include "stdgates.inc"; ';

function accept(source: string, inputs: ProgramInputs = {}): Circuit {
  const parsed = parseOpenQasm3(PRELUDE + source, inputs);
  assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.error.line}:${parsed.error.column} ${parsed.error.message}`);
  return parsed.circuit;
}

/** An operation as text, for tables: `cx 0,1`, `rx(0.5) 2`. */
function short(operation: Operation): string {
  switch (operation.kind) {
    case 'gate': return `${operation.name}${operation.parameters.length > 0 ? `(${operation.parameters.map((angle) => Number(angle.toPrecision(12))).join(',')})` : ''} ${operation.qubits.join(',')}`;
    case 'unitary': return `[${operation.label}] ${operation.qubits.join(',')}`;
    case 'measure': return `measure ${operation.qubit}->${operation.bit}`;
    case 'reset': return `reset ${operation.qubit}`;
    case 'barrier': return `barrier ${operation.qubits.join(',')}`;
    case 'assign': return `assign ${operation.bits.join(',')}`;
    case 'branch': return `if { ${operation.then.map(short).join('; ')} } else { ${operation.otherwise.map(short).join('; ')} }`;
    case 'loop': return `while { ${operation.body.map(short).join('; ')} }`;
  }
}

function counts(source: string, inputs: ProgramInputs = {}): Record<string, number> {
  const result = simulate(accept(source, inputs), { shots: 200, seed: 5, precision: 'double', method: 'statevector' });
  assert.ok(typeof result !== 'string', String(result));
  return result.counts;
}

/** What statements leave in the eight bits of r, as an unsigned number. */
function bits(statements: string, inputs: ProgramInputs = {}): number {
  const outcome = Object.keys(counts(`qubit q; bit[8] r; ${statements} measure q;`, inputs));
  assert.equal(outcome.length, 1);
  return Number.parseInt((outcome[0] as string).slice(-8), 2);
}

const OPERATIONS: readonly (readonly [what: string, source: string, operations: readonly string[]])[] = [
  ['gates on elements, from the end too', 'qubit[3] q; h q[2]; cx q[-1], q[0];', ['h 2', 'cx 2,0']],
  ['a gate on ranges and sets', 'qubit[5] q; x q[1:2:4]; z q[{0, 3}]; y q[4:-2:0];', ['x 1', 'x 3', 'z 0', 'z 3', 'y 4', 'y 2', 'y 0']],
  ['registers element by element', 'qubit[2] q; qubit[2] r; cx q, r; cx q[0], r;', ['cx 0,2', 'cx 1,3', 'cx 0,2', 'cx 0,3']],
  ['aliases and concatenation', 'qubit[2] q; qubit r; let w = q[1] ++ r ++ q[0]; x w[0]; cx w[1], w[2];', ['x 1', 'cx 2,0']],
  ['an alias of an alias', 'qubit[4] q; let v = q[1:3]; let w = v[{2, 0}]; x w;', ['x 3', 'x 1']],
  ['measurement in each of its spellings', 'qubit[2] q; bit[2] c; c = measure q; measure q[0] -> c[1]; bit d = measure q[1]; measure q[0];', ['measure 0->0', 'measure 1->1', 'measure 0->1', 'measure 1->2', 'measure 0->3']],
  ['reset and barriers', 'qubit[2] q; reset q; barrier q[1]; barrier; barrier q, q[0];', ['reset 0', 'reset 1', 'barrier 1', 'barrier 0,1', 'barrier 0,1']],
  ['registers of version 2', 'qreg q[2]; creg c[2]; measure q -> c;', ['measure 0->0', 'measure 1->1']],
  ['names of the table for controlled gates', 'qubit[5] q; ctrl @ x q[0], q[1]; ctrl(2) @ x q[0], q[1], q[2]; ctrl @ ctrl @ cx q[0], q[1], q[2], q[3]; ctrl(4) @ x q[0],q[1],q[2],q[3],q[4];', ['cx 0,1', 'ccx 0,1,2', 'c3x 0,1,2,3', 'c4x 0,1,2,3,4']],
  ['controlled phases and rotations', 'qubit[3] q; ctrl @ gphase(0.5) q[0]; ctrl(2) @ gphase(0.5) q[0], q[1]; ctrl @ rz(0.5) q[0], q[1]; ctrl @ swap q;'.replace('@ swap q', '@ swap q[0], q[1], q[2]'), ['p(0.5) 0', 'cp(0.5) 1,0', 'crz(0.5) 0,1', 'cswap 0,1,2']],
  ['controls that must be 0', 'qubit[2] q; negctrl @ x q[0], q[1];', ['x 0', 'cx 0,1', 'x 0']],
  ['inverses', 'qubit q; inv @ s q; inv @ inv @ t q; inv @ rx(0.5) q; inv @ h q;', ['sdg 0', 't 0', 'rx(-0.5) 0', 'h 0']],
  ['powers', 'qubit q; pow(2) @ t q; pow(3) @ rx(0.5) q; pow(-1) @ rz(1) q; pow(2) @ x q; pow(0) @ h q; pow(1/2) @ z q;', ['p(1.57079632679) 0', 'rx(1.5) 0', 'rz(-1) 0', 'id 0', 'id 0', 'p(1.57079632679) 0']],
  ['a defined gate, and its inverse backwards', 'gate g(v) a, b { rx(v) a; cx a, b; s b; } qubit[2] q; g(0.5) q[0], q[1]; inv @ g(0.5) q[0], q[1];', ['rx(0.5) 0', 'cx 0,1', 's 1', 'sdg 1', 'cx 0,1', 'rx(-0.5) 0']],
  ['a defined gate under a control', 'gate g a, b { h a; cx a, b; } qubit[3] q; ctrl @ g q[0], q[1], q[2];', ['ch 0,1', 'ccx 0,1,2']],
  ['a gate with a loop in its body', 'gate g(v) a { for int i in [1:3] { rz(v * i) a; } } qubit q; g(0.5) q;', ['rz(0.5) 0', 'rz(1) 0', 'rz(1.5) 0']],
  ['loops over ranges, sets and bits', 'qubit[4] q; for uint i in [0:2:2] x q[i]; for int i in {3, 1} { y q[i]; } for bit v in "10" { if (v) z q[0]; else z q[1]; }', ['x 0', 'x 2', 'y 3', 'y 1', 'z 1', 'z 0']],
  ['a loop that runs backwards, and one that does not run', 'qubit[3] q; for int i in [2:-1:1] x q[i]; for int i in [1:0] x q[0];', ['x 2', 'x 1']],
  ['break and continue', 'qubit[9] q; for int i in [0:8] { if (i % 2 == 0) continue; if (i > 5) break; x q[i]; }', ['x 1', 'x 3', 'x 5']],
  ['while on what is known', 'qubit[4] q; int i = 0; while (i < 3) { x q[i]; i += 2; }', ['x 0', 'x 2']],
  ['switch on what is known', 'qubit q; int i = 2; switch (i) { case 0, 1 { x q; } case 2 { y q; } default { z q; } }', ['y 0']],
  ['subroutines with qubits and values', 'def f(qubit[2] a, int n, float v) { for int i in [1:n] rx(v) a[1]; } qubit[3] q; f(q[1:2], 2, 0.5);', ['rx(0.5) 2', 'rx(0.5) 2']],
  ['constants computed from constants', 'const int n = 2 ** 2; const float v = pi / n; qubit[n] q; rz(v * 4 - pi) q[n - 1];', ['rz(0) 3']],
  ['names that are hidden inside', 'qubit[2] q; const int i = 1; { const int i = 0; x q[i]; } x q[i];', ['x 0', 'x 1']],
  ['annotations, pragmas and comments', '\npragma keep this\n#pragma that\n@reversible now\n@again\nqubit q; /* x q; */ x q; // y q;\nnop q;', ['x 0']],
  ['an end before the end', 'qubit q; x q; end; y q;', ['x 0']],
  ['numbers in each of their spellings', 'qubit q; rx(1_000) q; rx(0xff) q; rx(0b101) q; rx(0o17) q; rx(.5e1) q; rx(2.) q; rx(τ/2) q; rx(1 << 3) q;', ['rx(1000) 0', 'rx(255) 0', 'rx(5) 0', 'rx(15) 0', 'rx(5) 0', 'rx(2) 0', 'rx(3.14159265359) 0', 'rx(8) 0']],
  ['an angle that depends on a measured bit', 'qubit q; bit c; c = measure q; rz(pi * c) q;', ['measure 0->0', 'if { rz(3.14159265359) 0 } else { rz(0) 0 }']],
  ['a decision about a measured bit', 'qubit q; bit c; c = measure q; if (c) x q; else y q;', ['measure 0->0', 'if { x 0 } else { y 0 }']],
  ['a loop that a measurement ends', 'qubit q; bit c; c = measure q; while (!c) { h q; c = measure q; }', ['measure 0->0', 'while { h 0; measure 0->0 }']],
];

const VALUES: readonly (readonly [statements: string, value: number])[] = [
  ['r = 5;', 5], ['r = -1;', 255], ['r = "00010010";', 18], ['r[3] = 1;', 8], ['r[0:2] = "101";', 5], ['r[7:-1:4] = "0001";', 128],
  ['int v = 7; r = v / 2;', 3], ['int v = -7; r = v / 2;', 253], ['int v = -7; r = v % 3;', 255], ['r = mod(-7, 3);', 2], ['uint[4] v = 15; v += 1; r = v;', 0], ['int[4] v = 7; v += 1; r = v;', 248],
  ['uint[8] v = 200; v <<= 1; r = v;', 144], ['r = 3 ** 4;', 81], ['r = 1 + 2 * 3 ** 2 - -4;', 23], ['r = (1 | 4) ^ 5 & 3;', 4], ['r = 12 >> 2;', 3], ['r = ~0;', 255],
  ['r = popcount("1101");', 3], ['r = rotl("00000110", 3);', 48], ['r = rotr("00000110", 2);', 129], ['bool t1 = 3 > 2 && !(1 == 2); r = t1;', 1], ['bool t1 = 1.5 <= 1.5; r = t1;', 1],
  ['r = int(floor(2.7) + ceiling(0.2));', 3], ['float v = sqrt(16.0); r = int(v);', 4], ['r = int(7.9);', 7], ['angle[8] v = pi; r = bit[8](v);', 128], ['angle[8] v = pi; v += pi / 2; r = bit[8](v);', 192], ['angle[8] v = 3 * pi; r = bit[8](v);', 128],
  ['angle[8] v = pi / 2; v *= 3; r = bit[8](v);', 192], ['complex v = (1 + 2im) * (1 - 2im); r = int(real(v));', 5], ['uint[8] v = 5; r[0] = v[2]; r[1] = v[1];', 1], ['int v; for int i in [1:4] v += i; r = v;', 10],
  ['def f(int n) -> int { if (n > 2) { return 10; } return n; } r = f(2) + f(3);', 12], ['def f(bit[4] v) -> bit { return v[3]; } r[0] = f("1000");', 1], ['bit[4] v = "0011"; let w = v[0:1] ++ v[2:3]; w[3] = 1; r = int(v);', 11],
  ['int i = 3; { int i = 4; i += 1; } r = i;', 3], ['switch (3) { case 3 { r = 9; } default { r = 1; } }', 9],
  // The same arithmetic, where a measurement keeps all of it for the run: q is 0.
  ['uint[4] v = 3; bit m = measure q; v += m; r = v * v + 1;', 10], ['int[8] v = -3; bit m = measure q; v -= m; r = v >> 1;', 254], ['bit m = measure q; uint[8] v = m + 200; v += 100; r = v;', 44],
  ['bit m = measure q; int v = 0; if (m) { v = 1; } else { v = 6; } r = v;', 6], ['bit m = measure q; int[8] v = m - 1; bool t1 = v < 0; r = t1;', 1], ['bit[3] m = "101"; m[1] = measure q; r = popcount(m);', 2],
  ['bit m = measure q; uint[3] v = 7; while (v > 2) { v -= 1; m = measure q; if (m) v = 0; } r = v;', 2], ['bit m = measure q; int v = 5; switch (m) { case 1 { v = 1; } default { v += 2; } } r = v;', 7],
  ['bit m = measure q; for int i in [0:9] { if (i == 3 + m) break; r[0] = !r[0]; }', 1], ['def f(bit v) -> int { if (v) return 1; return 4; } bit m = measure q; r = f(m) + f(!m);', 5],
  ['bit m = measure q; if (!m) { r = 7; end; } r = 9;', 7], ['bit[4] m = "0110"; m[0] = measure q; int i = m[0] + 1; r[0] = m[i];', 1],
];

describe('OpenQASM 3 programs', () => {
  for (const [what, source, operations] of OPERATIONS) {
    it(`have ${what}`, () => {
      assert.deepEqual(accept(source).operations.map(short), operations);
    });
  }

  for (const [statements, value] of VALUES) {
    it(`compute ${value} in ${JSON.stringify(statements)}`, () => {
      assert.equal(bits(statements), value);
    });
  }

  it('show the bits that the program declares, or its outputs where it has any', () => {
    const both = accept('qubit q; bit[2] c; output bit d; output uint[2] n; n = 2; d = measure q;');
    assert.deepEqual([both.classicalRegisters.map(({ name, size }) => `${name}${size}`), both.classicalBits, both.hiddenBits], [['d1', 'n2'], 3, 2]);
    assert.deepEqual(counts('qubit q; bit[2] c = "11"; output bit d; output uint[2] n; x q; n = 2; d = measure q;'), { 101: 200 });
    assert.deepEqual(counts('qubit q; bit[2] c = "11"; int v = 3; bit d = measure q;'), { '011': 200 });
  });

  it('take their inputs', () => {
    assert.equal(bits('input int n; input bit[3] v; input bool t1; r = n; if (t1) r[0:2] = v;', { n: 80, v: '011', t1: true }), 83);
    assert.deepEqual(accept('input float v; input angle w; qubit q; rx(v) q; rz(w) q;', { v: 0.25, w: -Math.PI / 2 }).operations.map(short), ['rx(0.25) 0', 'rz(4.71238898038) 0']);
  });

  it('keep the phase of everything, which a control turns into one of its own', () => {
    assert.equal(accept('gphase(0.5); gphase(0.25); qubit q; if (true) gphase(1);').globalPhase, 1.75);
    assert.deepEqual(accept('qubit[2] q; ctrl @ U(0.5, 0, 0) q[0], q[1];').operations.map(short), ['p(0.25) 0', '[ctrl(1) @ u(0.5, 0, 0)] 0,1']);
  });

  it('leave nothing of variables that no measurement changes', () => {
    const circuit = accept('qubit[4] q; int v = 3; bit[4] w = "0101"; for int i in [0:3] { v += i; if (v > 4) x q[i]; } if (w[0]) x q[0];');
    assert.deepEqual([circuit.hiddenBits, circuit.operations.map(short)], [0, ['assign 0,2', 'x 2', 'x 3', 'x 0']]);
  });

  it('give bits of variables that have ended to others', () => {
    assert.ok(accept('qubit q; bit[9] r; for int i in [0:200] { uint[16] v; v[0] = measure q; r[0] = v[0]; }').hiddenBits <= 16);
  });

  it('use simple conditions where they can say it', () => {
    const [, , decided] = accept('qubit[2] q; bit[2] c; c = measure q; if (c == 2) { x q[0]; reset q[1]; }').operations;
    assert.deepEqual(decided?.kind === 'gate' && decided.condition, { offset: 0, size: 2, value: 2n });
  });
});

describe('OpenQASM 3 circuits', () => {
  it('teleport a state by if, gate for gate as version 2 does', () => {
    const result = counts(`qubit[3] q; bit[2] m; bit out; ry(0.8) q[0]; rz(0.3) q[0]; h q[1]; cx q[1], q[2]; cx q[0], q[1]; h q[0];
      m = measure q[0:1]; if (m[1]) x q[2]; if (m[0]) z q[2]; rz(-0.3) q[2]; ry(-0.8) q[2]; out = measure q[2];`);
    assert.deepEqual(Object.keys(result).sort(), ['000', '001', '010', '011']);
  });

  it('estimate a phase digit by digit, each turned by those measured before', () => {
    for (const phase of [0, 3, 6, 13]) {
      const result = counts(`const int n = 4; qubit[2] q; bit[n] c; x q[1];
        for int i in [0:n - 1] { reset q[0]; h q[0]; ctrl @ pow(2 ** (n - 1 - i)) @ p(2 * pi * ${phase} / 16.0) q[0], q[1];
          for int k in [0:i - 1] { if (c[k]) p(-pi / 2.0 ** (i - k)) q[0]; } h q[0]; c[i] = measure q[0]; }`);
      assert.deepEqual(result, { [phase.toString(2).padStart(4, '0')]: 200 });
    }
  });

  it('repeat until success, whose bound ends the run of a loop that cannot succeed', () => {
    assert.deepEqual(counts('qubit q; bit c; while (!c) { h q; c = measure q; }'), { 1: 200 });
    const hopeless = accept('qubit[2] q; bit c; h q[1]; c = measure q[0]; while (!c) { c = measure q[0]; }');
    assert.equal(simulate(hopeless, { shots: 1, seed: 1, precision: 'double', method: 'statevector' }), 'loop-limit');
  });

  it('flip under any number of controls, with none left over', () => {
    for (const controls of [5, 6, 7, 9]) {
      const names = Array.from({ length: controls + 1 }, (_, i) => `q[${i}]`).join(', ');
      const flipped = (zero: number) => counts(`qubit[${controls + 1}] q; bit[${controls + 1}] c; x q[0:${controls - 1}]; ${zero < 0 ? '' : `x q[${zero}];`} ctrl(${controls}) @ x ${names}; c = measure q;`);
      assert.deepEqual(Object.keys(flipped(-1)), ['1'.repeat(controls + 1)]);
      for (const zero of [0, controls - 1]) assert.ok(Object.keys(flipped(zero))[0]?.startsWith('0'));
    }
  });

  it('undo what they do, under every modifier', () => {
    const gates = ['h', 'U(0.3, 1.1, -2)', 'rx(0.7)', 'sx', 'u3(1, 2, 3)', 't'];
    for (const modifiers of ['', 'ctrl @', 'ctrl(2) @', 'negctrl @', 'pow(1/3) @', 'ctrl @ pow(0.3) @', 'pow(5) @', 'ctrl(6) @', 'ctrl(5) @ pow(1/2) @']) {
      const controls = [...modifiers.matchAll(/ctrl(?:\((\d)\))?/g)].reduce((sum, [, count]) => sum + Number(count ?? 1), 0);
      const on = Array.from({ length: controls + 1 }, (_, i) => `q[${i}]`).join(', ');
      for (const gate of gates) {
        const result = counts(`qubit[7] q; bit[7] c; ry(0.9) q; ${modifiers} ${gate} ${on}; inv @ ${modifiers} ${gate} ${on}; ry(-0.9) q; c = measure q;`);
        assert.deepEqual(result, { '0000000': 200 }, `${modifiers} ${gate}`);
      }
    }
  });

  it('hold only operations that name what there is', () => {
    const circuit = accept('qubit[3] q; bit[3] c; def f(qubit a) -> bit { h a; return measure a; } for int i in [0:2] { if (f(q[i])) { c[i] = f(q[2 - i]); } }');
    for (const operation of everyOperation(circuit.operations)) {
      if (operation.kind === 'measure') assert.ok(operation.bit < circuit.classicalBits + circuit.hiddenBits);
      if (operation.kind === 'assign') assert.ok(operation.bits.every((bit) => bit < circuit.classicalBits + circuit.hiddenBits));
    }
  });
});
