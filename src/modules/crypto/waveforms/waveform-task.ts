import type { KeyObject } from 'node:crypto';
import { sha256 } from '#pure/digest/digest.js';
import { type SignalFeatures, signalFeatures } from '#pure/waveform/signal-features.js';
import { elementsOf, encodeWaveform, type WaveformRefusal } from '#pure/waveform/waveform.js';
import { macOf } from '#pure/waveform/waveform-tag.js';
import { readWaveformRequest, type RequestRefusal, type WaveformOperation } from './waveform-request.js';

/** Work that grows with the waveform. Small ones are done where they are, large ones by a thread: by the same functions. */
export interface WaveformOrders {
  readonly read: { readonly operation: Exclude<WaveformOperation, 'analyze'>; readonly bytes: Uint8Array };
  readonly analyze: { readonly bytes: Uint8Array };
  /** `bytes` are the encoding. */
  readonly mac: { readonly key: KeyObject; readonly bytes: Uint8Array };
}

export type WaveformWork = keyof WaveformOrders;

export interface EncodedRequest {
  readonly ok: true;
  readonly key: string;
  readonly tag: string;
  readonly project: string | null;
  readonly encoding: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the encoding. */
  readonly digest: Uint8Array;
}

export interface Refused {
  readonly ok: false;
  readonly refusal: RequestRefusal;
}

/** What each order brings. */
export interface WaveformResults {
  readonly read: EncodedRequest | Refused;
  readonly analyze: { readonly ok: true; readonly features: SignalFeatures } | Refused;
  readonly mac: Uint8Array;
}

/** A complex number may be larger than the largest double, though neither of its parts is. */
const TOO_LARGE: WaveformRefusal = { pointer: '/samples', code: 'out-of-range', detail: 'complex numbers whose modulus IEEE 754 binary64 can hold' };

/** Of what is analysed: a transform costs more than a tag, most where there are many short axes, and needs no role. */
export const ANALYZED_ELEMENTS_MAX = 2 ** 17;
const TOO_MANY: WaveformRefusal = { pointer: '/dims', code: 'out-of-range', detail: `at most ${ANALYZED_ELEMENTS_MAX} elements in all, to be analysed` };

export const WAVEFORM_WORK: { readonly [W in WaveformWork]: (order: WaveformOrders[W]) => WaveformResults[W] } = {
  read: ({ operation, bytes }) => {
    const read = readWaveformRequest(operation, bytes);
    if (!read.ok) return read;
    const { waveform, key, tag, project } = read.request;
    const encoding = encodeWaveform(waveform);
    return { ok: true, key, tag, project, encoding, digest: sha256(encoding) };
  },
  analyze: ({ bytes }) => {
    const read = readWaveformRequest('analyze', bytes);
    if (!read.ok) return read;
    if (elementsOf(read.request.waveform.dims) > ANALYZED_ELEMENTS_MAX) return { ok: false, refusal: { why: 'no-waveform', refusal: TOO_MANY } };
    const features = signalFeatures(read.request.waveform);
    return features === null ? { ok: false, refusal: { why: 'no-waveform', refusal: TOO_LARGE } } : { ok: true, features };
  },
  mac: ({ bytes, key }) => macOf(bytes, key),
};

export interface WaveformTask<W extends WaveformWork = WaveformWork> {
  readonly work: W;
  readonly order: WaveformOrders[W];
}

/** What a thread does. What it encoded is moved, not copied: it may have 16 MiB. */
export default function perform<W extends WaveformWork>({ work, order }: WaveformTask<W>, context: { readonly transfer: (...buffers: ArrayBuffer[]) => void }): WaveformResults[W] {
  const result = WAVEFORM_WORK[work](order);
  if ('encoding' in result) context.transfer(result.encoding.buffer);
  return result;
}
