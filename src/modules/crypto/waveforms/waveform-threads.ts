import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { FairTurns } from '#platform/threads/fair-turns.js';
import type { ThreadPool } from '#platform/threads/thread-pool.js';
import { ThreadRoster } from '#platform/threads/thread-roster.js';
import { busy, orBusy } from '../transit/heavy-work.js';
import { WAVEFORM_WORK, type WaveformOrders, type WaveformResults, type WaveformTask, type WaveformWork } from './waveform-task.js';

/**
 * What is done on the main thread takes less than 5 ms there. Measured: 64 KiB of JSON are read in 2 ms, and encoded and
 * digested in a tenth of that; a transform of the 4,096 numbers that 8 KiB can hold takes 2 ms where their number is a prime.
 */
const INLINE_BYTES_MAX: Readonly<Record<WaveformWork, number>> = { read: 64 * 1024, analyze: 8 * 1024, mac: 1024 * 1024 };

/**
 * What nobody needs a role for has a thread of its own: whoever fills its queue keeps no tag waiting. In each, turns are
 * fair between names, so that one account keeps no other waiting for more than one piece of work.
 */
type Lane = 'keyed' | 'open';
const LANES: Readonly<Record<Lane, { readonly waitingMax: number; readonly waitingPerNameMax: number }>> = {
  keyed: { waitingMax: 16, waitingPerNameMax: 8 },
  // One that is done and one that waits.
  open: { waitingMax: 16, waitingPerNameMax: 1 },
};

const laneOf = ({ work, order }: WaveformTask): Lane => (work === 'analyze' || ('operation' in order && order.operation === 'digest') ? 'open' : 'keyed');

const DURATION_MILLIS_MAX = 30_000;
/** The largest waveform that is read takes 200 MiB of heap, and 2.2 s where all cores are busy; of what is analysed, at most 0.9 s. */
const HEAP_MEBIBYTES_MAX = 512;

interface LaneAtWork {
  readonly pool: ThreadPool<WaveformTask, never>;
  readonly turns: FairTurns;
}

/** Where the work of waveforms is done: here while it is small, otherwise in a thread, so that nobody else waits for it. */
@Injectable()
export class WaveformThreads implements OnApplicationShutdown {
  private readonly lanes: Readonly<Record<Lane, LaneAtWork>>;

  constructor(roster: ThreadRoster) {
    const lane = (name: Lane): LaneAtWork => ({
      pool: roster.pool(`waveforms-${name}`, { taskFile: new URL('./waveform-task.js', import.meta.url), size: 1, resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES_MAX } }),
      turns: new FairTurns(1, LANES[name].waitingPerNameMax, () => busy()),
    });
    this.lanes = { keyed: lane('keyed'), open: lane('open') };
  }

  /**
   * In whose name: the id of a principal, or of a key's project. The bytes of the order are not the caller's any more.
   * Throws `transit-busy` where too much waits.
   */
  async perform<W extends WaveformWork>(name: string, work: W, order: WaveformOrders[W]): Promise<WaveformResults[W]> {
    const { buffer, byteLength } = order.bytes;
    if (byteLength <= INLINE_BYTES_MAX[work]) return WAVEFORM_WORK[work](order);
    const lane = laneOf({ work, order });
    const { pool, turns } = this.lanes[lane];
    if (turns.queued >= LANES[lane].waitingMax) throw busy();
    // A slice of memory that others share is copied.
    const transfer = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
    try {
      return await turns.run(name, () => pool.run({ work, order }, { timeoutMillis: DURATION_MILLIS_MAX, transfer }));
    } catch (error) {
      throw orBusy(error);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(Object.values(this.lanes).map(({ pool }) => pool.close()));
  }
}
