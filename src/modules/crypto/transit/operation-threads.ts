import { AsyncResource } from 'node:async_hooks';
import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { TaskError, ThreadPool } from '#platform/threads/thread-pool.js';
import { Fault } from '#pure/fault/fault.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import { type Answer, type Asked, faultOf, type OperationOutcome, type OperationResult, type OperationTask, plainOf, type Question } from './operation-messages.js';

/** One core stays with the event loop. */
const THREADS_MAX = 4;
/** A batch of 10,000 takes a fifth of a second: who comes while so many wait would wait for seconds. */
const QUEUE_MAX = 32;
/** Bodies of waiting requests: eight of the largest. */
const BYTES_MAX = 256 * 1024 * 1024;
/** Ten thousand signatures of the slowest types take longer, and would keep all others from signing. */
const TASK_MILLIS_MAX = 60_000;
/** A body of 32 MiB, its text, and an answer of the same size. */
const HEAP_MEBIBYTES_MAX = 768;

export type Respond = (question: Question) => Promise<Extract<Answer, { readonly value: unknown }>['value']>;

/** Where large bodies are parsed, large batches run, and what blocks for milliseconds is done. */
export class OperationThreads {
  /** Made when something large comes: many servers never see it. */
  #pool: ThreadPool<OperationTask, OperationOutcome> | null = null;
  #bytes = 0;

  /** Takes `bytes` over. Throws the request's fault, or `transit-busy`. */
  async run(task: Omit<OperationTask, 'port' | 'bytes'>, bytes: Buffer, respond: Respond): Promise<OperationResult> {
    if (this.#bytes + bytes.length > BYTES_MAX) throw busy();
    const size = bytes.length;
    this.#bytes += size;
    const { port1, port2 } = new MessageChannel();
    const main = new Responder(port1, respond);
    try {
      const moved = ownBytes(bytes);
      const outcome = await this.#threads().run({ ...task, bytes: moved, port: port2 }, { transfer: [port2, moved.buffer as ArrayBuffer], timeoutMillis: TASK_MILLIS_MAX });
      if ('refused' in outcome) throw faultOf(outcome.refused);
      return outcome.done;
    } catch (error) {
      throw main.failure ?? (error instanceof TaskError && error.reason !== 'failed' ? busy(error) : error);
    } finally {
      this.#bytes -= size;
      port1.close();
    }
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }

  #threads(): ThreadPool<OperationTask, OperationOutcome> {
    this.#pool ??= new ThreadPool<OperationTask, OperationOutcome>({
      taskFile: new URL('./perform-operation.js', import.meta.url),
      size: Math.max(1, Math.min(THREADS_MAX, availableParallelism() - 1)),
      queueMax: QUEUE_MAX,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES_MAX },
    });
    return this.#pool;
  }
}

/** Answers what a thread asks for one request. */
class Responder {
  /** What is no refusal of the request: told to the caller as it was. */
  failure: unknown = null;

  constructor(port: MessagePort, respond: Respond) {
    // Within the request that the task belongs to: what is recorded then is recorded for it.
    const answer = AsyncResource.bind(async ({ id, question }: Asked): Promise<void> => {
      try {
        port.postMessage({ id, value: await respond(question) } satisfies Answer);
      } catch (error) {
        const fault = error instanceof Fault ? error : new Fault(CRYPTO_FAULTS['transit-busy']);
        if (fault !== error || fault.kind.status >= 500) this.failure = error;
        port.postMessage({ id, fault: plainOf(fault) } satisfies Answer);
      }
    });
    port.on('message', (asked: Asked) => void answer(asked));
  }
}

/** A small body is a slice of memory that others have parts of: it is copied, and wiped where it was. */
function ownBytes(bytes: Buffer): Uint8Array {
  if (bytes.length === bytes.buffer.byteLength) return new Uint8Array(bytes.buffer);
  const copy = new Uint8Array(bytes);
  bytes.fill(0);
  return copy;
}

function busy(cause?: unknown): Fault {
  return new Fault(CRYPTO_FAULTS['transit-busy'], { headers: { 'Retry-After': '1' }, ...(cause === undefined ? {} : { cause }) });
}
