import { createHash } from 'node:crypto';
import type { Geometry } from './geometry.js';
import type { LoweredCircuit } from './lowered-circuit.js';
import type { DensePlan } from './planner.js';
import { planCircuit } from './planner.js';

/** A plan is 0.2 to 2 MiB: circuits that come again, as sweeps over seeds and shots do, find theirs here. */
const BYTES_MAX = 32 * 2 ** 20;

/** Plans from |0…0⟩ by circuit, the least recently used ones dropped first. */
class PlanCache {
  private readonly plans = new Map<string, DensePlan>();
  private bytes = 0;

  constructor(private readonly geometry: Geometry) {}

  plan(circuit: LoweredCircuit): DensePlan {
    const key = this.keyOf(circuit);
    const plan = this.plans.get(key) ?? planCircuit(circuit, this.geometry);
    if (!this.plans.delete(key)) this.bytes += plan.image.byteLength;
    this.plans.set(key, plan);
    for (const [oldest, { image }] of this.plans) {
      if (this.bytes <= BYTES_MAX) break;
      this.plans.delete(oldest);
      this.bytes -= image.byteLength;
    }
    return plan;
  }

  private keyOf({ wires, kind, first, second, value }: LoweredCircuit): string {
    const hash = createHash('sha256').update(`${wires}`);
    for (const array of [kind, first, second, value]) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    return hash.digest('base64');
  }
}

const caches = new WeakMap<Geometry, PlanCache>();

/** The plan of a circuit from |0…0⟩: a pure function, remembered. */
export function plannedFromZero(circuit: LoweredCircuit, geometry: Geometry): DensePlan {
  const cache = caches.get(geometry) ?? new PlanCache(geometry);
  caches.set(geometry, cache);
  return cache.plan(circuit);
}
