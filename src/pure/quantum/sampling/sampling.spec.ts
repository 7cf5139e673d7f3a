import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertFollows } from '../../../../test/harness/chi-square.js';
import { parseOpenQasm2 } from '../qasm/openqasm2.js';
import { Tally, bitString } from './counts.js';
import type { PlanSampler } from './plan-sampler.js';
import type { Abandoned, RunControl, ShotRange } from './run-control.js';
import type { ExecutionPlan } from './execution-plan.js';
import { planExecution } from './execution-plan.js';
import { TerminalSampler } from './sample-terminal.js';
import { TrajectorySampler } from './sample-trajectories.js';
import type { SimulatedState } from '../methods/quantum-state.js';
import { PlainState } from '../statevector/plain-state.js';
import type { Precision } from '../statevector/state-vector.js';

const UNWATCHED = { shouldStop: () => false, onProgress: () => {} };

function planOf(statements: string): ExecutionPlan {
  const parsed = parseOpenQasm2(`include "qelib1.inc"; ${statements}`);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  return planExecution(parsed.circuit);
}

function stateOf(plan: ExecutionPlan, precision: Precision = 'double'): SimulatedState {
  return new PlainState(plan.activeQubits, precision);
}

function tallied(sampler: PlanSampler, shots: ShotRange): Tally | Abandoned {
  const tally = new Tally();
  return sampler.sample(shots, tally) ?? tally;
}

function sampleTerminal(plan: ExecutionPlan, state: SimulatedState, shots: ShotRange, control: RunControl): Tally | Abandoned {
  return tallied(new TerminalSampler(plan, state, control), shots);
}

function sampleTrajectories(plan: ExecutionPlan, state: SimulatedState, shots: ShotRange, control: RunControl, copiesBytesMax?: bigint): Tally | Abandoned {
  return tallied(new TrajectorySampler(plan, state, control, copiesBytesMax), shots);
}

function counted(tally: Tally | Abandoned): Record<string, number> {
  assert.ok(tally instanceof Tally);
  return tally.toRecord();
}

/** Product of independent qubits: ry(theta_j) gives 1 with probability sin²(theta_j/2). */
function productDistribution(angles: readonly number[]): Record<string, number> {
  const distribution: Record<string, number> = {};
  for (let index = 0; index < 2 ** angles.length; index++) {
    const bits = index.toString(2).padStart(angles.length, '0');
    distribution[bits] = angles.reduce((p, angle, j) => p * ((index >> j) & 1 ? Math.sin(angle / 2) ** 2 : Math.cos(angle / 2) ** 2), 1);
  }
  return distribution;
}

const ANGLES = [0.9, 1.7, 2.4, 1.2, 0.6, Math.PI / 2];
const PREPARE = `qreg q[6]; creg c[6]; ${ANGLES.map((angle, j) => `ry(${angle}) q[${j}];`).join('')}`;
const SHOTS = { first: 0, count: 100_000, seed: 424242 };

describe('sampling terminal measurements', () => {
  for (const precision of ['double', 'single'] as const) {
    it(`follows the Born rule over 64 outcomes in ${precision} precision`, () => {
      assertFollows(counted(sampleTerminal(planOf(`${PREPARE} measure q->c;`), stateOf(planOf(`${PREPARE} measure q->c;`), precision), SHOTS, UNWATCHED)), productDistribution(ANGLES), SHOTS.count);
    });
  }

  it('follows it across many blocks of amplitudes', () => {
    const idle = 8;
    const plan = planOf(`qreg w[${idle}]; h w; ${PREPARE} measure q->c;`);
    assertFollows(counted(sampleTerminal(plan, stateOf(plan), SHOTS, UNWATCHED)), productDistribution(ANGLES), SHOTS.count);
  });

  it('never gives an outcome of weight 0, also next to blocks without weight', () => {
    const plan = planOf('qreg q[14]; creg c[14]; h q[13]; cx q[13],q[12]; x q[0]; measure q->c;');
    const counts = counted(sampleTerminal(plan, stateOf(plan), SHOTS, UNWATCHED));
    assert.deepEqual(Object.keys(counts).sort(), ['00000000000001', '11000000000001']);
  });

  it('gives the same for shots in several batches as for the same shots apart', () => {
    const plan = planOf('qreg q[1]; creg c[1]; ry(1) q[0]; measure q->c;');
    const whole = counted(sampleTerminal(plan, stateOf(plan), { first: 0, count: 2 ** 20 + 1000, seed: 1 }, UNWATCHED));
    const tail = counted(sampleTerminal(plan, stateOf(plan), { first: 2 ** 20, count: 1000, seed: 1 }, UNWATCHED));
    const head = counted(sampleTerminal(plan, stateOf(plan), { first: 0, count: 2 ** 20, seed: 1 }, UNWATCHED));
    for (const bits of ['0', '1']) assert.equal(whole[bits], head[bits]! + tail[bits]!);
  });
});

