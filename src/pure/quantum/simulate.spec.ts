import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Circuit } from './circuit/circuit.js';
import { ENGINE_VERSION } from './engine-version.js';
import { parseOpenQasm2 } from './qasm/openqasm2.js';
import type { SimulationOptions, SimulationResult } from './simulate.js';
import { estimate, refusalOf, simulate } from './simulate.js';

function circuitOf(statements: string): Circuit {
  const parsed = parseOpenQasm2(`OPENQASM 2.0; include "qelib1.inc"; ${statements}`);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  return parsed.circuit;
}

function run(statements: string, options: Partial<SimulationOptions> = {}): SimulationResult {
  const result = simulate(circuitOf(statements), { shots: 1000, seed: 7, precision: 'double', ...options });
  assert.notEqual(result, 'stopped');
  return result as SimulationResult;
}

/** Makes one component of all qubits. */
function chain(qubits: number): string {
  return Array.from({ length: qubits - 1 }, (_, q) => `cx q[${q}],q[${q + 1}];`).join('');
}

function counts(statements: string, options: Partial<SimulationOptions> = {}): Record<string, number> {
  return run(statements, options).counts;
}

/** Five standard deviations of a binomial around its mean. */
function assertNear(count: number | undefined, shots: number, probability: number): void {
  const deviation = Math.abs((count ?? 0) - shots * probability);
  assert.ok(deviation <= 5 * Math.sqrt(shots * probability * (1 - probability)), `${count} of ${shots} is far from ${probability}`);
}

const BELL = 'qreg q[2]; creg c[2]; h q[0]; cx q[0],q[1]; measure q->c;';

/** Prepares ry(0.8) rz(0.3) on q[0] and moves it to q[2], where the preparation is undone: c2 reads 0. */
const TELEPORTATION = `
  qreg q[3]; creg c0[1]; creg c1[1]; creg c2[1];
  ry(0.8) q[0]; rz(0.3) q[0];
  h q[1]; cx q[1],q[2];
  cx q[0],q[1]; h q[0];
  measure q[0] -> c0[0]; measure q[1] -> c1[0];
  if (c1==1) x q[2];
  if (c0==1) z q[2];
  rz(-0.3) q[2]; ry(-0.8) q[2];
  measure q[2] -> c2[0];`;

function fourier(qubits: number, input: number, inverse: boolean): string {
  const lines = [`qreg q[${qubits}]; creg c[${qubits}];`];
  for (let j = 0; j < qubits; j++) if ((input >> j) & 1) lines.push(`x q[${j}];`);
  for (let j = qubits - 1; j >= 0; j--) {
    lines.push(`h q[${j}];`);
    for (let k = j - 1; k >= 0; k--) lines.push(`cp(pi/2^${j - k}) q[${k}],q[${j}];`);
  }
  for (let j = 0; j < qubits >> 1; j++) lines.push(`swap q[${j}],q[${qubits - 1 - j}];`);
  if (inverse) lines.push(...lines.slice(1).filter((line) => !line.startsWith('x')).reverse().map((line) => line.replace('(pi', '(-pi')));
  return [...lines, 'measure q->c;'].join('\n');
}

