import { canonicalJsonBytes } from '#pure/canonical-json/canonical-json.js';
import { resultDigest } from '#pure/digest/result-digest.js';

export interface RunFailure {
  readonly kind: 'failed';
  readonly code: 'out-of-memory' | 'result-too-large' | 'loop-limit' | 'engine-failure';
  readonly detail: string;
}

export type CircuitOutcome =
  | { readonly kind: 'finished'; readonly body: Uint8Array<ArrayBuffer>; readonly digest: string; readonly engineVersion: string }
  | RunFailure;

/** The part of the pool's task context that is used here. */
export interface Watch {
  readonly isCancelled: () => boolean;
  readonly progress: (fraction: number) => void;
  readonly transfer: (...buffers: ArrayBuffer[]) => void;
}

export function failed(code: RunFailure['code'], detail: string): RunFailure {
  return { kind: 'failed', code, detail };
}

export function tooLarge(bytes: number, bytesMax: number): RunFailure {
  return failed('result-too-large', `The result has ${bytes} bytes; ${bytesMax} are allowed. Measure fewer bits or take fewer shots.`);
}

/** The canonical bytes of a result with its digest, on their way out of the thread. */
export function sealed(result: object, engineVersion: string, bytesMax: number, watch: Watch): CircuitOutcome {
  const digest = resultDigest(result);
  const canonical = canonicalJsonBytes({ ...result, digest });
  if (canonical.byteLength > bytesMax) return tooLarge(canonical.byteLength, bytesMax);
  // A small Buffer is a view into a pool that must not leave the thread.
  const body = new Uint8Array(canonical);
  watch.transfer(body.buffer);
  return { kind: 'finished', body, digest, engineVersion };
}
