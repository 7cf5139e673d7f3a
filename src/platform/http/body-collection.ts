import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { BodyHold } from './body-budget.js';
import { BODY_BYTES_PER_MILLI, SOCKET_LIMITS } from './http-settings.js';

export interface CollectedBody {
  readonly bytes: Buffer;
  /** SHA-256. */
  readonly digest: Buffer;
}

export function tooLarge(limitBytes: number): Fault {
  return new Fault(REQUEST_FAULTS['body-too-large'], { members: { bytesAllowed: limitBytes } });
}

/**
 * Everything that arrives, up to the limit, within the budget and the time. The stream is left paused where it was
 * refused. Hashed as it comes: at once, 32 MiB would take 20 ms.
 */
export function collectBody(payload: IncomingMessage, limitBytes: number, hold: Pick<BodyHold, 'reserve'> | null = null, bodyMillis = SOCKET_LIMITS.bodyMillis): Promise<CollectedBody> {
  const place = new ArrivingBytes(Number(payload.headers['content-length'] ?? 0));
  const hash = createHash('sha256');
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      patience.end();
      payload.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut);
      outcome();
    };
    const refuse = (fault: unknown): void => {
      place.wipe();
      settle(() => reject(fault as Error));
    };
    const onData = (chunk: Buffer): void => {
      const sizeBytes = place.sizeBytes + chunk.length;
      try {
        if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
        // Of one that announced itself that much is held already; one that did not asks for twice what it has come to.
        if (sizeBytes > place.announcedBytes) hold?.reserve(Math.min(limitBytes, 2 * sizeBytes));
      } catch (fault) {
        chunk.fill(0);
        return refuse(fault);
      }
      hash.update(chunk);
      place.add(chunk);
    };
    const onEnd = (): void => settle(() => resolve({ bytes: place.taken(), digest: hash.digest() }));
    // Nobody is left to read the answer; it only must not become an error of ours in the log.
    const onCut = (): void => refuse(new Fault(REQUEST_FAULTS['malformed-request'], { detail: 'The body ended early.' }));
    const patience = new Patience(place, bodyMillis, () => refuse(new Fault(REQUEST_FAULTS['request-timeout'], { headers: { Connection: 'close' } })));
    payload.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut);
  });
}

/** Below, the chunks are few. */
const PLACED_BYTES_MIN = 64 * 1024;
/** Who sends an eighth of what they announced gets memory for all of it: putting so much together takes a millisecond or two. */
const PLACED_FROM = 1 / 8;

/**
 * Bytes in the order in which they come: as chunks first, then in the place where they stay. An announcement alone takes
 * no memory. Chunks are wiped as they are put together, since a body may be a secret and its reader has but one copy.
 */
class ArrivingBytes {
  sizeBytes = 0;
  #chunks: Buffer[] = [];
  #place: Buffer | null = null;

  constructor(readonly announcedBytes: number) {}

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.sizeBytes += chunk.length;
    const { announcedBytes: whole } = this;
    if (this.#place === null && whole > PLACED_BYTES_MIN && this.sizeBytes >= whole * PLACED_FROM) this.#place = Buffer.allocUnsafeSlow(whole);
    if (this.#place !== null) this.#moveTo(this.#place);
  }

  taken(): Buffer {
    if (this.#place !== null) return this.#place.subarray(0, this.sizeBytes);
    const bytes = Buffer.concat(this.#chunks, this.sizeBytes);
    this.wipe();
    return bytes;
  }

  wipe(): void {
    for (const chunk of this.#chunks) chunk.fill(0);
    this.#chunks = [];
    this.#place?.fill(0, 0, this.sizeBytes);
  }

  /** What has been placed so far ends where the chunks begin. */
  #moveTo(place: Buffer): void {
    let at = this.sizeBytes - this.#chunks.reduce((length, chunk) => length + chunk.length, 0);
    for (const chunk of this.#chunks) {
      at += chunk.copy(place, at);
      chunk.fill(0);
    }
    this.#chunks = [];
  }
}

/** How long is waited for a body: some seconds, and what its bytes have earned. A length that was announced earns nothing. */
class Patience {
  #timer: NodeJS.Timeout;
  #spentMillis = 0;

  constructor(
    private readonly arriving: Pick<ArrivingBytes, 'sizeBytes'>,
    millis: number,
    private readonly onLate: () => void,
  ) {
    this.#timer = setTimeout(() => this.#look(), millis);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const earnedMillis = Math.floor(this.arriving.sizeBytes / BODY_BYTES_PER_MILLI) - this.#spentMillis;
    if (earnedMillis < 1) return this.onLate();
    this.#spentMillis += earnedMillis;
    this.#timer = setTimeout(() => this.#look(), earnedMillis);
  }
}
