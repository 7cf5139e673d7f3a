import { type OnApplicationShutdown, Injectable } from '@nestjs/common';
import type { ThreadPool } from '#platform/threads/thread-pool.js';
import { ThreadRoster } from '#platform/threads/thread-roster.js';
import { orBusy } from './heavy-work.js';
import { faultOf } from './operation-messages.js';
import { readRestore, type RestoreReading, type RestoreRequest } from './restore-request.js';

/** 4 ms of parsing and decoding; most keys have fewer versions. */
const INLINE_BYTES_MAX = 256 * 1024;
const QUEUE_MAX = 8;
const DURATION_MILLIS_MAX = 15_000;
const HEAP_MEBIBYTES_MAX = 128;

/** Where bodies with a backup are read: here while they are small, otherwise in a thread, so that nobody else waits for it. */
@Injectable()
export class RestoreThreads implements OnApplicationShutdown {
  private readonly pool: ThreadPool<{ readonly bytes: Uint8Array }, RestoreReading>;

  constructor(roster: ThreadRoster) {
    this.pool = roster.pool('restores', { taskFile: new URL('./restore-request.js', import.meta.url), size: 1, queueMax: QUEUE_MAX, resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES_MAX } });
  }

  /** Throws what is wrong with the body, or `transit-busy`. */
  async read(bytes: Uint8Array): Promise<RestoreRequest> {
    const reading = bytes.length <= INLINE_BYTES_MAX ? readRestore(bytes) : await this.inThread(bytes);
    if ('fault' in reading) throw faultOf(reading.fault);
    return reading;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.close();
  }

  private async inThread(bytes: Uint8Array): Promise<RestoreReading> {
    try {
      return await this.pool.run({ bytes }, { timeoutMillis: DURATION_MILLIS_MAX });
    } catch (error) {
      throw orBusy(error);
    }
  }
}
