import type { MessagePort } from 'node:worker_threads';
import type { EntryPoint } from '#pure/quantum/dense/thread-team.js';
import { SHARE_MAX } from '#pure/quantum/dense/thread-team.js';

/**
 * Words of the memory by which a team agrees on a job. `forgotten`: how often a helper has let go of its
 * memory and must be told of it again. `failed`: a helper has thrown, and what it took is not done. `workspaces`: two
 * addresses for each thread.
 */
export const CONTROL = { epoch: 0, isOpen: 1, next: 2, active: 3, kernels: 4, entry: 5, record: 6, count: 7, forgotten: 8, failed: 9, workspaces: 10 } as const;
const THREADS_MAX = 256;
export const CONTROL_WORDS = CONTROL.workspaces + 2 * THREADS_MAX;

/** Code and memory, numbered: a helper that finds another number in the job reads its port until it has that one. */
export interface Kernels {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly number: number;
}

export interface KernelThreadStart {
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly port: MessagePort;
  /** 1 for the first helper; 0 is the caller. */
  readonly thread: number;
  readonly threads: number;
}

/** Shares of a job that a thread takes, one after the other: enough of them that the last does not keep all waiting. */
const SHARES = 16;

export function grainOf(entry: EntryPoint, count: number, threads: number): number {
  return Math.max(1, Math.min(SHARE_MAX[entry], Math.floor(count / (SHARES * threads))));
}
