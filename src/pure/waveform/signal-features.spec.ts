import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { complexArray, type ComplexArray, fourierTransform, transformEveryAxis } from './fourier.js';
import { signalFeatures } from './signal-features.js';
import type { Waveform } from './waveform.js';

/** The definition, a sum for each bin. */
function slowly({ re, im }: ComplexArray): ComplexArray {
  const sums = complexArray(re.length);
  for (let k = 0; k < re.length; k += 1) {
    for (let n = 0; n < re.length; n += 1) {
      const angle = (-2 * Math.PI * ((k * n) % re.length)) / re.length;
      sums.re[k]! += re[n]! * Math.cos(angle) - im[n]! * Math.sin(angle);
      sums.im[k]! += re[n]! * Math.sin(angle) + im[n]! * Math.cos(angle);
    }
  }
  return sums;
}

/** Numbers without a pattern, the same at every run. */
function noise(length: number): ComplexArray {
  const values = complexArray(length);
  for (let n = 0; n < length; n += 1) {
    values.re[n] = Math.sin(n * n * 12.9898 + 1);
    values.im[n] = Math.cos(n * n * 78.233 + 2);
  }
  return values;
}

const distance = (a: ComplexArray, b: ComplexArray): number => Math.max(...Array.from(a.re, (value, k) => Math.hypot(value - b.re[k]!, a.im[k]! - b.im[k]!)));
const real = (samples: readonly number[], dims: readonly number[] = [samples.length]): Waveform => ({ kind: 'real', dims, samples, context: '' });
const close = (actual: number, expected: number, tolerance = 1e-12): void => assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

describe('the Fourier transform', () => {
  it('is its definition for every length up to 130, powers of two or not', () => {
    for (let length = 1; length <= 130; length += 1) {
      const values = noise(length);
      const expected = slowly(values);
      fourierTransform(length)(values);
      assert.ok(distance(values, expected) < 1e-11, `length ${length}`);
    }
  });

  it('keeps the energy (Parseval) at large lengths, a prime among them', () => {
    const energy = ({ re, im }: ComplexArray): number => re.reduce((sum, value, k) => sum + value * value + im[k]! * im[k]!, 0);
    for (const length of [65_536, 65_537, 100_000]) {
      const values = noise(length);
      const before = energy(values);
      fourierTransform(length)(values);
      close(energy(values) / length / before, 1, 1e-12);
    }
  });

  it('is taken along each axis', () => {
    const [rows, columns] = [3, 4];
    const values = noise(rows * columns);
    const expected = complexArray(rows * columns);
    for (let k = 0; k < rows * columns; k += 1) {
      for (let n = 0; n < rows * columns; n += 1) {
        const turns = (Math.floor(k / columns) * Math.floor(n / columns)) / rows + ((k % columns) * (n % columns)) / columns;
        const angle = -2 * Math.PI * turns;
        expected.re[k]! += values.re[n]! * Math.cos(angle) - values.im[n]! * Math.sin(angle);
        expected.im[k]! += values.re[n]! * Math.sin(angle) + values.im[n]! * Math.cos(angle);
      }
    }
    transformEveryAxis(values, [rows, columns]);
    assert.ok(distance(values, expected) < 1e-12);
  });
});

describe('the features of a signal', () => {
  it('are mean, root mean square and peak', () => {
    const found = signalFeatures(real([3, -4, 0, 1]))!;
    assert.deepEqual([found.elements, found.mean, found.peak], [4, { re: 0, im: 0 }, 4]);
    close(found.rms, Math.sqrt(26 / 4));
  });

  for (const length of [64, 60, 61]) {
    it(`find a tone among ${length} samples, beside a larger mean`, () => {
      const samples = Array.from({ length }, (_, n) => 5 + 0.5 * Math.cos((2 * Math.PI * 7 * n) / length + 1) + 0.1 * Math.cos((2 * Math.PI * 11 * n) / length));
      const { mean, dominant } = signalFeatures(real(samples))!;
      close(mean.re, 5);
      assert.deepEqual(dominant!.bin, [7]);
      close(dominant!.frequency[0]!, 7 / length);
      close(dominant!.amplitude, 0.25);
      close(dominant!.phase, 1, 1e-10);
    });
  }

  it('find a rotation that goes backwards, as a negative frequency', () => {
    const samples = Array.from({ length: 10 }, (_, n) => [Math.cos((-2 * Math.PI * 3 * n) / 10), Math.sin((-2 * Math.PI * 3 * n) / 10)]).flat();
    const { dominant } = signalFeatures({ kind: 'complex', dims: [10], samples, context: '' })!;
    assert.deepEqual([dominant!.bin, dominant!.frequency], [[7], [-0.3]]);
    close(dominant!.amplitude, 1);
  });

  it('find a wave in a plane by one index an axis, the first of the two that mirror one another', () => {
    const [rows, columns] = [6, 10];
    const samples = Array.from({ length: rows * columns }, (_, n) => Math.sin(2 * Math.PI * ((2 * Math.floor(n / columns)) / rows - (3 * (n % columns)) / columns)));
    const { dominant } = signalFeatures(real(samples, [rows, columns]))!;
    assert.deepEqual(dominant!.bin, [2, 7]);
    close(dominant!.frequency[1]!, -0.3);
  });

  it('name nothing dominant where nothing varies', () => {
    for (const samples of [[0, 0], [7], new Array<number>(1000).fill(0.1), new Array<number>(1024).fill(1e300)]) assert.equal(signalFeatures(real(samples))!.dominant, null);
  });

  it('stay finite at both ends of binary64, and say nothing where a modulus is beyond it', () => {
    const largest = signalFeatures(real([Number.MAX_VALUE, -Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE]))!;
    assert.deepEqual([largest.peak, largest.rms, largest.dominant!.bin], [Number.MAX_VALUE, Number.MAX_VALUE, [2]]);
    assert.equal(signalFeatures(real([Number.MIN_VALUE]))!.peak, Number.MIN_VALUE);
    assert.equal(signalFeatures({ kind: 'complex', dims: [1], samples: [Number.MAX_VALUE, Number.MAX_VALUE], context: '' }), null);
  });

  it('are bounded by the peak for every signal', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 40 }), (samples) => {
        const { mean, rms, peak, dominant } = signalFeatures(real(samples))!;
        for (const bounded of [Math.abs(mean.re), rms, dominant?.amplitude ?? 0]) assert.ok(bounded <= peak * (1 + 1e-12) || bounded <= peak + Number.MIN_VALUE);
      }),
    );
  });
});