describe('simulating', () => {
  it('gives a Bell pair equal bits, half and half', () => {
    const result = counts(BELL, { shots: 10_000 });
    assert.deepEqual(Object.keys(result).sort(), ['00', '11']);
    assertNear(result['00'], 10_000, 0.5);
  });

  it('gives a GHZ state of 12 qubits all or nothing', () => {
    const result = counts(`qreg q[12]; creg c[12]; h q[0]; ${chain(12)} measure q->c;`);
    assert.deepEqual(Object.keys(result).sort(), ['0'.repeat(12), '1'.repeat(12)]);
  });

  it('teleports a state, whatever the two bits say', () => {
    const result = counts(TELEPORTATION, { shots: 4000 });
    assert.deepEqual(Object.keys(result).sort(), ['000', '001', '010', '011']);
    for (const outcome of ['000', '001', '010', '011']) assertNear(result[outcome], 4000, 0.25);
  });

  it('gives a GHZ state of 1,000 qubits all or nothing, and teleports along a chain of them', () => {
    const ghz = counts(`qreg q[1000]; creg c[1000]; h q[0]; ${chain(1000)} measure q->c;`);
    assert.deepEqual(Object.keys(ghz).sort(), ['0'.repeat(1000), '1'.repeat(1000)]);
    const hops = 12;
    const relay = Array.from({ length: hops }, (_, i) => `reset b; h b[0]; cx b[0],q[${i + 1}]; cx q[${i}],b[0]; h q[${i}]; measure q[${i}]->m[0]; measure b[0]->n[0]; if(n==1) x q[${i + 1}]; if(m==1) z q[${i + 1}];`).join('');
    const teleported = run(`qreg q[${hops + 1}]; qreg b[1]; qreg idle[40]; creg m[1]; creg n[1]; creg out[1]; h idle; sx q[0]; s q[0]; ${relay} sdg q[${hops}]; sxdg q[${hops}]; measure q[${hops}]->out[0];`, { shots: 50 });
    assert.equal(teleported.method, 'stabilizer');
    assert.ok(Object.keys(teleported.counts).every((bits) => bits.startsWith('0')));
  });

  it('fails to teleport without the corrections, so the corrections are what does it', () => {
    const result = counts(TELEPORTATION.replaceAll(/if .*/g, ''), { shots: 4000 });
    assert.ok(Object.keys(result).some((outcome) => outcome.startsWith('1')));
  });

  it('undoes a 16-qubit Fourier transform with its inverse, and spreads a basis state evenly without', (test) => {
    const start = performance.now();
    assert.deepEqual(counts(fourier(16, 0xb00c, true)), { '1011000000001100': 1000 });
    test.diagnostic(`two 16-qubit QFTs took ${(performance.now() - start).toFixed(0)} ms`);
    assert.ok(Object.keys(counts(fourier(16, 0xb00c, false))).length > 950);
  });

  it('finds the marked item with Grover on 3 qubits, with probability 121/128', () => {
    const diffuse = 'h q; x q; h q[2]; ccx q[0],q[1],q[2]; h q[2]; x q; h q;';
    const oracle = 'x q[1]; h q[2]; ccx q[0],q[1],q[2]; h q[2]; x q[1];';
    const result = counts(`qreg q[3]; creg c[3]; h q; ${oracle}${diffuse}${oracle}${diffuse} measure q->c;`, { shots: 20_000 });
    assertNear(result['101'], 20_000, 121 / 128);
  });

  it('reads a hidden string with one query (Bernstein and Vazirani)', () => {
    const result = counts('qreg q[5]; qreg a[1]; creg c[5]; x a[0]; h q; h a; cx q[0],a[0]; cx q[3],a[0]; cx q[4],a[0]; h q; measure q->c;');
    assert.deepEqual(result, { '11001': 1000 });
  });

  it('corrects a bit flip by syndrome and if', () => {
    for (const [flipped, syndrome] of [['', '00'], ['x d[0];', '01'], ['x d[1];', '11'], ['x d[2];', '10']] as const) {
      const result = counts(`qreg d[3]; qreg a[2]; creg syn[2]; creg r[3]; x d; ${flipped}
        cx d[0],a[0]; cx d[1],a[0]; cx d[1],a[1]; cx d[2],a[1]; measure a->syn;
        if(syn==1) x d[0]; if(syn==3) x d[1]; if(syn==2) x d[2]; measure d->r;`);
      assert.deepEqual(result, { [`111${syndrome}`]: 1000 });
    }
  });
});

