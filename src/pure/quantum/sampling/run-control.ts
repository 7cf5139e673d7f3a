/** How a run is watched and stopped: both are asked between sweeps over the state. Inside one, a team of threads asks by itself. */
export interface RunControl {
  /** True: give up as soon as possible. */
  readonly shouldStop: () => boolean;
  /** Called with 0 to 1, never falling. */
  readonly onProgress: (fraction: number) => void;
}

/** Why a run ended without counts. `loop-limit`: a loop that measurements should have ended went on. */
export type Abandoned = 'stopped' | 'counts-too-large' | 'loop-limit';

/** The shots of one run: numbers `first` to `first + count - 1` of the stream that `seed` names. */
export interface ShotRange {
  readonly first: number;
  readonly count: number;
  readonly seed: number;
  /** Instead of those: `count` numbers in ascending order, of shots that have come to one state. */
  readonly numbers?: readonly number[];
}

/** The number of the i-th shot. */
export function shotNumber({ first, numbers }: ShotRange, i: number): number {
  return numbers === undefined ? first + i : (numbers[i] as number);
}
