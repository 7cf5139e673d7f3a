import { AsyncResource } from 'node:async_hooks';
import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { FairTurns } from '#platform/threads/fair-turns.js';
import type { ThreadPool } from '#platform/threads/thread-pool.js';
import type { ThreadRoster } from '#platform/threads/thread-roster.js';
import { Fault } from '#pure/fault/fault.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import { busy, orBusy } from './heavy-work.js';
import { type Answer, type Asked, faultOf, type OperationOutcome, type OperationResult, type OperationTask, ownBytes, plainOf, type Question } from './operation-messages.js';

/** One core stays with the event loop, but there are two: one for what is short. */
const THREADS_MIN = 2;
const THREADS_MAX = 4;
/** Of one caller: what is short takes a second at most. */
const WAITING_MAX = 16;
/** Of one project: what is long takes ten seconds of a core, and all that wait are ended after a minute. */
const LONG_WAITING_MAX = 6;
/** Bodies of waiting requests: eight of the largest. */
const BYTES_MAX = 256 * 1024 * 1024;
/** From the first wait for a thread to the last item. */
const TASK_MILLIS_MAX = 60_000;
/** A body of 32 MiB, its text, and an answer of the same size. */
const HEAP_MEBIBYTES_MAX = 768;

export type Respond = (question: Question) => Promise<Extract<Answer, { readonly value: unknown }>['value']>;

/** In whose name a request waits: of its project once that is known, of its caller until the body is read. */
export interface ThreadOrder {
  readonly place: () => string;
  readonly isLong: boolean;
  readonly signal: AbortSignal;
}

/**
 * Where large bodies are parsed, large batches run, and what blocks for milliseconds is done. One thread is never given
 * to anything long: whatever else is being done, a short request waits for short ones only, no more than one of each
 * place that came before, a second each at most. That a large body asks for something long shows only once it is
 * parsed: then it comes back, and waits with the long ones.
 */
export class OperationThreads {
  readonly #size = Math.max(THREADS_MIN, Math.min(THREADS_MAX, availableParallelism() - 1));
  readonly #slots = new FairTurns(this.#size, WAITING_MAX, () => busy());
  readonly #long = new FairTurns(this.#size - 1, LONG_WAITING_MAX, () => busy());
  readonly #pool: ThreadPool<OperationTask, OperationOutcome>;
  #bytes = 0;

  constructor(roster: ThreadRoster) {
    this.#pool = roster.pool('operations', {
      taskFile: new URL('./perform-operation.js', import.meta.url),
      size: this.#size,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES_MAX },
    });
  }

  /** Takes `bytes` over. Throws the request's fault, the signal's reason, or `transit-busy`. */
  async run(task: Omit<OperationTask, 'port' | 'bytes' | 'isLong'>, bytes: Buffer, { place, isLong, signal }: ThreadOrder, respond: Respond): Promise<OperationResult> {
    if (this.#bytes + bytes.length > BYTES_MAX) throw busy();
    const size = bytes.length;
    this.#bytes += size;
    const until = AbortSignal.any([signal, AbortSignal.timeout(TASK_MILLIS_MAX)]);
    try {
      let outcome = isLong ? null : await this.#slots.run(place(), () => this.#perform({ ...task, isLong }, bytes, respond, until), until);
      if (outcome === null || 'long' in outcome) {
        const rest = outcome?.long ?? bytes;
        outcome = await this.#long.run(place(), () => this.#slots.run(place(), () => this.#perform({ ...task, isLong: true }, rest, respond, until), until), until);
      }
      if ('refused' in outcome) throw faultOf(outcome.refused);
      if ('long' in outcome) throw new Error('what is long came back as long');
      return outcome.done;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw until.aborted ? busy(error) : orBusy(error);
    } finally {
      this.#bytes -= size;
    }
  }

  async #perform(task: Omit<OperationTask, 'port' | 'bytes'>, bytes: Uint8Array, respond: Respond, signal: AbortSignal): Promise<OperationOutcome> {
    const { port1, port2 } = new MessageChannel();
    const main = new Responder(port1, respond);
    try {
      const moved = ownBytes(bytes);
      const outcome = await this.#pool.run({ ...task, bytes: moved, port: port2 }, { transfer: [port2, moved.buffer as ArrayBuffer], signal });
      // Told by the thread without its cause, and as a refusal of the request.
      if (main.failure !== null && 'refused' in outcome) throw main.failure;
      return outcome;
    } catch (error) {
      throw main.failure ?? error;
    } finally {
      port1.close();
    }
  }

  async close(): Promise<void> {
    await this.#pool.close();
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