describe('bit strings', () => {
  it('have classical bit 0 rightmost', () => {
    assert.deepEqual(counts('qreg q[3]; creg c[3]; x q[0]; measure q->c;'), { '001': 1000 });
  });

  it('have the first register rightmost, without spaces', () => {
    assert.deepEqual(counts('qreg q[1]; creg a[2]; creg b[1]; x q[0]; measure q[0]->b[0];'), { '100': 1000 });
  });

  it('keep the last of several measurements into one bit', () => {
    assert.deepEqual(counts('qreg q[2]; creg c[1]; x q[0]; measure q[0]->c[0]; measure q[1]->c[0];'), { '0': 1000 });
    assert.deepEqual(counts('qreg q[2]; creg c[1]; x q[0]; measure q[1]->c[0]; measure q[0]->c[0];'), { '1': 1000 });
  });

  it('show bits that nothing is measured into as 0', () => {
    assert.deepEqual(counts('qreg q[1]; creg c[4]; x q[0]; measure q[0]->c[2];'), { '0100': 1000 });
  });
});

describe('measurement on the way', () => {
  it('agrees with itself when repeated', () => {
    const result = counts('qreg q[1]; creg c[3]; h q[0]; measure q[0]->c[0]; measure q[0]->c[1]; z q[0]; measure q[0]->c[2];');
    assert.deepEqual(Object.keys(result).sort(), ['000', '111']);
  });

  it('destroys interference', () => {
    assertNear(counts('qreg q[1]; creg c[1]; creg d[1]; h q[0]; measure q[0]->c[0]; h q[0]; measure q[0]->d[0];', { shots: 8000 })['00'], 8000, 0.25);
    assert.deepEqual(counts('qreg q[1]; creg c[1]; h q[0]; h q[0]; measure q[0]->c[0];'), { '0': 1000 });
  });

  it('resets a qubit to 0, and disturbs what was entangled with it', () => {
    const result = counts('qreg q[2]; creg c[2]; h q[0]; cx q[0],q[1]; reset q[0]; measure q->c;', { shots: 4000 });
    assert.deepEqual(Object.keys(result).sort(), ['00', '10']);
    assertNear(result['00'], 4000, 0.5);
  });

  it('decides an if once, for all that its statement does', () => {
    // Were c compared again before each bit, the second qubit would not be measured after the first gave 1.
    assert.deepEqual(counts('qreg q[2]; creg c[2]; creg d[1]; x q; measure q[0]->d[0]; if(c==0) measure q->c;'), { '111': 1000 });
    const random = counts('qreg q[3]; creg c[3]; h q[0]; x q[1]; x q[2]; measure q[0]->c[0]; if(c==1) measure q->c;');
    assert.deepEqual(Object.keys(random).sort(), ['000', '111']);
  });

  it('compares the whole register, and never holds for a number that does not fit', () => {
    const program = (n: number) => `qreg q[2]; creg c[2]; creg d[1]; x q[1]; measure q->c; if(c==${n}) x q[0]; measure q[0]->d[0];`;
    assert.deepEqual(counts(program(2)), { '110': 1000 });
    for (const n of [0, 1, 3, 6]) assert.deepEqual(counts(program(n)), { '010': 1000 });
  });

  it('conditions measurement and reset too', () => {
    assert.deepEqual(counts('qreg q[1]; creg c[1]; creg d[1]; x q[0]; measure q[0]->c[0]; if(c==1) reset q[0]; measure q[0]->d[0];'), { '01': 1000 });
    assert.deepEqual(counts('qreg q[1]; creg c[1]; creg d[1]; x q[0]; measure q[0]->c[0]; if(c==0) measure q[0]->d[0];'), { '01': 1000 });
  });
});

