import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { call } from '../harness/api.js';
import { BELL } from '../e2e/programs.js';

/** One answer that was not that the deed was done. */
export interface Refusal {
  readonly status: number;
  readonly tookMillis: number;
}

export interface SubmissionOptions {
  /** Of the program, a comment that nothing makes shorter. */
  readonly commentBytes?: number;
  readonly clients?: number;
  /** What the n-th deed asks for, where it is not a Bell pair: over what every deed says. */
  readonly order?: (n: number) => object;
  /** Of the keys, where several loads meet one database. */
  readonly prefix?: string;
  /** Called where the server knows the token no more, as any client would log in again. */
  readonly renew?: () => Promise<void>;
  /** Of each client, between two deeds. */
  readonly pauseMillis?: number;
}

/**
 * Clients that submit jobs and do not give up: each deed has its Idempotency-Key, and is asked for again with it until it is
 * acknowledged. What they were told is kept, to be held against what is there.
 */
export class Submissions {
  /** Of each key: the job, and the entry of its submission where the answer that came was the deed's own. */
  readonly acknowledged = new Map<string, { readonly id: string; readonly event: string | null }>();
  readonly refusals: Refusal[] = [];
  unanswered = 0;
  /** Of those without an answer: that there was somebody to take. */
  dropped = 0;
  /** How long each acknowledgement took. */
  readonly #tookMillis: number[] = [];
  #slowestMillis = 0;
  #keys = 0;
  readonly #listeners = new Set<() => void>();

  constructor(private readonly options: SubmissionOptions = {}) {}

  get prefix(): string {
    return `${this.options.prefix ?? 'deed'}-`;
  }

  /** The longest time that any answer took, also of those that were lost. */
  get slowestMillis(): number {
    return this.#slowestMillis;
  }

  /** Of the acknowledgements, 99 in 100 took no longer. */
  get p99Millis(): number {
    const sorted = this.#tookMillis.toSorted((one, other) => one - other);
    return sorted[Math.floor(sorted.length * 0.99)] ?? NaN;
  }

  /** Submits until told to stop. `server` is asked for at each try: it may be another one by then. */
  async run(server: () => { readonly url: string }, token: () => string, signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: this.options.clients ?? 4 }, () => this.#client(server, token, signal)));
  }

  /** Resolves when so many more were acknowledged. */
  async more(count: number): Promise<void> {
    const goal = this.acknowledged.size + count;
    await this.until(() => this.acknowledged.size >= goal);
  }

  /** Resolves at the first answer after which it is so. */
  async until(isSo: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const listen = (): void => void (isSo() && resolve());
    this.#listeners.add(listen);
    listen();
    await promise;
    this.#listeners.delete(listen);
  }

  async #client(server: () => { readonly url: string }, token: () => string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const n = (this.#keys += 1);
      const key = `${this.prefix}${n}`;
      const json = { program: { language: 'openqasm2', source: this.#source() }, shots: 1, ...this.options.order?.(n), name: key };
      while (!(await this.#try(server(), token(), key, json)) && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
      if (this.options.pauseMillis !== undefined) await new Promise((resolve) => setTimeout(resolve, this.options.pauseMillis));
    }
  }

  async #try(server: { readonly url: string }, token: string, key: string, json: object): Promise<boolean> {
    const started = performance.now();
    const answer = await call<{ id: string }>(server, 'POST', '/v1/simulations', { token, headers: { 'idempotency-key': key }, json }).catch((error: unknown) => {
      if (!isRefusedConnection(error)) this.dropped += 1;
      return null;
    });
    const tookMillis = performance.now() - started;
    this.#slowestMillis = Math.max(this.#slowestMillis, tookMillis);
    if (answer === null) this.unanswered += 1;
    else if (answer.status < 300) {
      this.acknowledged.set(key, { id: answer.body.id, event: answer.headers.get('audit-event-id') });
      this.#tookMillis.push(tookMillis);
    }
    else if (answer.status === 401 && this.options.renew !== undefined) await this.options.renew();
    else {
      assert.equal(answer.status, 503, answer.text);
      assert.ok(Number(answer.headers.get('retry-after')) > 0, answer.text);
      this.refusals.push({ status: answer.status, tookMillis });
    }
    for (const listen of [...this.#listeners]) listen();
    return this.acknowledged.has(key);
  }

  #source(): string {
    const comment = randomBytes((this.options.commentBytes ?? 0) / 2).toString('base64');
    return comment === '' ? BELL : `// ${comment}\n${BELL}`;
  }
}

/** Nobody listened: nothing was sent, and another server would be asked. */
function isRefusedConnection(error: unknown): boolean {
  return error instanceof TypeError && error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ECONNREFUSED';
}
