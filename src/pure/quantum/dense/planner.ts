import { PhaseEncoder } from './encode-phases.js';
import { encodeRotations } from './encode-rotations.js';
import type { Geometry } from './geometry.js';
import { bytesOf, chunkOffset, realBytes } from './geometry.js';
import { ImageWriter } from './image-writer.js';
import { blockCandidates, firstPositions } from './block-candidates.js';
import type { LoweredCircuit } from './lowered-circuit.js';
import { FLUSH, NOTES_BYTES, PASS } from './operation-records.js';
import type { BlockSpace, PassSchedule } from './pass-scheduler.js';
import { PassScheduler } from './pass-scheduler.js';
import { Span, unitSpan } from './span.js';

/** One walk over the live part of the state, block by block. */
export interface DensePass {
  /** Of its record in the image. */
  readonly address: number;
  readonly blocks: number;
  /** Amplitudes of a block, as a power of two. */
  readonly blockBits: number;
  readonly rotations: number;
  readonly records: number;
}

/** All that a run needs: a pure function of the circuit and the geometry. */
export interface DensePlan {
  readonly geometry: Geometry;
  /** Wires after padding to one table: the state has 2^wires amplitudes. */
  readonly wires: number;
  /** Where the image lies: behind the state, which begins at address 0. */
  readonly imageBase: number;
  readonly image: Uint8Array;
  readonly passes: readonly DensePass[];
  /** After the run. */
  readonly frame: Frame;
}

/** How stored amplitudes are to be read, when a run begins or has ended. */
export interface Frame {
  /** Wire w has at index y the value parity(y & rows[w]); columns are the inverse. */
  readonly columns: Int32Array;
  readonly rows: Int32Array;
  /** The subspace of indices outside which every amplitude is zero, and was never written. */
  readonly live: Span;
  /** What the stored amplitudes are still to be multiplied by: the number `scale` and exp(i·phase). */
  readonly scale: number;
  readonly phase: number;
}

/** The state has at least one table of amplitudes. */
export function paddedWires(wires: number, { tableBits }: Geometry): number {
  return Math.max(wires, tableBits);
}

/** |0…0⟩: index 0, whatever the frame. Its wires are placed with a view to the circuit. */
export function firstFrame(circuit: LoweredCircuit, geometry: Geometry): Frame {
  const positions = firstPositions(circuit, paddedWires(circuit.wires, geometry), geometry);
  const columns = Int32Array.from({ length: circuit.wires }, (_, wire) => 1 << (positions[wire] as number));
  return { columns, rows: columns.slice(), live: unitSpan(geometry.rowBits), scale: 1, phase: 0 };
}

/** Scales by 2^-40 and less are folded in by a sweep of their own: the range of single precision ends at 2^-126. */
const SCALE_MIN = 2 ** -40;

class Planner {
  private readonly image: ImageWriter;
  private readonly phases: PhaseEncoder;
  private readonly scheduler: PassScheduler;
  private readonly passes: DensePass[] = [];
  private readonly wires: number;
  private readonly live: Span;
  private scale: number;
  private phase: number;

  constructor(circuit: LoweredCircuit, private readonly geometry: Geometry, start: Frame) {
    this.wires = paddedWires(circuit.wires, geometry);
    this.image = new ImageWriter(geometry, bytesOf(this.wires, geometry));
    this.image.reserve(NOTES_BYTES);
    const signs = this.image.realIndex(this.image.base);
    const apart = 8 / realBytes(geometry);
    [this.image.reals[signs], this.image.reals[signs + apart], this.image.reals[signs + 2 * apart]] = [1, -1, FLUSH[realBytes(geometry)]];
    this.phases = new PhaseEncoder(this.image, geometry);
    this.scheduler = new PassScheduler(circuit, start);
    this.live = start.live.copy();
    ({ scale: this.scale, phase: this.phase } = start);
  }

  plan(): DensePlan {
    while (this.scheduler.remaining.length > 0) this.pass();
    const { columns, rows } = this.scheduler;
    const { geometry, wires, passes, live, scale, phase, image } = this;
    return { geometry, wires, imageBase: image.base, image: image.finish(), passes, frame: { columns, rows, live, scale, phase } };
  }

  private pass(): void {
    let space = this.spaceOf(this.bestInner());
    const before = this.scheduler.snapshot();
    let schedule = this.scheduler.schedule(space);
    const narrow = this.narrowed(space, schedule);
    if (narrow !== null) {
      this.scheduler.restore(before);
      space = narrow;
      schedule = this.scheduler.schedule(space);
    }
    this.encode(space, schedule);
    for (const vector of space.inner.vectors) this.live.add(vector);
  }

