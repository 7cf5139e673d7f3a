import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomCircuit, seeded } from '../../../../../test/property/random-circuits.js';
import { geometryFor } from '../geometry.js';
import { layoutFor } from '../memory-layout.js';
import { lowerNamed } from '../../lowering/lower-gate.js';
import { Lowering } from '../lowering.js';
import { KERNEL } from '../operation-records.js';
import { PlainKernels } from '../plain-kernels.js';
import type { DensePlan } from '../planner.js';
import { planCircuit } from '../planner.js';
import { entryPoints } from '../thread-team.js';
import { denseModule } from './dense-module.js';
import { signed, unsigned } from './instructions.js';
import { rounding } from './rounding-probe.js';
import { sharedMemory } from './web-assembly.js';

const SEED = 414;
const WIRES = 10;

function randomPlan(seed: number, precision: 'single' | 'double'): DensePlan {
  const lowering = new Lowering(WIRES);
  for (const { name, parameters, qubits } of randomCircuit(seeded(seed), WIRES, 90)) lowerNamed(lowering, name, parameters, qubits);
  return planCircuit(lowering.take(), geometryFor(precision, { row: 1, table: 2, block: 4 }));
}

/** Numbers of the kernels that the records of a plan name. */
function kernelsIn({ image, imageBase, passes }: DensePlan): Set<number> {
  const words = new Int32Array(image.slice().buffer);
  const word = (address: number, index: number) => words[(address - imageBase) / 4 + index]!;
  const met = new Set<number>();
  for (const { address } of passes) for (let record = word(address, 0); record !== 0; record = word(record, 1)) met.add(word(record, 0));
  return met;
}

function loaded(plan: DensePlan): WebAssembly.Memory {
  const memory = sharedMemory(layoutFor(plan, 1).bytes);
  new Uint8Array(memory.buffer).set(plan.image, plan.imageBase);
  (plan.geometry.precision === 'single' ? new Float32Array(memory.buffer) : new Float64Array(memory.buffer))[0] = 1;
  return memory;
}

describe('the emitted kernels', () => {
  for (const precision of ['single', 'double'] as const) {
    for (const form of ['fused', 'unfused'] as const) {
      it(`leave what their plain twins leave, pass by pass (${precision}, ${form}, seeds from ${SEED})`, () => {
        const met = new Set<number>();
        const module = new WebAssembly.Module(denseModule(geometryFor(precision), form));
        for (let seed = SEED; seed < SEED + 8; seed++) {
          const plan = randomPlan(seed, precision);
          for (const kernel of kernelsIn(plan)) met.add(kernel);
          const { workspaces: [workspace] } = layoutFor(plan, 1);
          const [emitted, plain] = [loaded(plan), loaded(plan)];
          const oracle = new PlainKernels(plain.buffer, plan.geometry);
          const reals = [emitted, plain].map(({ buffer }) => (precision === 'single' ? new Float32Array(buffer, 0, plan.imageBase / 4) : new Float64Array(buffer, 0, plan.imageBase / 8)));
          const { runBlocks } = entryPoints(module, emitted);
          for (const { address, blocks } of plan.passes) {
            runBlocks(address, 0, blocks, 0, workspace!.block, workspace!.scalars);
            oracle.runBlocks(address, 0, blocks, 0, workspace!);
            const bound = precision === 'single' ? 1e-5 : 1e-13;
            let worst = 0;
            reals[0]!.forEach((value, k) => (worst = Math.max(worst, Math.abs(value - reals[1]![k]!))));
            assert.ok(worst <= bound, `seed ${seed}: they differ by ${worst}`);
          }
        }
        const lanes = precision === 'single' ? 7 : 3;
        const all = Object.values(KERNEL).flatMap((kernel) => (kernel === KERNEL.lanes ? Array.from({ length: lanes }, (_, k) => kernel + k) : [kernel]));
        const missing = all.filter((kernel) => !met.has(kernel));
        assert.ok(missing.length <= 3, `too few kernels were met, missing ${missing}`);
      });
    }
  }

  it('are emitted in the form that the probe found, which is one of two', () => {
    assert.ok(['fused', 'unfused'].includes(rounding()));
    assert.equal(rounding(), rounding());
  });

  it('are the same bytes every time', () => {
    assert.deepEqual(denseModule(geometryFor('single'), 'fused'), denseModule(geometryFor('single'), 'fused'));
  });
});

describe('numbers in a module', () => {
  // WebAssembly core specification, section 5.2.2; the examples are Wikipedia's and the edges of seven bits.
  it('are LEB128', () => {
    assert.deepEqual(unsigned(624_485), [0xe5, 0x8e, 0x26]);
    assert.deepEqual([unsigned(0), unsigned(127), unsigned(128), unsigned(2 ** 32 - 1)], [[0], [0x7f], [0x80, 1], [0xff, 0xff, 0xff, 0xff, 0x0f]]);
    assert.deepEqual(signed(-123_456), [0xc0, 0xbb, 0x78]);
    assert.deepEqual([signed(63), signed(64), signed(-64), signed(-65), signed(-1)], [[0x3f], [0xc0, 0], [0x40], [0xbf, 0x7f], [0x7f]]);
  });
});