describe('determinism', () => {
  const programs = { terminal: BELL, trajectories: TELEPORTATION, wide: fourier(10, 5, false) };
  for (const [name, program] of Object.entries(programs)) {
    it(`gives the same counts again (${name})`, () => {
      assert.deepEqual(run(program), run(program));
    });

    it(`gives other counts for another seed (${name})`, () => {
      assert.notDeepEqual(counts(program), counts(program, { seed: 8 }));
    });

    it(`gives the same counts however the shots are split (${name})`, () => {
      const whole = counts(program, { shots: 60 });
      for (const part of [1, 7, 30]) {
        const sum: Record<string, number> = {};
        for (let firstShot = 0; firstShot < 60; firstShot += part) {
          for (const [bits, count] of Object.entries(counts(program, { firstShot, shots: Math.min(part, 60 - firstShot) }))) sum[bits] = (sum[bits] ?? 0) + count;
        }
        assert.deepEqual(sum, whole);
      }
    });
  }

  it('holds to golden counts: who changes them raises the engine version', () => {
    assert.equal(ENGINE_VERSION, '2');
    assert.deepEqual(run(BELL, { shots: 100, seed: 2026 }), { counts: GOLDEN.bell, shots: 100, seed: 2026, method: 'statevector', precision: 'double', engineVersion: '2', kernelVariant: 'plain' });
    assert.deepEqual(counts(TELEPORTATION, { shots: 100, seed: 2026 }), GOLDEN.teleportation);
    assert.deepEqual(counts('qreg q[3]; creg c[3]; rx(1.1) q[0]; u3(0.3,0.7,1.9) q[1]; crz(0.4) q[1],q[0]; rxx(1.3) q[0],q[2]; measure q->c;', { shots: 100, seed: 2 ** 53 - 1, precision: 'single' }), GOLDEN.angles);
  });
});

const GOLDEN = {
  bell: { '00': 59, '11': 41 },
  teleportation: { '000': 20, '001': 35, '010': 21, '011': 24 },
  angles: { '000': 42, '001': 18, '010': 1, '100': 9, '101': 30 },
} satisfies Record<string, Record<string, number>>;

describe('the estimate', () => {
  it('counts the qubits that gates act on, and no others', () => {
    const { components, ...figures } = estimate(circuitOf('qreg q[1000]; creg c[1000]; h q[17]; cx q[17],q[900]; id q[3]; reset q[4]; barrier q; measure q->c;'), 'double');
    assert.deepEqual(figures, { qubits: 1000, activeQubits: 2, method: 'statevector', stateBytes: 64n, cost: 16, peakBytes: 64n, operations: 4, evolutionsMax: 1 });
    assert.deepEqual(components, [{ qubits: [17, 900], method: 'statevector', stateBytes: 64n, cost: 16, peakBytes: 64n, evolutionsMax: 1, steps: 4, evolutionShare: 1 }]);
  });

  it('is exact beyond any machine', () => {
    assert.equal(estimate(circuitOf(`qreg q[40]; creg c[40]; h q; ${chain(40)} measure q->c;`), 'double', 'statevector').stateBytes, 2n ** 44n);
  });

  it('adds the copies of a run with measurements on the way', () => {
    const { stateBytes, peakBytes } = estimate(circuitOf(`qreg q[24]; creg c[24]; h q; ${chain(24)} measure q->c; h q; measure q->c;`), 'double', 'statevector');
    assert.equal(peakBytes, 2n * stateBytes + 64n * 2n ** 20n);
  });

  it('does not count conditions that can never hold, or hold always', () => {
    assert.equal(estimate(circuitOf('qreg q[2]; creg c[2]; if(c==1) x q[0]; if(c==0) x q[1]; measure q->c;'), 'double').activeQubits, 1);
  });

  it('runs what it calls small, among a thousand declared qubits', () => {
    const result = counts('qreg q[1000]; creg c[2]; x q[999]; h q[500]; h q[500]; measure q[999]->c[1]; measure q[500]->c[0];');
    assert.deepEqual(result, { '10': 1000 });
  });

  it('runs a circuit without any active qubit', () => {
    assert.deepEqual(counts('qreg q[2]; creg c[2]; measure q->c;'), { '00': 1000 });
    assert.deepEqual(counts('qreg q[2]; creg c[2]; id q; measure q->c; if(c==0) measure q->c;'), { '00': 1000 });
  });

  it('names the method', () => {
    assert.equal(estimate(circuitOf(BELL), 'double').method, 'statevector');
    assert.equal(estimate(circuitOf('qreg q[1000]; creg c[1000]; h q; measure q->c;'), 'double').method, 'stabilizer');
    assert.equal(estimate(circuitOf('qreg q[20]; creg c[20]; h q; t q; measure q->c;'), 'double').method, 'statevector');
  });
});

