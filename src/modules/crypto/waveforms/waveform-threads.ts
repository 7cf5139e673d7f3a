import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { TaskError, ThreadPool } from '#platform/threads/thread-pool.js';
import { Fault } from '#pure/fault/fault.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import { WAVEFORM_WORK, type WaveformOrders, type WaveformResults, type WaveformTask, type WaveformWork } from './waveform-task.js';

/**
 * What is done on the main thread takes less than 5 ms there. Measured: 64 KiB of JSON are read in 2 ms, and encoded and
 * digested in a tenth of that; a transform of the 4,096 numbers that 8 KiB can hold takes 2 ms where their number is a prime.
 */
const INLINE_BYTES_MAX: Readonly<Record<WaveformWork, number>> = { read: 64 * 1024, analyze: 8 * 1024, mac: 1024 * 1024 };

/** The largest waveform takes a thread some 2 s, and 200 MiB of heap. */
const THREADS = 1;
const QUEUE_MAX = 16;
const DURATION_MILLIS_MAX = 30_000;
const HEAP_MEBIBYTES_MAX = 512;

/** Where the work of waveforms is done: here while it is small, otherwise in a thread, so that nobody else waits for it. */
@Injectable()
export class WaveformThreads implements OnApplicationShutdown {
  /** Made when the first large waveform comes: most servers never see one. */
  private pool: ThreadPool<WaveformTask, never> | null = null;

  /** The bytes of the order are not the caller's any more. Throws `transit-busy` where too much waits. */
  async perform<W extends WaveformWork>(work: W, order: WaveformOrders[W]): Promise<WaveformResults[W]> {
    const { buffer, byteLength } = order.bytes;
    if (byteLength <= INLINE_BYTES_MAX[work]) return WAVEFORM_WORK[work](order);
    this.pool ??= new ThreadPool<WaveformTask, never>({
      taskFile: new URL('./waveform-task.js', import.meta.url),
      size: THREADS,
      queueMax: QUEUE_MAX,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES_MAX },
    });
    // A slice of memory that others share is copied.
    const transfer = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
    try {
      return await this.pool.run({ work, order }, { timeoutMillis: DURATION_MILLIS_MAX, transfer });
    } catch (cause) {
      if (cause instanceof TaskError && cause.reason !== 'failed') throw new Fault(CRYPTO_FAULTS['transit-busy'], { headers: { 'Retry-After': '1' }, cause });
      throw cause;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool?.close();
  }
}
