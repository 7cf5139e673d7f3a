import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import '../system/source-maps.js';
import { giveUpWorkers } from '../system/worker-permission.js';
import type { GiveUpMessage, PracticeMessage, TaskContext, TaskMessage, ThreadMessage, ThreadStart } from './thread-messages.js';

/**
 * The first file of every thread: loads the task file and performs one task after the other. What a task throws goes
 * back as name, message and plain fields: an error's class does not survive the crossing.
 */
const port = parentPort;
if (port === null) throw new Error('not a thread');

const { taskFile } = workerData as ThreadStart;
const { default: perform } = (await import(taskFile)) as { default: (task: unknown, context: TaskContext) => unknown };
if (typeof perform !== 'function') throw new Error(`${taskFile} has no default export that performs tasks`);

const send = (message: ThreadMessage, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, [...transfer]);

async function performOne({ taskId, task, cancelFlag }: TaskMessage): Promise<void> {
  const flag = new Int32Array(cancelFlag);
  const moved: ArrayBuffer[] = [];
  try {
    const value = await perform(task, {
      isCancelled: () => Atomics.load(flag, 0) !== 0,
      progress: (progress) => send({ kind: 'progress', taskId, value: progress }),
      transfer: (...buffers) => moved.push(...buffers),
    });
    send({ kind: 'done', taskId, value }, moved);
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    send({ kind: 'failed', taskId, name: failure.name, message: failure.message, details: plainFields(failure) });
  }
}

/** Own enumerable fields that can be cloned: an error's code or position. */
function plainFields(error: Error): unknown {
  try {
    return structuredClone({ ...error });
  } catch {
    return {};
  }
}

const NOBODY: TaskContext = { isCancelled: () => false, progress: () => undefined, transfer: () => undefined };

/** The latest task, for what waits until there is none. */
let latest: Promise<void> = Promise.resolve();

/** One in a turn: a task that has come meanwhile is performed first, and waits for no more than one of these. */
async function practise(tasks: readonly unknown[]): Promise<void> {
  for (const task of tasks) {
    await turn();
    await latest;
    try {
      await perform(task, NOBODY);
    } catch {
      // It would fail for a caller too, and then somebody is told.
    }
  }
}

port.on('message', (message: TaskMessage | PracticeMessage | GiveUpMessage) => {
  if ('giveUpWorkers' in message) send({ kind: 'gave-up', hasNone: giveUpWorkers() });
  else if ('practice' in message) void practise(message.practice);
  else latest = performOne(message);
});
send({ kind: 'ready' });
