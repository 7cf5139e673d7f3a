import { createHash } from 'node:crypto';
import { type Checkpoint } from '#pure/transparency-log/checkpoint.js';
import { LogFormatError } from '#pure/transparency-log/log-format-error.js';
import type { VerifierKey } from '#pure/transparency-log/verifier-key.js';
import { formatAddCheckpoint, parseTreeSize, type ReadCosignature, readCosignatures, TREE_SIZE_MEDIA_TYPE } from '#pure/transparency-log/witness-exchange.js';
import type { PolicyWitness } from '#pure/transparency-log/witness-policy.js';
import { vouchedCheckpoint } from './anchored-note.js';
import { boundedRequest } from './bounded-request.js';
import type { OutsideView } from './fork-watch.js';
import { trimEndOf } from '#pure/encoding/trim.js';

const TIMEOUT_MILLIS = 10_000;
/** Some 20 ML-DSA-44 lines. */
const ANSWER_BYTES_MAX = 64 * 1024;

export interface Submission {
  /** What the witness is believed to have. */
  readonly oldSize: number;
  /** From there to the checkpoint; empty where `oldSize` is 0 or the checkpoint's. */
  readonly proof: readonly Buffer[];
  /** The checkpoint with the log's own signature. */
  readonly note: string;
}

/** What a witness answered, and what it means. */
export type WitnessAnswer =
  | { readonly kind: 'cosigned'; readonly cosignatures: readonly ReadCosignature[] }
  /** 409: it has another size than was thought. */
  | { readonly kind: 'other-size'; readonly size: number }
  /** 422: what it has at that size is not what the proof begins with. */
  | { readonly kind: 'inconsistent' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Why a status is no success, in the words of c2sp.org/tlog-witness. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: 'answered 400: the request is malformed to it',
  403: 'answered 403: it trusts none of the keys that signed',
  404: 'answered 404: it does not know the log',
};

/** Speaks c2sp.org/tlog-witness with one witness. Throws `NoAnswer`; every other answer is a value. */
export class WitnessClient implements OutsideView {
  readonly name: string;
  readonly isLocal = false;
  private readonly prefix: string;

  /** `keys`: of all witnesses of the policy; one server may cosign with several of them. */
  constructor(
    witness: PolicyWitness & { readonly url: string },
    private readonly keys: readonly VerifierKey[],
  ) {
    this.name = `witness ${witness.name}`;
    this.prefix = trimEndOf(witness.url, '/');
  }

  async addCheckpoint({ oldSize, proof, note }: Submission, nowSeconds: number): Promise<WitnessAnswer> {
    const body = formatAddCheckpoint(oldSize, proof, note);
    const answer = await boundedRequest(`${this.prefix}/add-checkpoint`, { method: 'POST', body, timeoutMillis: TIMEOUT_MILLIS, bytesMax: ANSWER_BYTES_MAX });
    if (answer.status === 200) return this.readCosigned(note, answer.body, nowSeconds);
    if (answer.status === 422) return { kind: 'inconsistent' };
    if (answer.status !== 409) return { kind: 'refused', reason: REFUSALS[answer.status] ?? `answered with ${answer.status}` };
    const size = answer.mediaType === TREE_SIZE_MEDIA_TYPE ? parseTreeSize(answer.body.toString('latin1')) : null;
    return size === null ? { kind: 'refused', reason: 'answered 409 without a size' } : { kind: 'other-size', size };
  }

  /** The checkpoint that it shows to monitors, where it does so under the prefix of its submissions: not every witness does. */
  async last(keys: readonly VerifierKey[]): Promise<Checkpoint | null> {
    const [key] = keys;
    if (key === undefined) return null;
    const origin = createHash('sha256').update(key.name, 'utf8').digest('hex');
    const { status, body } = await boundedRequest(`${this.prefix}/${origin}/checkpoint`, { method: 'GET', timeoutMillis: TIMEOUT_MILLIS, bytesMax: ANSWER_BYTES_MAX });
    return status === 200 ? vouchedCheckpoint(body.toString('utf8'), keys) : null;
  }

  private readCosigned(note: string, body: Buffer, nowSeconds: number): WitnessAnswer {
    const text = note.slice(0, note.indexOf('\n\n') + 1);
    try {
      const cosignatures = readCosignatures(text, body, this.keys, nowSeconds);
      return cosignatures.length > 0 ? { kind: 'cosigned', cosignatures } : { kind: 'refused', reason: 'cosigned with a key that the policy does not know' };
    } catch (error) {
      if (error instanceof LogFormatError) return { kind: 'refused', reason: `gave an answer that does not count: ${error.message}` };
      throw error;
    }
  }
}
