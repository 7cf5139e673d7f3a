import { uniform } from '../random/philox.js';
import type { OutcomeCounter } from '../sampling/counts.js';
import { bitString } from '../sampling/counts.js';
import type { ShotRange } from '../sampling/run-control.js';

/** Where a seed's stream has the seeds of components: a shot that no run reaches. */
const SEEDS_SHOT = 2 ** 53 - 1;

/**
 * The seed of a component: streams of their own, or what is measured in one component would be the same number as in
 * another. The first has the run's own, so that a circuit in one piece is drawn as if nobody had looked for pieces.
 */
export function componentSeed(seed: number, component: number): number {
  return component === 0 ? seed : uniform(seed, SEEDS_SHOT, component) * 2 ** 53;
}

/** Outcomes of the only component, whose bits have these numbers in the whole: the others are 0. */
export function widened(counter: OutcomeCounter, bits: readonly number[], classicalBits: number): OutcomeCounter {
  if (bits.length === classicalBits) return counter;
  return {
    wantsShots: counter.wantsShots,
    get isTooLarge() {
      return counter.isTooLarge;
    },
    add: (outcome, count, numbers) => {
      const whole = new Uint8Array(classicalBits);
      bits.forEach((bit, i) => (whole[bit] = Number(outcome[outcome.length - 1 - i])));
      counter.add(bitString(whole), count, numbers);
    },
  };
}

/** Outcomes of components, put together by the numbers of the shots: a row of bits for each. */
export class JoinedShots {
  private readonly rowBytes: number;
  private readonly rows: Uint8Array;

  constructor(private readonly shots: ShotRange, private readonly classicalBits: number) {
    this.rowBytes = Math.ceil(classicalBits / 8);
    this.rows = new Uint8Array(shots.count * this.rowBytes);
  }

  /** Takes the outcomes of a component whose bits have these numbers in the whole. */
  counterFor(bits: readonly number[]): OutcomeCounter {
    const { rows, rowBytes, shots } = this;
    return {
      wantsShots: true,
      isTooLarge: false,
      add: (outcome, _count, numbers) => {
        const ones = bits.filter((_, i) => outcome[outcome.length - 1 - i] === '1');
        for (let i = 0; i < (numbers?.length ?? 0); i++) {
          const row = ((numbers?.[i] as number) - shots.first) * rowBytes;
          for (const bit of ones) (rows[row + (bit >> 3)] as number) |= 1 << (bit & 7);
        }
      },
    };
  }

  /** Tells every shot's outcome in their order; false if the counter had enough. */
  tell(counter: OutcomeCounter): boolean {
    const { rows, rowBytes, shots, classicalBits } = this;
    const bits = new Uint8Array(classicalBits);
    for (let shot = 0, row = 0; shot < shots.count; shot++, row += rowBytes) {
      for (let bit = 0; bit < classicalBits; bit++) bits[bit] = ((rows[row + (bit >> 3)] as number) >> (bit & 7)) & 1;
      counter.add(bitString(bits), 1, [shots.first + shot]);
      if (counter.isTooLarge) return false;
    }
    return true;
  }
}
