/**
 * QWH-1: one sequence of bytes for one waveform, of which a tag or a digest can be taken. Every sample is in it, bit for
 * bit; what two waveforms differ in, their bytes differ in.
 *
 *   "QWH1" | kind u8 | flags u8 = 0 | rank u16 | dim u32 × rank | context length u32 | context UTF-8 | samples f64
 *
 * All numbers are big-endian, samples IEEE 754 binary64 and of complex waveforms real and imaginary part in turn. Nothing
 * is rounded or normalised: one unit in the last place is another waveform, and so is a state vector with another global
 * phase (taking that away is not portable in floating point). Of -0 alone the sign is dropped: JSON does not carry it
 * reliably.
 */
export type WaveformKind = 'real' | 'complex';

export interface Waveform {
  readonly kind: WaveformKind;
  /** Row-major: the last one varies fastest. */
  readonly dims: readonly number[];
  /** As many as the product of `dims`, of complex ones twice that. */
  readonly samples: ArrayLike<number>;
  /** What the bytes are bound to besides, e.g. the id of the object that the waveform belongs to. May be empty. */
  readonly context: string;
}

export const RANK_MAX = 16;
/** Elements of one waveform: 2^20, which is 16 MiB of complex samples. */
export const ELEMENTS_MAX = 2 ** 20;
export const CONTEXT_BYTES_MAX = 1024;

export const WAVEFORM_KINDS = { real: { code: 0x01, numbersPerElement: 1 }, complex: { code: 0x02, numbersPerElement: 2 } } as const satisfies Readonly<Record<WaveformKind, object>>;

/** Why something is no waveform: a pointer (RFC 6901) to the member, a stable code, and what was expected. */
export interface WaveformRefusal {
  readonly pointer: string;
  readonly code: 'out-of-range' | 'wrong-format' | 'wrong-length' | 'not-finite';
  readonly detail: string;
}

/** Null for a waveform that can be encoded. Types are the caller's to have checked, values are checked here. */
export function refusalOf({ kind, dims, samples, context }: Waveform): WaveformRefusal | null {
  return refusalOfDims(dims) ?? refusalOfSamples(kind, dims, samples) ?? refusalOfContext(context);
}

function refusalOfDims(dims: readonly number[]): WaveformRefusal | null {
  if (dims.length < 1 || dims.length > RANK_MAX) return { pointer: '/dims', code: 'out-of-range', detail: `1 to ${RANK_MAX} dimensions` };
  const wrong = dims.findIndex((dim) => !Number.isSafeInteger(dim) || dim < 1 || dim > ELEMENTS_MAX);
  if (wrong >= 0) return { pointer: `/dims/${wrong}`, code: 'out-of-range', detail: `an integer from 1 to ${ELEMENTS_MAX}` };
  // Sixteen factors of 2^20 stay below 2^1024: the product may be inexact, and is never too small.
  return elementsOf(dims) <= ELEMENTS_MAX ? null : { pointer: '/dims', code: 'out-of-range', detail: `at most ${ELEMENTS_MAX} elements in all` };
}

function refusalOfSamples(kind: WaveformKind, dims: readonly number[], samples: ArrayLike<number>): WaveformRefusal | null {
  const expected = elementsOf(dims) * WAVEFORM_KINDS[kind].numbersPerElement;
  if (samples.length !== expected) return { pointer: '/samples', code: 'wrong-length', detail: `${expected} numbers, as kind and dims say` };
  for (let index = 0; index < expected; index += 1) {
    if (!Number.isFinite(samples[index])) return { pointer: `/samples/${index}`, code: 'not-finite', detail: 'a finite number' };
  }
  return null;
}

function refusalOfContext(context: string): WaveformRefusal | null {
  const refused = (code: WaveformRefusal['code'], detail: string): WaveformRefusal => ({ pointer: '/context', code, detail });
  if (!context.isWellFormed()) return refused('wrong-format', 'text without unpaired surrogates');
  // Not normalised here: what was tagged would not be what the client holds.
  if (context.normalize('NFC') !== context) return refused('wrong-format', 'text in Unicode normalisation form C (NFC)');
  return Buffer.byteLength(context, 'utf8') <= CONTEXT_BYTES_MAX ? null : refused('out-of-range', `at most ${CONTEXT_BYTES_MAX} bytes of UTF-8`);
}

export function elementsOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

const MAGIC = Buffer.from('QWH1', 'latin1');
const FLAGS = 0x00;

function encodedLength({ dims, samples, context }: Waveform): number {
  return MAGIC.length + 1 + 1 + 2 + 4 * dims.length + 4 + Buffer.byteLength(context, 'utf8') + 8 * samples.length;
}

/** The encoding, in memory of its own: it can be handed to another thread. Throws for what `refusalOf` refuses. */
export function encodeWaveform(waveform: Waveform): Buffer<ArrayBuffer> {
  const refusal = refusalOf(waveform);
  if (refusal !== null) throw new RangeError(`${refusal.pointer}: ${refusal.detail}`);
  const { kind, dims, samples, context } = waveform;
  const bytes = Buffer.from(new ArrayBuffer(encodedLength(waveform)));
  let at = MAGIC.copy(bytes);
  at = bytes.writeUInt8(WAVEFORM_KINDS[kind].code, at);
  at = bytes.writeUInt8(FLAGS, at);
  at = bytes.writeUInt16BE(dims.length, at);
  for (const dim of dims) at = bytes.writeUInt32BE(dim, at);
  at = bytes.writeUInt32BE(Buffer.byteLength(context, 'utf8'), at);
  at += bytes.write(context, at, 'utf8');
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  // Adding 0 makes +0 of -0 and changes no other number.
  for (let index = 0; index < samples.length; index += 1) view.setFloat64(8 * index, samples[index]! + 0, false);
  return bytes;
}

/** What keeps a tag from being made by who may take the HMAC of any bytes, under the same key. */
export function beginsAsEncoding(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && MAGIC.equals(bytes.subarray(0, MAGIC.length));
}