  private bestInner(): Span {
    const bits = Math.min(this.geometry.blockBits, this.wires);
    const candidates = blockCandidates(this.scheduler, unitSpan(this.geometry.rowBits), bits, this.wires);
    let best = candidates[0] as Span;
    if (candidates.length === 1) return best;
    const all = this.scheduler.rotations();
    let most = -1;
    for (const candidate of candidates) {
      const done = this.scheduler.trial(candidate, all, most);
      if (done > most) [best, most] = [candidate, done];
      if (most === all) break;
    }
    return best;
  }

  private spaceOf(inner: Span): BlockSpace {
    const outer = new Span();
    for (const vector of this.live.vectors) outer.add(inner.residual(vector));
    return { inner, outer: outer.vectors };
  }

  /** A smaller block, if the rotations that were found need less and the live subspace stays smaller that way. */
  private narrowed({ inner, outer }: BlockSpace, { rotations }: PassSchedule): BlockSpace | null {
    if (this.live.dimension === this.wires) return null;
    const used = unitSpan(this.geometry.rowBits);
    for (const { move } of rotations) {
      let vector = 0;
      for (let i = 0; i < inner.dimension; i++) if (((move >> i) & 1) === 1) vector ^= inner.vectors[i] as number;
      used.add(vector);
    }
    for (const vector of this.live.vectors) if (used.dimension < this.geometry.tableBits) used.add(vector);
    for (let bit = 0; used.dimension < this.geometry.tableBits; bit++) used.add(1 << bit);
    const narrow = this.spaceOf(used);
    const after = (space: BlockSpace) => space.inner.dimension + space.outer.length;
    return after(narrow) < after({ inner, outer }) ? narrow : null;
  }

  private encode(space: BlockSpace, schedule: PassSchedule): void {
    const { inner, outer } = space;
    const records = this.encodeLevels(inner.dimension, schedule);
    records.forEach((address, i) => this.image.setWord(address, 1, records[i + 1] ?? 0));
    this.passes.push({
      address: this.encodePass(space, records[0] ?? 0),
      blocks: 2 ** outer.length,
      blockBits: inner.dimension,
      rotations: schedule.rotations.length,
      records: records.length,
    });
  }

  private encodeLevels(bits: number, { rotations, phases }: PassSchedule): readonly number[] {
    const { image, geometry } = this;
    const records: number[] = [];
    const rotationsAt = Map.groupBy(rotations, ({ level }) => level);
    const phasesAt = Map.groupBy(phases, ({ level }) => level);
    const last = Math.max(0, ...rotationsAt.keys(), ...phasesAt.keys());
    for (let level = 0; level <= last; level++) {
      const phasesHere = phasesAt.get(level) ?? [];
      if (phasesHere.length > 0 || this.scale < SCALE_MIN) {
        const encoded = this.phases.encode(bits, phasesHere, this.scale);
        records.push(...encoded.records);
        this.phase += encoded.constant;
        this.scale = 1;
      }
      const rotationsHere = rotationsAt.get(level) ?? [];
      if (rotationsHere.length === 0) continue;
      records.push(...encodeRotations(image, geometry, bits, rotationsHere));
      for (const { angle } of rotationsHere) this.scale *= Math.cos(angle);
    }
    return records;
  }

  private encodePass({ inner, outer }: BlockSpace, firstRecord: number): number {
    const { image, geometry, live } = this;
    const rowVectors = inner.vectors.slice(geometry.rowBits);
    const rows = 2 ** rowVectors.length;
    const offsets = new Int32Array(rows);
    const syndromes = new Int32Array(rows);
    const rowSyndromes = rowVectors.map((vector) => live.residual(vector));
    for (let row = 1; row < rows; row++) {
      const top = 31 - Math.clz32(row);
      const rest = row ^ (1 << top);
      offsets[row] = (offsets[rest] as number) ^ chunkOffset(rowVectors[top] as number, geometry);
      syndromes[row] = (syndromes[rest] as number) ^ (rowSyndromes[top] as number);
    }
    const words = new Int32Array(PASS.count);
    words[PASS.firstRecord] = firstRecord;
    words[PASS.rows] = rows;
    words[PASS.rowBytes] = bytesOf(geometry.rowBits, geometry);
    words[PASS.rowOffsets] = image.record(offsets);
    words[PASS.syndromes] = image.record(syndromes);
    words[PASS.blockBits] = outer.length;
    words[PASS.blockVectors] = image.record(outer.flatMap((vector) => [chunkOffset(vector, geometry) | 0, live.residual(vector)]));
    return image.record(words);
  }
}

/** A plan for a circuit from |0…0⟩, or from what an earlier run has left. */
export function planCircuit(circuit: LoweredCircuit, geometry: Geometry, start: Frame | null = null): DensePlan {
  return new Planner(circuit, geometry, start ?? firstFrame(circuit, geometry)).plan();
}
