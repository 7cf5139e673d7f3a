import type { KeyObject } from 'node:crypto';
import type { MessagePort } from 'node:worker_threads';
import { vaultAnswerOf } from '#platform/http/vault-answer.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import type { TaskContext } from '#platform/threads/thread-pool.js';
import { Fault } from '#pure/fault/fault.js';
import { rootOfLeaves } from '#pure/merkle/compact-range.js';
import { leafHash } from '#pure/merkle/hashing.js';
import type { KeyHandle } from '../domain/key-type.js';
import type { TransitKey } from '../domain/transit-key.js';
import type { KeySource } from './key-source.js';
import { type Answer, type Asked, faultOf, type KeyAnswer, type OperationOutcome, type OperationTask, ownBytes, plainOf, type Question } from './operation-messages.js';
import { planOf } from './operation-plan.js';
import { readRequest } from './operation-request.js';
import { clientGone, type OperationRun, runOperation } from './operation-run.js';

const randomness = new SystemRandomness();

/** In a thread: the whole of a request, from its bytes to those of the answer. */
export default async function performOperation({ operation, path, bytes, requestId, isLong, port }: OperationTask, context: TaskContext): Promise<OperationOutcome> {
  const main = new Main(port);
  let isKept = true;
  try {
    const request = readRequest(operation, bytes, path);
    const { key, macKey } = await main.ask<KeyAnswer>({ ask: 'key', hash: request.hash });
    if (!isLong && planOf(request, key).isLong) {
      isKept = false;
      context.transfer(bytes.buffer as ArrayBuffer);
      return { long: bytes };
    }
    bytes.fill(0);
    const turn = (): Promise<void> => main.ask({ ask: 'turn' });
    return outcomeOf(await runOperation(request, key, { keys: main, randomness, macKey, turn, isCancelled: context.isCancelled }), requestId, context);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { refused: plainOf(error) };
  } finally {
    if (isKept) bytes.fill(0);
    port.close();
  }
}

function outcomeOf({ data, fault, status, counts, signing, versions, digests }: OperationRun, requestId: string, context: TaskContext): OperationOutcome {
  const body = data === null ? null : ownBytes(vaultAnswerOf(requestId, data));
  if (body !== null) context.transfer(body.buffer as ArrayBuffer);
  const root = digests.length > 1 ? rootOfLeaves(digests.map(leafHash)) : null;
  return { done: { body, fault: fault === null ? null : plainOf(fault), status, counts, signing, versions, digests: Buffer.concat(digests), root } };
}

/** The main thread, as what works on a key sees it. */
class Main implements KeySource {
  readonly #waiting = new Map<number, { readonly resolve: (value: never) => void; readonly reject: (fault: Fault) => void }>();
  #nextId = 1;
  #hasGone = false;

  constructor(private readonly port: MessagePort) {
    // Nobody answers any more, and whoever waited for it would have this thread for ever.
    port.on('close', () => {
      this.#hasGone = true;
      for (const { reject } of this.#waiting.values()) reject(clientGone());
    });
    port.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('fault' in answer) waiting?.reject(faultOf(answer.fault));
      else waiting?.resolve(answer.value as never);
    });
  }

  ask<T>(question: Question): Promise<T> {
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      if (this.#hasGone) return reject(clientGone());
      this.#waiting.set(id, { resolve, reject });
      this.port.postMessage({ id, question } satisfies Asked);
    });
  }

  handle(version: number): Promise<KeyHandle> {
    return this.ask({ ask: 'handle', version });
  }

  publicHandle(version: number): Promise<KeyHandle> {
    return this.ask({ ask: 'publicHandle', version });
  }

  hmacKey(version: number): Promise<KeyObject> {
    return this.ask({ ask: 'hmacKey', version });
  }

  spend(version: number, encryptions: number): Promise<TransitKey> {
    return this.ask({ ask: 'spend', version, encryptions });
  }
}
