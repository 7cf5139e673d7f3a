import { Injectable } from '@nestjs/common';
import { ThreadPool, type ThreadPoolOptions } from './thread-pool.js';

/** A thread of a pool that is held has ended. */
export interface ThreadLoss {
  readonly pool: string;
  /** Of the pool: with none, nothing that needs it can be done in this process. */
  readonly left: number;
}

/** The pools that requests wait for, by name: a process may begin them all, and then make no thread any more. */
@Injectable()
export class ThreadRoster {
  readonly #pools = new Map<string, { hold(): Promise<void>; readonly size: number }>();
  readonly #losses: ThreadLoss[] = [];
  #listener: (loss: ThreadLoss) => void = () => undefined;

  /** Begun by its first task, or held. Whoever asked for it closes it. */
  pool<T, R, P = unknown>(name: string, options: Omit<ThreadPoolOptions, 'onLoss'>): ThreadPool<T, R, P> {
    if (this.#pools.has(name)) throw new Error(`there are two pools called ${name}`);
    const pool = new ThreadPool<T, R, P>({ ...options, onLoss: (left) => this.#lose({ pool: name, left }) });
    this.#pools.set(name, { hold: () => pool.hold(), size: options.size });
    return pool;
  }

  /** Every thread of every pool is there, and none of them can make a worker. Tells how many each pool has. */
  async hold(): Promise<Readonly<Record<string, number>>> {
    const pools = [...this.#pools].sort(([a], [b]) => (a < b ? -1 : 1));
    await Promise.all(pools.map(([, pool]) => pool.hold()));
    return Object.fromEntries(pools.map(([name, { size }]) => [name, size]));
  }

  /** The pools without a thread. */
  get exhausted(): readonly string[] {
    return this.#losses.filter(({ left }) => left === 0).map(({ pool }) => pool);
  }

  /** Of each loss, those before too. */
  onLoss(listener: (loss: ThreadLoss) => void): void {
    this.#listener = listener;
    this.#losses.forEach(listener);
  }

  #lose(loss: ThreadLoss): void {
    this.#losses.push(loss);
    this.#listener(loss);
  }
}
