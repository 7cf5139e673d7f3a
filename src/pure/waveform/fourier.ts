/**
 * The discrete Fourier transform X[k] = Σ x[n]·exp(-2πi·kn/N), unscaled. Lengths that are powers of two by radix 2
 * (Cooley and Tukey), all others as a convolution of such a length (Bluestein): n·log n for every n, primes included.
 * Twiddle factors come from sine and cosine each and not from products, so that errors stay near log n ulps.
 */
export interface ComplexArray {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export function complexArray(length: number): ComplexArray {
  return { re: new Float64Array(length), im: new Float64Array(length) };
}

/** Transforms in place; made once a length and used for every line of that length. */
export type FourierTransform = (values: ComplexArray) => void;

export function fourierTransform(length: number): FourierTransform {
  return (length & (length - 1)) === 0 ? radix2(length) : bluestein(length);
}

function radix2(length: number): FourierTransform {
  const half = length >> 1;
  const twiddle = complexArray(half);
  for (let k = 0; k < half; k += 1) {
    const angle = (-2 * Math.PI * k) / length;
    twiddle.re[k] = Math.cos(angle);
    twiddle.im[k] = Math.sin(angle);
  }
  return (values) => {
    reverseBits(values, length);
    for (let size = 2; size <= length; size *= 2) combine(values, twiddle, size);
  };
}

function reverseBits({ re, im }: ComplexArray, length: number): void {
  for (let index = 1, reversed = 0; index < length; index += 1) {
    let bit = length >> 1;
    for (; reversed & bit; bit >>= 1) reversed ^= bit;
    reversed ^= bit;
    if (index >= reversed) continue;
    [re[index], re[reversed]] = [re[reversed]!, re[index]!];
    [im[index], im[reversed]] = [im[reversed]!, im[index]!];
  }
}

/** One round of butterflies: transforms of half the size become transforms of this size. */
function combine({ re, im }: ComplexArray, twiddle: ComplexArray, size: number): void {
  const half = size >> 1;
  const step = re.length / size;
  for (let start = 0; start < re.length; start += size) {
    for (let k = 0, at = 0; k < half; k += 1, at += step) {
      const low = start + k;
      const high = low + half;
      const c = twiddle.re[at]!;
      const s = twiddle.im[at]!;
      const real = re[high]! * c - im[high]! * s;
      const imaginary = re[high]! * s + im[high]! * c;
      re[high] = re[low]! - real;
      im[high] = im[low]! - imaginary;
      re[low]! += real;
      im[low]! += imaginary;
    }
  }
}

/** kn = (k² + n² - (k-n)²)/2 makes the transform a convolution with the chirp exp(πi·n²/N). */
function bluestein(length: number): FourierTransform {
  const padded = 2 ** Math.ceil(Math.log2(2 * length - 1));
  const transform = radix2(padded);
  const chirp = complexArray(length);
  const kernel = complexArray(padded);
  for (let n = 0; n < length; n += 1) {
    // Reduced before the sine: n² has up to 40 bits, of which an angle would lose the low ones.
    const angle = (-Math.PI * ((n * n) % (2 * length))) / length;
    chirp.re[n] = Math.cos(angle);
    chirp.im[n] = Math.sin(angle);
    const mirrored = n === 0 ? 0 : padded - n;
    kernel.re[n] = kernel.re[mirrored] = chirp.re[n]!;
    kernel.im[n] = kernel.im[mirrored] = -chirp.im[n]!;
  }
  transform(kernel);
  // Of all lines: an axis of three has so many that making it anew for each was most of the work.
  const work = complexArray(padded);
  return (values) => {
    multiplyInto(work, values, chirp, length);
    work.re.fill(0, length);
    work.im.fill(0, length);
    transform(work);
    multiplyInto(work, work, kernel, padded);
    // The inverse transform is the transform with real and imaginary part exchanged, before and after.
    transform({ re: work.im, im: work.re });
    multiplyInto(values, work, chirp, length);
    for (let k = 0; k < length; k += 1) {
      values.re[k]! /= padded;
      values.im[k]! /= padded;
    }
  };
}

function multiplyInto(target: ComplexArray, a: ComplexArray, b: ComplexArray, length: number): void {
  for (let k = 0; k < length; k += 1) {
    const real = a.re[k]! * b.re[k]! - a.im[k]! * b.im[k]!;
    target.im[k] = a.re[k]! * b.im[k]! + a.im[k]! * b.re[k]!;
    target.re[k] = real;
  }
}

/** Along every axis of a row-major array, in place. */
export function transformEveryAxis(values: ComplexArray, dims: readonly number[]): void {
  let stride = 1;
  for (const dim of dims.toReversed()) {
    if (dim > 1) transformAxis(values, dim, stride);
    stride *= dim;
  }
}

function transformAxis({ re, im }: ComplexArray, dim: number, stride: number): void {
  const transform = fourierTransform(dim);
  const line = complexArray(dim);
  for (let block = 0; block < re.length; block += dim * stride) {
    for (let start = block; start < block + stride; start += 1) {
      for (let k = 0; k < dim; k += 1) {
        line.re[k] = re[start + k * stride]!;
        line.im[k] = im[start + k * stride]!;
      }
      transform(line);
      for (let k = 0; k < dim; k += 1) {
        re[start + k * stride] = line.re[k]!;
        im[start + k * stride] = line.im[k]!;
      }
    }
  }
}