/** Wider than keys, no Clifford circuit, and entangled over every cut. */
const TOO_MUCH = `qreg q[70]; creg c[1]; h q; ${Array.from({ length: 12 }, () => `t q; h q; ${chain(70)}`).join('')} measure q[0]->c[0];`;

describe('refusals', () => {
  it('a circuit that measures nothing', () => {
    assert.equal(refusalOf(circuitOf('qreg q[1]; creg c[1]; h q[0];'))?.code, 'no-measurement');
    assert.equal(refusalOf(circuitOf('qreg q[1]; creg c[1]; measure q[0]->c[0];')), null);
  });

  it('a circuit with more active qubits than a state vector can index', () => {
    const wide = (qubits: number) => circuitOf(`qreg q[${qubits}]; creg c[1]; h q; t q; ${chain(qubits)} measure q[0]->c[0];`);
    assert.equal(refusalOf(wide(31), 'statevector')?.code, 'method-refused');
    assert.equal(refusalOf(wide(30), 'statevector'), null);
    assert.equal(refusalOf(wide(31)), null, 'another method can');
    assert.equal(refusalOf(circuitOf(TOO_MUCH))?.code, 'method-refused', 'none can');
  });

  it('a method that cannot run the circuit, with the gate that is in its way', () => {
    const refusal = refusalOf(circuitOf('qreg q[1]; creg c[1]; h q; rz(0.5) q; measure q->c;'), 'stabilizer');
    assert.deepEqual(refusal, { code: 'method-refused', message: 'The stabilizer method runs Clifford gates only, and rz(0.5) is none.' });
  });

  it('throw when the caller did not ask first', () => {
    assert.throws(() => run('qreg q[1]; h q[0];'), RangeError);
    assert.throws(() => run(TOO_MUCH), RangeError);
  });

  for (const options of [{ shots: 0 }, { shots: -1 }, { shots: 1.5 }, { shots: NaN }, { seed: -1 }, { seed: 2 ** 53 }, { seed: 0.5 }, { firstShot: -1 }, { firstShot: 2 ** 53 - 1 }]) {
    it(`options ${JSON.stringify(options)}`, () => assert.throws(() => run(BELL, options), RangeError));
  }
});

describe('a bound on the counts', () => {
  const options = { shots: 1000, seed: 7, precision: 'double' } as const;
  const wide = (middle: string) => circuitOf(`qreg q[10]; creg c[4096]; h q; ${middle} ${Array.from({ length: 10 }, (_, j) => `measure q[${j}]->c[${j}];`).join('')}`);

  for (const [name, circuit] of [['terminal', wide('')], ['trajectories', wide('reset q[0];')]] as const) {
    it(`gives up a run of many wide outcomes (${name})`, () => {
      assert.equal(simulate(circuit, { ...options, countsBytesMax: 100_000 }), 'counts-too-large');
    });

    it(`does not change the counts of a run within it (${name})`, () => {
      assert.deepEqual(simulate(circuit, { ...options, countsBytesMax: 10_000_000 }), simulate(circuit, options));
    });
  }
});

describe('a run', () => {
  for (const [name, program] of [['terminal', BELL], ['trajectories', TELEPORTATION]] as const) {
    it(`reports progress that never falls and ends at 1 (${name})`, () => {
      const seen: number[] = [];
      run(program, { onProgress: (fraction) => seen.push(fraction) });
      assert.ok(seen.length > 2);
      assert.ok(seen.every((fraction, i) => fraction >= (seen[i - 1] ?? 0) && fraction <= 1));
      assert.equal(seen.at(-1), 1);
    });

    it(`stops at the first question that is answered yes, wherever it comes (${name})`, () => {
      let questions = 0;
      run(program, { shouldStop: () => { questions++; return false; } });
      for (let stopAt = 1; stopAt <= questions; stopAt++) {
        let asked = 0;
        const result = simulate(circuitOf(program), { shots: 1000, seed: 7, precision: 'double', shouldStop: () => ++asked >= stopAt });
        assert.equal(result, 'stopped');
        assert.equal(asked, stopAt);
      }
    });
  }
});
