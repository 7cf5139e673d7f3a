import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { TaskError, ThreadPool } from '#platform/threads/thread-pool.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { OPERATIONS_MAX } from './domain/run-limits.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';
import { JobReader } from './job-reader.js';
import type { DrawingOrder } from './worker/draw.js';

/** One thread draws the largest program in a second; who comes while this many wait is told to come back. */
const QUEUE_MAX = 32;
const DRAW_MILLIS_MAX = 10_000;
const HEAP_MEBIBYTES_MAX = 512;

/** Pictures of circuits and results, for who may see the job. Nothing is kept: they are made again from what is stored. */
@Injectable()
export class Drawings implements OnApplicationShutdown {
  /** Made when the first picture is asked for. */
  private pool: ThreadPool<DrawingOrder, string | null> | null = null;

  constructor(private readonly reader: JobReader, private readonly config: Config) {}

  async circuit(principal: Principal, id: string, as: 'svg' | 'text'): Promise<string> {
    const { name, language, source, parameters } = await this.reader.program(principal, id);
    const limits = { sourceBytesMax: this.config.simulation.programBytesMax, operationsMax: OPERATIONS_MAX };
    const drawn = await this.draw({ kind: 'circuit', as, title: name ?? 'Quantum circuit', language, source, parameters, limits });
    return drawn ?? absent('The program is one of an older version, which cannot be drawn.');
  }

  async histogram(principal: Principal, id: string): Promise<string> {
    const result = await this.reader.result(principal, id);
    return (await this.draw({ kind: 'histogram', title: 'Measurement outcomes', result })) ?? absent('The result has no counts.');
  }

  async bloch(principal: Principal, id: string): Promise<string> {
    const result = await this.reader.result(principal, id);
    return (await this.draw({ kind: 'bloch', title: 'Bloch vectors', result })) ?? absent('The result has no density matrix of a single qubit: ask for the output {"densityMatrix": [0]}.');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool?.close();
  }

  private async draw(order: DrawingOrder): Promise<string | null> {
    this.pool ??= new ThreadPool<DrawingOrder, string | null>({
      taskFile: new URL('./worker/draw.js', import.meta.url),
      size: 1,
      queueMax: QUEUE_MAX,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES_MAX },
    });
    try {
      return await this.pool.run(order, { timeoutMillis: DRAW_MILLIS_MAX });
    } catch (cause) {
      if (cause instanceof TaskError && cause.reason !== 'failed') throw new Fault(REQUEST_FAULTS.unavailable, { headers: { 'Retry-After': '1' }, cause });
      throw cause;
    }
  }
}

function absent(detail: string): never {
  throw new Fault(SIMULATION_FAULTS['result-absent'], { detail });
}
