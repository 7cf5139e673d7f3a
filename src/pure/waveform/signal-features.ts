import { complexArray, type ComplexArray, transformEveryAxis } from './fourier.js';
import { elementsOf, type Waveform } from './waveform.js';

/**
 * What a waveform looks like, for people and plots. NOT a security function: unkeyed, lossy, and equal for many
 * waveforms. Whoever must know whether a waveform is the one that it was takes its tag (waveform-tag.ts).
 */
export interface SignalFeatures {
  /** Number of elements. */
  readonly elements: number;
  /** Of the samples, or of the complex numbers. */
  readonly mean: { readonly re: number; readonly im: number };
  /** Root of the mean square of the moduli. */
  readonly rms: number;
  /** The largest modulus. */
  readonly peak: number;
  /** Null where nothing but the mean is there. */
  readonly dominant: DominantBin | null;
}

/** The largest of the discrete Fourier transform's bins but the zeroth, which is the mean. */
export interface DominantBin {
  /** One index an axis, 0 to dim - 1. Of a real waveform's two that mirror one another, the first. */
  readonly bin: readonly number[];
  /** Cycles a sample along each axis, above -0.5 and at most 0.5. */
  readonly frequency: readonly number[];
  /** |X|/N, never more than the peak. */
  readonly amplitude: number;
  /** Of X, in radians, above -π and at most π. */
  readonly phase: number;
}

/** Rounding of the transform leaves so much, times log2 N, of the peak in bins that are empty; measured: a tenth of it. */
const NOISE_ULPS = 16;

/** Null where a modulus is beyond binary64. Expects what `refusalOf` does not refuse. */
export function signalFeatures({ kind, dims, samples }: Waveform): SignalFeatures | null {
  const elements = elementsOf(dims);
  let largest = 0;
  for (let index = 0; index < samples.length; index += 1) largest = Math.max(largest, Math.abs(samples[index]!));
  if (largest === 0) return { elements, mean: { re: 0, im: 0 }, rms: 0, peak: 0, dominant: null };
  // Within -1 to 1, sums and squares neither overflow nor vanish.
  const scaled = complexArray(elements);
  const step = kind === 'complex' ? 2 : 1;
  for (let index = 0; index < elements; index += 1) {
    scaled.re[index] = samples[step * index]! / largest;
    scaled.im[index] = kind === 'complex' ? samples[step * index + 1]! / largest : 0;
  }
  const { mean, rms, peak } = momentsOf(scaled);
  if (!Number.isFinite(peak * largest)) return null;
  transformEveryAxis(scaled, dims);
  const dominant = dominantOf(scaled, dims, kind === 'real', peak);
  return {
    elements,
    mean: { re: mean.re * largest, im: mean.im * largest },
    rms: rms * largest,
    peak: peak * largest,
    dominant: dominant === null ? null : { ...dominant, amplitude: dominant.amplitude * largest },
  };
}

function momentsOf({ re, im }: ComplexArray): Pick<SignalFeatures, 'mean' | 'rms' | 'peak'> {
  let [sumRe, sumIm, squares, peak] = [0, 0, 0, 0];
  for (let index = 0; index < re.length; index += 1) {
    const square = re[index]! * re[index]! + im[index]! * im[index]!;
    sumRe += re[index]!;
    sumIm += im[index]!;
    squares += square;
    peak = Math.max(peak, square);
  }
  return { mean: { re: sumRe / re.length, im: sumIm / re.length }, rms: Math.sqrt(squares / re.length), peak: Math.sqrt(peak) };
}

function dominantOf({ re, im }: ComplexArray, dims: readonly number[], isReal: boolean, peak: number): DominantBin | null {
  const length = re.length;
  let found = 0;
  let square = (NOISE_ULPS * Number.EPSILON * Math.log2(length + 1) * peak * length) ** 2;
  for (let index = 1; index < length; index += 1) {
    const candidate = re[index]! * re[index]! + im[index]! * im[index]!;
    // Of two bins that mirror one another only the first is asked: rounding would choose between them.
    if (candidate <= square || (isReal && mirrorOf(index, dims) < index)) continue;
    found = index;
    square = candidate;
  }
  if (found === 0) return null;
  const bin = indicesOf(found, dims);
  const frequency = bin.map((k, axis) => (2 * k <= dims[axis]! ? k : k - dims[axis]!) / dims[axis]!);
  return { bin, frequency, amplitude: Math.sqrt(square) / length, phase: Math.atan2(im[found]!, re[found]!) };
}

function indicesOf(index: number, dims: readonly number[]): readonly number[] {
  let rest = index;
  return dims
    .toReversed()
    .map((dim) => {
      const k = rest % dim;
      rest = (rest - k) / dim;
      return k;
    })
    .toReversed();
}

/** Where the conjugate of a bin is: at minus its index, along every axis. */
function mirrorOf(index: number, dims: readonly number[]): number {
  let [rest, stride, mirror] = [index, 1, 0];
  for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
    const dim = dims[axis]!;
    const k = rest % dim;
    mirror += (k === 0 ? 0 : dim - k) * stride;
    rest = (rest - k) / dim;
    stride *= dim;
  }
  return mirror;
}
