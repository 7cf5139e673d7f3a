import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { FairTurns } from '#platform/threads/fair-turns.js';
import { TaskError, type ThreadPool } from '#platform/threads/thread-pool.js';
import { ThreadRoster } from '#platform/threads/thread-roster.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { DrawingOrder, RawStateVector, StateVectorOrder } from './worker/render.js';

type Order = DrawingOrder | StateVectorOrder;
type Rendered = string | RawStateVector | null;

/** One thread draws the largest program in a second. Of one principal; who comes while so many wait is told to come back. */
const QUEUE_MAX = 8;
const RENDER_MILLIS_MAX = 10_000;
const HEAP_MEBIBYTES_MAX = 512;

/** The thread that tells programs and results in other forms, in turns: a result can be 64 MB of JSON. */
@Injectable()
export class RenderThreads implements OnApplicationShutdown {
  private readonly pool: ThreadPool<Order, Rendered>;
  private readonly turns = new FairTurns(1, QUEUE_MAX, () => busy());

  constructor(roster: ThreadRoster) {
    this.pool = roster.pool('drawings', { taskFile: new URL('./worker/render.js', import.meta.url), size: 1, resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES_MAX } });
  }

  /** On behalf of the principal of this id; null where there is nothing to draw. */
  async draw(principalId: string, order: DrawingOrder): Promise<string | null> {
    return (await this.render(principalId, order)) as string | null;
  }

  /** Of a result's canonical bytes; null where it has no state vector. */
  async statevector(principalId: string, result: Uint8Array, item: number): Promise<RawStateVector | null> {
    return (await this.render(principalId, { kind: 'statevector', result, item })) as RawStateVector | null;
  }

  private async render(principalId: string, order: Order): Promise<Rendered> {
    try {
      return await this.turns.run(principalId, () => this.pool.run(order, { timeoutMillis: RENDER_MILLIS_MAX }));
    } catch (cause) {
      if (cause instanceof TaskError && cause.reason !== 'failed') throw busy(cause);
      throw cause;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.close();
  }
}

function busy(cause?: unknown): Fault {
  return new Fault(REQUEST_FAULTS.unavailable, { headers: { 'Retry-After': '1' }, cause });
}
