import type { StateEntries } from '../statevector/state-entries.js';
import type { Geometry } from './geometry.js';
import { LiveView } from './live-view.js';
import type { LoweredCircuit } from './lowered-circuit.js';
import type { Frame } from './planner.js';
import { firstFrame, paddedWires } from './planner.js';

/** Qubit q begins on wire q. */
function storedIndex(index: number, columns: Int32Array): number {
  let stored = 0;
  for (let rest = index; rest !== 0; rest &= rest - 1) stored ^= columns[31 - Math.clz32(rest & -rest)] as number;
  return stored;
}

/** Wires placed with a view to the circuit, as for one that begins at |0…0⟩; live is what the entries span. */
export function frameForEntries(circuit: LoweredCircuit, geometry: Geometry, { indices }: StateEntries): Frame {
  const frame = firstFrame(circuit, geometry);
  const dimensionMax = paddedWires(circuit.wires, geometry);
  for (const index of indices) {
    if (frame.live.dimension === dimensionMax) break;
    frame.live.add(storedIndex(index, frame.columns));
  }
  return frame;
}

/** The live subspace, zeros between the entries. */
export function writeEntries(memory: SharedArrayBuffer, geometry: Geometry, frame: Frame, { indices, re, im }: StateEntries): void {
  const view = new LiveView(memory, geometry, frame);
  for (let row = 0; row < view.rows; row++) {
    const start = view.at(view.rowIndex(row));
    view.reals.fill(0, start, start + 2 * view.rowLength);
  }
  indices.forEach((index, k) => {
    const at = view.at(storedIndex(index, frame.columns));
    view.reals[at] = re[k] as number;
    view.reals[at + view.imaginaryStep] = im[k] as number;
  });
}
