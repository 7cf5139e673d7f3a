import type { FastifyRequest } from 'fastify';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { collectBody, type CollectedBody, tooLarge } from './body-collection.js';
import { STREAM_BYTES_PER_MILLI } from './http-settings.js';
import { requireState } from './request-state.js';

/**
 * The bytes of a `@StreamedBody` route as they come, for who reads them once. Rejects with `request-timeout` when they cease to,
 * and whatever the request then fails with is answered as that. The socket outlives who stops reading: the
 * client is still to be told why.
 */
export function streamedBody(request: FastifyRequest): AsyncIterable<Uint8Array> {
  const state = requireState(request);
  const { raw } = request;
  const awaited = new AwaitedBytes(raw.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>, state.sockets.silenceMillis, () => (state.bodyStalled = true));
  // A reader that fails by itself says nothing to its source.
  raw.once('close', () => awaited.end());
  return { [Symbol.asyncIterator]: () => awaited };
}

/**
 * All of the body of such a route, for a handler that can do nothing with a part of it: within the budget and the time of any
 * other body. Faults: body-too-large, too-many-requests, unavailable, request-timeout, malformed-request.
 */
export async function collectStreamed(request: FastifyRequest, limitBytes: number): Promise<CollectedBody> {
  const { bodyHold, sockets } = requireState(request);
  const announcedBytes = Number(request.raw.headers['content-length'] ?? 0);
  if (announcedBytes > limitBytes) throw tooLarge(limitBytes);
  bodyHold?.reserve(announcedBytes);
  return collectBody(request.raw, limitBytes, bodyHold, sockets.bodyMillis);
}

/** Looks at who keeps us waiting, in the time that somebody may be silent. */
const LOOKS = 30;

/**
 * Bytes, as long as their sender has patience left: so much as it may be silent, less what it has kept us waiting, and no more
 * than that again for what it has sent. Time in which nobody waits for it is not its own: our disk may be slower than
 * its network.
 */
export class AwaitedBytes implements AsyncIterator<Uint8Array> {
  readonly #timer: NodeJS.Timeout;
  #leftMillis: number;
  /** Of who waits now. */
  #giveUp: (() => void) | null = null;

  constructor(
    private readonly bytes: AsyncIterator<Uint8Array>,
    private readonly silenceMillis: number,
    private readonly onStalled: () => void,
  ) {
    this.#leftMillis = silenceMillis;
    this.#timer = setInterval(() => this.#look(), silenceMillis / LOOKS).unref();
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    return new Promise((resolve, reject) => {
      this.#giveUp = () => reject(new Fault(REQUEST_FAULTS['request-timeout'], { headers: { Connection: 'close' } }));
      this.bytes.next().then(
        (result) => {
          this.#giveUp = null;
          if (result.done === true) this.end();
          else this.#leftMillis = Math.min(this.silenceMillis, this.#leftMillis + result.value.byteLength / STREAM_BYTES_PER_MILLI);
          resolve(result);
        },
        (cause: unknown) => {
          this.end();
          reject(cause as Error);
        },
      );
    });
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.end();
    await this.bytes.return?.();
    return { done: true, value: undefined };
  }

  /** No more is waited for. */
  end(): void {
    this.#giveUp = null;
    clearInterval(this.#timer);
  }

  #look(): void {
    if (this.#giveUp === null) return;
    this.#leftMillis -= this.silenceMillis / LOOKS;
    if (this.#leftMillis >= 1) return;
    const giveUp = this.#giveUp;
    this.end();
    this.onStalled();
    giveUp();
  }
}
