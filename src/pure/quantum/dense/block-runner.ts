/** Where one thread works: a block's worth of memory, and behind it room for the scalars of a block's rows. */
export interface Workspace {
  readonly block: number;
  readonly scalars: number;
}

/** Runs blocks of a pass over the state at `state`; both of WebAssembly and of plain TypeScript there is one. */
export interface BlockRunner {
  /** Blocks `first` to `end` - 1 of the pass whose record is at `pass`. */
  runBlocks(pass: number, first: number, end: number, state: number, workspace: Workspace): void;
}
