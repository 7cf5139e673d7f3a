import type { Geometry } from './geometry.js';
import type { LoweredCircuit } from './lowered-circuit.js';
import { CX, PHASE, ROTATION } from './lowered-circuit.js';
import type { PassScheduler } from './pass-scheduler.js';
import type { Span } from './span.js';

/**
 * Where each wire begins: its bit of the index. The lowest bits are part of every block, so they go to wires that the
 * first and the last window of neighbours have in common; of these, the lanes to those that are rotated least, since
 * rotations inside a chunk cost most.
 */
export function firstPositions(circuit: LoweredCircuit, wires: number, { laneBits, rowBits, blockBits }: Geometry): Int32Array {
  const rotated = new Int32Array(wires);
  for (let k = 0; k < circuit.count; k++) if (circuit.kind[k] === ROTATION) (rotated[circuit.first[k] as number] as number)++;
  const all = Array.from({ length: wires }, (_, wire) => wire);
  const start = Math.max(0, wires - blockBits);
  const low = (start === 0 ? [...all].sort((a, b) => (rotated[a] as number) - (rotated[b] as number) || a - b).slice(0, laneBits) : all.slice(start, start + rowBits))
    .sort((a, b) => (rotated[a] as number) - (rotated[b] as number) || a - b);
  const order = [...low, ...all.filter((wire) => !low.includes(wire))];
  const positions = new Int32Array(wires);
  order.forEach((wire, bit) => (positions[wire] = bit));
  return positions;
}

/** Wires in the order in which they are met from `start` over phases and CX of two wires. */
function breadthFirst(neighbours: Int32Array, start: number): readonly number[] {
  const order = [start];
  let seen = 1 << start;
  for (const wire of order) {
    for (let next = (neighbours[wire] as number) & ~seen; next !== 0; next &= next - 1) order.push(31 - Math.clz32(next & -next));
    seen |= neighbours[wire] as number;
  }
  return order;
}

function neighboursOf({ circuit, remaining }: PassScheduler): Int32Array {
  const neighbours = new Int32Array(circuit.wires);
  for (const k of remaining) {
    if (circuit.kind[k] === ROTATION) continue;
    const mask = circuit.kind[k] === CX ? (1 << (circuit.first[k] as number)) | (1 << (circuit.second[k] as number)) : (circuit.first[k] as number);
    for (let rest = mask; rest !== 0; rest &= rest - 1) {
      const wire = 31 - Math.clz32(rest & -rest);
      (neighbours[wire] as number) |= mask & ~(1 << wire);
    }
  }
  return neighbours;
}

/** Columns of the rotations in order of time, as CX will have made them: a block of these does at least the first one. */
function columnsInTime({ circuit, remaining, columns }: PassScheduler): readonly number[] {
  const moving = columns.slice();
  const result: number[] = [];
  for (const k of remaining) {
    if (circuit.kind[k] === PHASE) continue;
    const a = circuit.first[k] as number;
    if (circuit.kind[k] === ROTATION) result.push(moving[a] as number);
    else (moving[a] as number) ^= moving[circuit.second[k] as number] as number;
  }
  return result;
}

/** Blocks worth a trial: the next rotations, windows of neighbouring wires, and neighbourhoods in the circuit. */
export function blockCandidates(scheduler: PassScheduler, always: Span, bits: number, wires: number): readonly Span[] {
  const filled = (vectors: Iterable<number>): Span => {
    const span = always.copy();
    for (const vector of vectors) if (span.dimension < bits) span.add(vector);
    for (let bit = 0; span.dimension < bits; bit++) span.add(1 << bit);
    return span;
  };
  if (bits === wires) return [filled([])];
  const { columns, circuit } = scheduler;
  const candidates = [filled(columnsInTime(scheduler))];
  const seen = new Map<number, Span>();
  const neighbours = neighboursOf(scheduler);
  const windows = columns.length;
  const orders = [
    ...Array.from({ length: windows }, (_, start) => Array.from({ length: windows }, (__, i) => (start + i) % windows)),
    ...Array.from({ length: circuit.wires }, (_, start) => breadthFirst(neighbours, start)),
  ];
  for (const order of orders) {
    const candidate = filled(order.map((wire) => columns[wire] as number));
    const hash = hashOf(candidate);
    if (seen.get(hash)?.equals(candidate) !== true) candidates.push(candidate);
    seen.set(hash, candidate);
  }
  return candidates;
}

/** Of the subspace, in whatever order its vectors were found: they are the same ones then. */
function hashOf({ vectors }: Span): number {
  let sum = 0;
  for (const vector of vectors) sum = (sum + Math.imul(vector ^ (vector >>> 15), 0x9e3779b1)) | 0;
  return sum;
}
