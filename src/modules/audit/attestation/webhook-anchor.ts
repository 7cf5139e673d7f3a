import { type Anchor, type AnchoredCheckpoint, AnchorFailure } from './anchor.js';
import { boundedRequest } from './bounded-request.js';

const TIMEOUT_MILLIS = 10_000;
/** Nobody reads the answer. */
const ANSWER_BYTES_MAX = 4_096;

/**
 * Sends each note to somebody else's server, as text/plain. What arrived there is theirs, and beyond our reach: it
 * cannot be read back, and proves a rollback only to who kept it.
 */
export class WebhookAnchor implements Anchor {
  readonly name = 'webhook';
  readonly isLocal = false;

  /** @param url asked at each note: it may hold a credential that is exchanged. */
  constructor(private readonly url: () => string) {}

  last(): Promise<null> {
    return Promise.resolve(null);
  }

  async put({ published }: AnchoredCheckpoint): Promise<void> {
    const { status } = await boundedRequest(this.url(), { method: 'POST', body: published, timeoutMillis: TIMEOUT_MILLIS, bytesMax: ANSWER_BYTES_MAX });
    if (status < 200 || status > 299) throw new AnchorFailure(`answered with ${status}`);
  }
}
