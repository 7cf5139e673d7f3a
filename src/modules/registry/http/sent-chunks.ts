import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { freeMemory } from '#platform/system/free-memory.js';

/**
 * Chunks on their way into a response, the next one asked for when the one before has left. Their memory is freed as soon
 * as nobody can read it any more, which is when neither this stream nor the response nor its connection holds a byte.
 */
export class SentChunks extends Readable {
  private handedOut: Buffer[] = [];

  constructor(
    private readonly chunks: AsyncIterableIterator<Buffer>,
    private readonly response: ServerResponse,
  ) {
    // What is read ahead is read by whom the chunks come from.
    super({ highWaterMark: 0 });
  }

  override _read(): void {
    if (this.readableLength === 0 && this.response.writableLength === 0) {
      this.handedOut.forEach(freeMemory);
      this.handedOut = [];
    }
    this.chunks.next().then(
      ({ done, value }) => {
        if (this.destroyed) return;
        if (done === true) return void this.push(null);
        this.handedOut.push(value);
        this.push(value);
      },
      (cause: Error) => this.destroy(cause),
    );
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    void Promise.resolve(this.chunks.return?.()).then(() => callback(error), callback);
  }
}
