import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { EntryFunction, EntryPoint } from '#pure/quantum/dense/thread-team.js';
import { entryPoints } from '#pure/quantum/dense/thread-team.js';
import { CONTROL, type Kernels, type KernelThreadStart, grainOf } from './kernel-control.js';

/** A helper of a team: waits for jobs, takes numbers of them while there are any. Ends with the thread that started it. */
const { control, port, thread, threads } = workerData as KernelThreadStart;
const ENTRIES: readonly EntryPoint[] = ['runBlocks', 'weighRows'];

/** Looks at the epoch before a helper goes to sleep: a pass follows the other within microseconds. */
const SPINS = 20_000;
/** A helper that has slept so long lets go of the memory, which may be gigabytes that nobody else holds. */
const IDLE_MILLIS = 500;

let entries: Readonly<Record<EntryPoint, EntryFunction>> | null = null;
let known = 0;

/** Null if it was told of them and has let go meanwhile. What a job needs was sent before the job. */
function kernelsNumbered(number: number): Readonly<Record<EntryPoint, EntryFunction>> | null {
  while (known !== number) {
    const received = receiveMessageOnPort(port) as { readonly message: Kernels } | undefined;
    if (received === undefined) return null;
    const { message } = received;
    known = message.number;
    if (known === number) entries = entryPoints(message.module, message.memory);
  }
  return entries;
}

function waitForEpoch(seen: number): void {
  for (let turn = 0; turn < SPINS; turn++) if (Atomics.load(control, CONTROL.epoch) !== seen) return;
  if (Atomics.wait(control, CONTROL.epoch, seen, IDLE_MILLIS) !== 'timed-out') return;
  if (entries !== null) Atomics.add(control, CONTROL.forgotten, 1);
  entries = null;
  Atomics.wait(control, CONTROL.epoch, seen);
}

function work(): void {
  const kernels = kernelsNumbered(control[CONTROL.kernels] as number);
  if (kernels === null) return;
  const name = ENTRIES[control[CONTROL.entry] as number] as EntryPoint;
  const entry = kernels[name];
  const [record, count] = [control[CONTROL.record] as number, control[CONTROL.count] as number];
  const [block, scalars] = [control[CONTROL.workspaces + 2 * thread] as number, control[CONTROL.workspaces + 2 * thread + 1] as number];
  const grain = grainOf(name, count, threads);
  for (let first = Atomics.add(control, CONTROL.next, grain); first < count; first = Atomics.add(control, CONTROL.next, grain)) {
    entry(record, first, Math.min(first + grain, count), 0, block, scalars);
  }
}

for (let seen = 0; ;) {
  waitForEpoch(seen);
  seen = Atomics.load(control, CONTROL.epoch);
  // Being counted first and looking then: the caller closes a job first and counts then, so one of the two sees the other.
  Atomics.add(control, CONTROL.active, 1);
  try {
    if (Atomics.load(control, CONTROL.isOpen) === 1) work();
  } catch (cause) {
    Atomics.store(control, CONTROL.failed, 1);
    throw cause;
  } finally {
    Atomics.sub(control, CONTROL.active, 1);
    Atomics.notify(control, CONTROL.active);
  }
}
