import type { Precision } from '../../statevector/state-vector.js';
import { GEOMETRIES, geometryFor } from '../geometry.js';
import { lowerNamed } from '../../lowering/lower-gate.js';
import { Lowering } from '../lowering.js';
import { layoutFor } from '../memory-layout.js';
import { PlainKernels } from '../plain-kernels.js';
import { planCircuit } from '../planner.js';
import { entryPoints } from '../thread-team.js';
import { denseModule } from './dense-module.js';
import { rounding } from './rounding-probe.js';
import type { Compiler } from './web-assembly.js';
import { sharedMemory } from './web-assembly.js';

/** Which kernels run a circuit. Results are promised per variant: they round differently. */
export type KernelVariant = 'wasm-fused' | 'wasm-unfused';

const standardCompiler: Compiler = (bytes) => new WebAssembly.Module(bytes);
const SELF_TEST_WIRES = 9;
const DIFFERENCE_MAX: Readonly<Record<Precision, number>> = { single: 1e-5, double: 1e-13 };

/** Rotations inside chunks and across, turned by CX, phases of every form, in several passes over small blocks. */
function selfTestCircuit(): Lowering {
  const lowering = new Lowering(SELF_TEST_WIRES);
  for (let layer = 0; layer < 4; layer++) {
    for (let qubit = 0; qubit < SELF_TEST_WIRES; qubit++) {
      lowerNamed(lowering, 'u', [0.3 + 0.17 * qubit + layer, 1.1 * qubit, 0.7 * layer], [qubit]);
      const other = (qubit + 1 + layer) % SELF_TEST_WIRES;
      lowerNamed(lowering, (qubit + layer) % 3 === 0 ? 'cx' : 'cp', (qubit + layer) % 3 === 0 ? [] : [0.9 + 0.1 * qubit], [qubit, other]);
    }
  }
  return lowering;
}

/** Whether compiled kernels do what the plain ones do: an experimental compiler is believed when it has shown it. */
function passesSelfTest(module: WebAssembly.Module, precision: Precision): boolean {
  const geometry = geometryFor(precision, { row: 1, table: 2, block: 4 });
  const plan = planCircuit(selfTestCircuit().take(), geometry);
  const { workspaces: [workspace], bytes } = layoutFor(plan, 1);
  if (workspace === undefined) return false;
  const [emitted, plain] = [0, 1].map(() => {
    const memory = sharedMemory(bytes);
    new Uint8Array(memory.buffer).set(plan.image, plan.imageBase);
    const reals = precision === 'single' ? new Float32Array(memory.buffer, 0, plan.imageBase / 4) : new Float64Array(memory.buffer, 0, plan.imageBase / 8);
    reals[0] = 1;
    return { memory, reals };
  }) as [{ memory: WebAssembly.Memory; reals: Float32Array }, { memory: WebAssembly.Memory; reals: Float32Array }];
  const { runBlocks } = entryPoints(module, emitted.memory);
  const oracle = new PlainKernels(plain.memory.buffer, geometry);
  for (const { address, blocks } of plan.passes) {
    runBlocks(address, 0, blocks, 0, workspace.block, workspace.scalars);
    oracle.runBlocks(address, 0, blocks, 0, workspace);
  }
  return emitted.reals.every((value, k) => Math.abs(value - (plain.reals[k] as number)) <= DIFFERENCE_MAX[precision]);
}

/** Found out once in a thread: the machine does not change under it. */
const compiled = new Map<Precision, WebAssembly.Module | null>();

function compileFirst(precision: Precision, compilers: readonly Compiler[]): WebAssembly.Module | null {
  for (const compile of [...compilers, standardCompiler]) {
    try {
      const module = compile(denseModule(GEOMETRIES[precision], rounding()));
      if (passesSelfTest(module, precision)) return module;
    } catch {
      // No relaxed SIMD, or no shared memory: the next compiler, or none at all.
    }
  }
  return null;
}

/** The kernels of the first compiler whose code passes a self-test; null: of none, and plain loops do everything. */
export function compiledKernels(precision: Precision, compilers: readonly Compiler[] = []): WebAssembly.Module | null {
  const known = compiled.get(precision);
  if (known !== undefined) return known;
  const module = compileFirst(precision, compilers);
  compiled.set(precision, module);
  return module;
}

export function kernelVariant(): KernelVariant {
  return `wasm-${rounding()}`;
}
