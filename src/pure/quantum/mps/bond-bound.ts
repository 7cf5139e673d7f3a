import type { CircuitProfile } from '../methods/circuit-profile.js';
import { ChainLayout } from './chain-layout.js';

export interface BondBound {
  /** The widest that any cut can have become. */
  readonly bond: number;
  /** Multiplications of the splits: Σ of rows · columns · the smaller of them. */
  readonly work: number;
}

/**
 * What the bonds of a circuit's state are at most: a gate of two terms across a cut doubles it, any other makes it four
 * times as wide, and no cut is wider than twice either neighbour. Measurements change nothing, gates in branches count
 * as done. Null for a circuit with loops, whose gates are not counted, and beyond `workMax`. Linear in gates and in the
 * distances they span.
 */
export function bondBound({ qubits, steps }: CircuitProfile, bondMax: number, workMax = Infinity): BondBound | null {
  // Cut j is left of site j; nothing is beyond the ends.
  const cuts = new Float64Array(qubits + 1).fill(1);
  const at = (cut: number) => cuts[cut] as number;
  let [bond, work] = [1, 0];
  const layout = new ChainLayout(qubits, {
    oneSite: () => {},
    twoSites: (site, _, rank) => {
      const [left, right] = [2 * at(site), 2 * at(site + 2)];
      work += left * right * Math.min(left, right);
      cuts[site + 1] = Math.min(at(site + 1) * rank, left, right, bondMax);
      bond = Math.max(bond, Math.min(at(site + 1) * rank, left, right));
    },
  });
  for (const step of steps) {
    if (step.kind === 'repeat' || work > workMax) return null;
    if (step.kind === 'gate') layout.apply(step.gate);
  }
  return { bond, work };
}
