import type { Workspace } from './block-runner.js';
import type { Compiler } from './wasm/web-assembly.js';

/** What the kernels' module exports; both take (record, first, end, state, block, scalars). */
export type EntryPoint = 'runBlocks' | 'weighRows';
export type EntryFunction = (record: number, first: number, end: number, state: number, block: number, scalars: number) => void;

/** Numbers 0 to `count` - 1 of a record, each independent of the others, so that any thread may take any of them. */
export interface TeamJob {
  readonly entry: EntryPoint;
  readonly record: number;
  readonly count: number;
  /** One for each thread. */
  readonly workspaces: readonly Workspace[];
  /** Asked by the caller between its shares. */
  readonly shouldStop?: () => boolean;
}

/** A run that was to stop did, in the middle of a job: what the job was working on is worth nothing. */
export class StoppedRun extends Error {
  override readonly name = 'StoppedRun';
}

/**
 * Threads that run kernels over one shared memory. What comes out does not depend on how many there are: each number of
 * a job is done by one thread alone and touches memory that no other does.
 */
export interface ThreadTeam {
  readonly threads: number;
  /** Ways to compile the kernels that are tried before the standard one. */
  readonly compilers: readonly Compiler[];
  /** Of a run that can be stopped: asked by what works on its memory otherwise. */
  readonly shouldStop?: () => boolean;
  /** Runs a job to its end; all that it wrote is seen afterwards. Throws `StoppedRun`, when no thread works on it any more. */
  run(module: WebAssembly.Module, memory: WebAssembly.Memory, job: TeamJob): void;
}

const STATE_ADDRESS = 0;

export function entryPoints(module: WebAssembly.Module, memory: WebAssembly.Memory): Readonly<Record<EntryPoint, EntryFunction>> {
  return new WebAssembly.Instance(module, { engine: { memory } }).exports as unknown as Readonly<Record<EntryPoint, EntryFunction>>;
}

export function runRange(entry: EntryFunction, { record, workspaces }: Pick<TeamJob, 'record' | 'workspaces'>, thread: number, first: number, end: number): void {
  const { block, scalars } = workspaces[thread] as Workspace;
  entry(record, first, end, STATE_ADDRESS, block, scalars);
}

/** Numbers that a thread takes at most between two questions whether to stop: a millisecond's work or a few, at any size of a state. */
export const SHARE_MAX: Readonly<Record<EntryPoint, number>> = { runBlocks: 2, weighRows: 64 };

/** A whole job by the calling thread. */
export function runAlone(entry: EntryFunction, job: TeamJob): void {
  const share = SHARE_MAX[job.entry];
  for (let first = 0; first < job.count; first += share) {
    if (job.shouldStop?.() === true) throw new StoppedRun();
    runRange(entry, job, 0, first, Math.min(first + share, job.count));
  }
}

/** The team, for a run that can be stopped. */
export function stoppable(team: ThreadTeam, shouldStop: () => boolean): ThreadTeam {
  const { threads, compilers } = team;
  return { threads, compilers, shouldStop, run: (module, memory, job) => team.run(module, memory, { ...job, shouldStop }) };
}

/** The calling thread alone. */
export class SoloTeam implements ThreadTeam {
  readonly threads = 1;
  readonly compilers = [];
  private readonly instances = new WeakMap<WebAssembly.Memory, Readonly<Record<EntryPoint, EntryFunction>>>();

  run(module: WebAssembly.Module, memory: WebAssembly.Memory, job: TeamJob): void {
    const known = this.instances.get(memory) ?? entryPoints(module, memory);
    this.instances.set(memory, known);
    runAlone(known[job.entry], job);
  }
}
