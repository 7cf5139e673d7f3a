import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { KEPT_BYTES_MAX } from '#pure/quantum/dense/dense-state.js';
import type { EntryFunction, EntryPoint, TeamJob, ThreadTeam } from '#pure/quantum/dense/thread-team.js';
import { StoppedRun, entryPoints, runAlone, runRange } from '#pure/quantum/dense/thread-team.js';
import type { Compiler } from '#pure/quantum/dense/wasm/web-assembly.js';
import { CONTROL, CONTROL_WORDS, type Kernels, type KernelThreadStart, grainOf } from './kernel-control.js';

/**
 * The baseline compiler would be taken for the first calls, and a kernel's first call may be a second long. Compiled
 * lazily, a function is compiled when it is first called, with the flags of that time.
 */
const OPTIMISED_FLAGS = ['--no-liftoff', '--no-wasm-lazy-compilation'] as const;
/** A flag of V8 that packs pairs of 128-bit vectors into 256 bits; experimental, so only what passes a self-test is used. */
const WIDE_FLAGS = ['--experimental-wasm-revectorize', ...OPTIMISED_FLAGS] as const;

function negated(flag: string): string {
  return flag.startsWith('--no-') ? `--${flag.slice(5)}` : `--no-${flag.slice(2)}`;
}

/** Flags are of the process, so they are taken back at once. */
function compilerWith(flags: readonly string[]): Compiler {
  return (bytes) => {
    flags.forEach((flag) => setFlagsFromString(flag));
    try {
      return new WebAssembly.Module(bytes);
    } finally {
      flags.forEach((flag) => setFlagsFromString(negated(flag)));
    }
  };
}

/**
 * The collector runs when its own heap grows, and a memory of gigabytes is a few words there: it would stay until long
 * after the next one has been made.
 */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  setFlagsFromString('--no-expose-gc');
}

/** A helper loads two small files, and what it works on lies outside of its heap. */
const HELPER_HEAP_MEBIBYTES_MAX = 32;

/** Jobs of fewer numbers are not worth a wake. */
const SHARED_COUNT_MIN = 4;

/**
 * The calling thread and helpers beside it. Helpers are started by the first job that is worth it and kept. The caller
 * waits for no helper to begin: whoever comes takes the next numbers, and at the end the caller waits for those who did.
 */
export class KernelTeam implements ThreadTeam {
  readonly compilers = [compilerWith(WIDE_FLAGS), compilerWith(OPTIMISED_FLAGS)];
  private control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
  private helpers: readonly { readonly worker: Worker; readonly port: MessagePort }[] = [];
  private memory: WebAssembly.Memory | null = null;
  private entries: Readonly<Record<EntryPoint, EntryFunction>> | null = null;
  private kernels = 0;
  /** How often helpers had let go of their memory when they were last told of it. */
  private forgotten = 0;

  constructor(readonly threads: number) {}

  /** Lets go of the memory of the latest job. Helpers do so by themselves, but end where it is one that no state keeps for the next. */
  release(): void {
    const isBig = this.memory !== null && this.memory.buffer.byteLength > KEPT_BYTES_MAX;
    [this.memory, this.entries] = [null, null];
    if (!isBig) return;
    this.dismiss();
    collectGarbage();
  }

  private dismiss(): void {
    for (const { worker } of this.helpers) void worker.terminate();
    // Anew, since one of them may have been counted as active when it ended.
    [this.helpers, this.control, this.forgotten] = [[], new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS)), 0];
  }

  run(module: WebAssembly.Module, memory: WebAssembly.Memory, job: TeamJob): void {
    const forgotten = Atomics.load(this.control, CONTROL.forgotten);
    const isNew = this.memory !== memory || this.entries === null;
    if (isNew || forgotten !== this.forgotten) {
      this.forgotten = forgotten;
      this.kernels += 1;
      this.tell({ module, memory, number: this.kernels });
    }
    if (isNew || this.entries === null) [this.entries, this.memory] = [entryPoints(module, memory), memory];
    const entry = this.entries[job.entry];
    if (this.threads === 1 || job.count < SHARED_COUNT_MIN) runAlone(entry, job);
    else this.share(module, memory, entry, job);
  }

  private share(module: WebAssembly.Module, memory: WebAssembly.Memory, entry: EntryFunction, job: TeamJob): void {
    while (this.helpers.length < this.threads - 1) this.start({ module, memory, number: this.kernels });
    const { control } = this;
    const grain = grainOf(job.entry, job.count, this.threads);
    control[CONTROL.kernels] = this.kernels;
    control[CONTROL.entry] = job.entry === 'runBlocks' ? 0 : 1;
    control[CONTROL.record] = job.record;
    control[CONTROL.count] = job.count;
    job.workspaces.forEach(({ block, scalars }, thread) => control.set([block, scalars], CONTROL.workspaces + 2 * thread));
    Atomics.store(control, CONTROL.next, 0);
    Atomics.store(control, CONTROL.isOpen, 1);
    Atomics.add(control, CONTROL.epoch, 1);
    Atomics.notify(control, CONTROL.epoch);
    const isStopped = this.takePart(entry, job, grain);
    if (Atomics.load(control, CONTROL.failed) === 1) {
      this.dismiss();
      throw new Error('a helper of the team failed in the middle of a job');
    }
    if (isStopped) throw new StoppedRun();
  }

  /** Takes numbers like any helper, and waits at the end for those who did, whatever becomes of it: they write to the memory that the caller goes on with. */
  private takePart(entry: EntryFunction, job: TeamJob, grain: number): boolean {
    const { control } = this;
    let isStopped = false;
    try {
      for (let first = Atomics.add(control, CONTROL.next, grain); first < job.count && !isStopped; first = Atomics.add(control, CONTROL.next, grain)) {
        isStopped = job.shouldStop?.() ?? false;
        // Helpers find nothing left to take.
        if (isStopped) Atomics.store(control, CONTROL.next, job.count);
        else runRange(entry, job, 0, first, Math.min(first + grain, job.count));
      }
    } finally {
      Atomics.store(control, CONTROL.isOpen, 0);
      this.waitForHelpers();
    }
    return isStopped;
  }

  /** Spins for as long as the last blocks may take, then sleeps: cores may be fewer than threads. */
  private waitForHelpers(): void {
    for (let turn = 0; turn < 20_000; turn++) if (Atomics.load(this.control, CONTROL.active) === 0) return;
    for (let active = Atomics.load(this.control, CONTROL.active); active !== 0; active = Atomics.load(this.control, CONTROL.active)) {
      Atomics.wait(this.control, CONTROL.active, active, 100);
    }
  }

  private start(kernels: Kernels): void {
    const { port1, port2 } = new MessageChannel();
    const thread = this.helpers.length + 1;
    if (2 * thread + 2 > CONTROL_WORDS - CONTROL.workspaces) throw new RangeError('too many threads for one team');
    const workerData: KernelThreadStart = { control: this.control, port: port2, thread, threads: this.threads };
    const worker = new Worker(new URL('./kernel-thread.js', import.meta.url), {
      workerData,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: HELPER_HEAP_MEBIBYTES_MAX },
    });
    // It has said so by its word in `control`, to a caller that may be waiting for it in this very job.
    worker.on('error', () => {});
    worker.unref();
    port1.unref();
    this.helpers = [...this.helpers, { worker, port: port1 }];
    port1.postMessage(kernels);
  }

  private tell(kernels: Kernels): void {
    for (const { port } of this.helpers) port.postMessage(kernels);
  }
}