describe('sampling trajectories', () => {
  /** Every qubit is measured while others still evolve, and the bits are asked; the outcome is known in closed form. */
  const staged = `${PREPARE} ${ANGLES.map((_, j) => `measure q[${j}]->c[${j}]; h q[${j}]; reset q[${j}];`).join('')}`;

  it('follows the Born rule when each qubit is measured and reset on the way', () => {
    assertFollows(counted(sampleTrajectories(planOf(staged), stateOf(planOf(staged)), SHOTS, UNWATCHED)), productDistribution(ANGLES), SHOTS.count);
  });

  it('gives the same counts with and without memory for copies at branchings', () => {
    const shots = { first: 5, count: 2000, seed: 99 };
    const counts = [0n, 1n, 2000n, 2n ** 20n].map((bytes) => counted(sampleTrajectories(planOf(staged), stateOf(planOf(staged)), shots, UNWATCHED, bytes)));
    for (const other of counts) assert.deepEqual(other, counts[0]);
  });

  it('evolves once for each history, not once for each shot', () => {
    let asked = 0;
    const plan = planOf('qreg q[1]; creg c[1]; h q[0]; measure q[0]->c[0]; if(c==1) x q[0]; measure q[0]->c[0];');
    sampleTrajectories(plan, stateOf(plan), { first: 0, count: 100_000, seed: 3 }, { ...UNWATCHED, shouldStop: () => { asked++; return false; } });
    assert.ok(asked < 10);
  });

  it('gives the same for shots in several batches as for the same shots apart', () => {
    const plan = planOf('qreg q[1]; creg c[2]; ry(1) q[0]; measure q[0]->c[0]; ry(2) q[0]; measure q[0]->c[1];');
    const whole = counted(sampleTrajectories(plan, stateOf(plan), { first: 0, count: 2 ** 20 + 1000, seed: 1 }, UNWATCHED));
    const tail = counted(sampleTrajectories(plan, stateOf(plan), { first: 2 ** 20, count: 1000, seed: 1 }, UNWATCHED));
    const head = counted(sampleTrajectories(plan, stateOf(plan), { first: 0, count: 2 ** 20, seed: 1 }, UNWATCHED));
    for (const bits of Object.keys(whole)) assert.equal(whole[bits], head[bits]! + (tail[bits] ?? 0));
  });
});

describe('the plan', () => {
  const terminal = (statements: string) => planOf(`qreg q[3]; creg c[3]; ${statements}`).isTerminal;

  it('calls a circuit terminal when nothing follows the measurements', () => {
    assert.ok(terminal('h q; measure q->c;'));
    assert.ok(terminal('h q[0]; measure q[0]->c[0]; h q[1]; measure q[1]->c[1];'));
    assert.ok(terminal('h q; measure q[0]->c[0]; measure q[0]->c[1]; barrier q; id q[0];'));
  });

  it('drops resets of untouched qubits and conditions that are known, so they do not cost trajectories', () => {
    assert.ok(terminal('reset q; h q; measure q->c;'));
    assert.ok(terminal('if(c==0) h q; if(c==5) x q; measure q->c;'));
    assert.equal(planOf('qreg q[2]; creg c[2]; reset q; if(c==1) x q; measure q->c;').steps.length, 0);
  });

  it('does not call it terminal otherwise', () => {
    assert.ok(!terminal('h q[0]; measure q[0]->c[0]; h q[0];'));
    assert.ok(!terminal('h q[0]; measure q[0]->c[0]; if(c==1) h q[1];'));
    assert.ok(!terminal('h q[0]; reset q[0]; measure q[0]->c[0];'));
  });

  it('keeps a measurement of an untouched qubit where it overwrites a bit', () => {
    const plan = planOf('qreg q[2]; creg c[1]; x q[0]; measure q[0]->c[0]; measure q[1]->c[0];');
    assert.deepEqual(plan.steps.at(-1), { kind: 'measure', qubit: null, bit: 0, readout: null, condition: null });
  });
});

describe('counts', () => {
  it('add up and come in lexicographic order', () => {
    const tally = new Tally();
    for (const bits of ['011', '000', '011', '001']) tally.add(bits, 2);
    assert.equal(JSON.stringify(tally.toRecord()), '{"000":2,"001":2,"011":4}');
  });

  it('are given up beyond a size, and not before it', () => {
    const exactly = new Tally(2 * (3 + 14));
    for (const bits of ['000', '001', '000', '001']) exactly.add(bits, 1);
    assert.ok(!exactly.isTooLarge);
    exactly.add('010', 1);
    assert.ok(exactly.isTooLarge);
  });

  it('write bit 0 last', () => {
    assert.equal(bitString(Uint8Array.of(1, 0, 0)), '001');
    assert.equal(bitString(new Uint8Array(0)), '');
  });
});
