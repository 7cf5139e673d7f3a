/** How a run is watched and stopped: both are asked between sweeps over the state, never inside one. */
export interface RunControl {
  /** True: give up as soon as possible. */
  readonly shouldStop: () => boolean;
  /** Called with 0 to 1, never falling. */
  readonly onProgress: (fraction: number) => void;
}

/** The shots of one run: numbers `first` to `first + count - 1` of the stream that `seed` names. */
export interface ShotRange {
  readonly first: number;
  readonly count: number;
  readonly seed: number;
}
