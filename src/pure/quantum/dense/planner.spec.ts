import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomCircuit, seeded } from '../../../../test/property/random-circuits.js';
import { lowerNamed } from '../lowering/lower-gate.js';
import { geometryFor } from './geometry.js';
import { Lowering } from './lowering.js';
import type { LoweredCircuit } from './lowered-circuit.js';
import { planCircuit } from './planner.js';

const WIRES = 12;
/** Small blocks: several passes, and candidates to choose between. */
const GEOMETRY = geometryFor('single', { row: 1, table: 2, block: 4 });

function lowered(seed: number, gates: number): LoweredCircuit {
  const lowering = new Lowering(WIRES);
  for (const { name, parameters, qubits } of randomCircuit(seeded(seed), WIRES, gates)) lowerNamed(lowering, name, parameters, qubits);
  return lowering.take();
}

describe('the planner', () => {
  it('makes the same plan of the same circuit, whatever it planned before (seeds 500 to 505)', () => {
    const circuits = Array.from({ length: 6 }, (_, k) => lowered(500 + k, 40 * (k + 1)));
    const plans = circuits.map((circuit) => planCircuit(circuit, GEOMETRY));
    const copies = plans.map(({ image }) => image.slice());
    const again = circuits.toReversed().map((circuit) => planCircuit(circuit, GEOMETRY)).reverse();
    again.forEach((plan, k) => assert.deepEqual(plan, plans[k]));
    plans.forEach(({ image }, k) => assert.deepEqual(image, copies[k], 'a plan is not written to when another is made'));
  });

  it('does every rotation of a circuit once', () => {
    const circuit = lowered(510, 200);
    const rotations = circuit.kind.filter((kind) => kind === 0).length;
    const { passes } = planCircuit(circuit, GEOMETRY);
    assert.ok(passes.length > 1);
    assert.equal(passes.reduce((sum, pass) => sum + pass.rotations, 0), rotations);
  });
});
