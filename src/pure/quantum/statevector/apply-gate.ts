import type { KernelForm, KernelGate } from './kernel-gate.js';
import type { StateVector } from './state-vector.js';

/**
 * The kernels. Each walks the indices whose fixed bits are 0, in ascending order: `((i | fixed) + 1) & ~fixed` counts
 * up in the other bits. OR-ing the control mask into such an index enters the half of the state where controls are 1.
 *
 * The type assertions on array elements are safe because every index is below 2^qubits by construction.
 */
type Kernel = (state: StateVector, gate: KernelGate) => void;

/** Touches only the part of the state in which all of the gate's qubits are 1. */
function applyPhase({ re, im }: StateVector, { controlMask, fixedMask, entries }: KernelGate): void {
  const factorRe = entries[0] as number;
  const factorIm = entries[1] as number;
  for (let i = controlMask; i < re.length; i = (((i | fixedMask) + 1) & ~fixedMask) | controlMask) {
    const a = re[i] as number;
    const b = im[i] as number;
    re[i] = a * factorRe - b * factorIm;
    im[i] = a * factorIm + b * factorRe;
  }
}

/** rz, crz: worth a loop of its own, for they are among the most frequent gates of real programs. */
function applyDiagonalOne({ re, im }: StateVector, { controlMask, fixedMask, offsets, entries }: KernelGate): void {
  const d0r = entries[0] as number;
  const d0i = entries[1] as number;
  const d1r = entries[2] as number;
  const d1i = entries[3] as number;
  const stride = offsets[1] as number;
  for (let base = 0; base < re.length; base = ((base | fixedMask) + 1) & ~fixedMask) {
    const i = base | controlMask;
    const j = i | stride;
    const ar = re[i] as number;
    const ai = im[i] as number;
    const br = re[j] as number;
    const bi = im[j] as number;
    re[i] = d0r * ar - d0i * ai;
    im[i] = d0r * ai + d0i * ar;
    re[j] = d1r * br - d1i * bi;
    im[j] = d1r * bi + d1i * br;
  }
}

function applyDiagonalMany({ re, im }: StateVector, { controlMask, fixedMask, offsets, entries }: KernelGate): void {
  for (let base = 0; base < re.length; base = ((base | fixedMask) + 1) & ~fixedMask) {
    for (let value = 0; value < offsets.length; value++) {
      const i = base | controlMask | (offsets[value] as number);
      const factorRe = entries[2 * value] as number;
      const factorIm = entries[2 * value + 1] as number;
      const a = re[i] as number;
      const b = im[i] as number;
      re[i] = a * factorRe - b * factorIm;
      im[i] = a * factorIm + b * factorRe;
    }
  }
}

/** Moves amplitudes without arithmetic, so without rounding. */
function applyExchange({ re, im }: StateVector, { controlMask, fixedMask, offsets }: KernelGate): void {
  const first = (offsets[0] as number) | controlMask;
  const second = (offsets[1] as number) | controlMask;
  for (let base = 0; base < re.length; base = ((base | fixedMask) + 1) & ~fixedMask) {
    const i = base | first;
    const j = base | second;
    const a = re[i] as number;
    const b = im[i] as number;
    re[i] = re[j] as number;
    im[i] = im[j] as number;
    re[j] = a;
    im[j] = b;
  }
}

/** One target under any number of controls, with the matrix in local variables. */
function applyDenseOne({ re, im }: StateVector, { controlMask, fixedMask, offsets, entries }: KernelGate): void {
  const m00r = entries[0] as number;
  const m00i = entries[1] as number;
  const m01r = entries[2] as number;
  const m01i = entries[3] as number;
  const m10r = entries[4] as number;
  const m10i = entries[5] as number;
  const m11r = entries[6] as number;
  const m11i = entries[7] as number;
  const stride = offsets[1] as number;
  for (let base = 0; base < re.length; base = ((base | fixedMask) + 1) & ~fixedMask) {
    const i = base | controlMask;
    const j = i | stride;
    const ar = re[i] as number;
    const ai = im[i] as number;
    const br = re[j] as number;
    const bi = im[j] as number;
    re[i] = m00r * ar - m00i * ai + m01r * br - m01i * bi;
    im[i] = m00r * ai + m00i * ar + m01r * bi + m01i * br;
    re[j] = m10r * ar - m10i * ai + m11r * br - m11i * bi;
    im[j] = m10r * ai + m10i * ar + m11r * bi + m11i * br;
  }
}

/** Gathers the 2^k amplitudes of each group, multiplies, scatters. */
function applyDenseMany({ re, im }: StateVector, { controlMask, fixedMask, offsets, entries }: KernelGate): void {
  const size = offsets.length;
  const groupRe = new Float64Array(size);
  const groupIm = new Float64Array(size);
  for (let base = 0; base < re.length; base = ((base | fixedMask) + 1) & ~fixedMask) {
    const start = base | controlMask;
    for (let column = 0; column < size; column++) {
      const i = start | (offsets[column] as number);
      groupRe[column] = re[i] as number;
      groupIm[column] = im[i] as number;
    }
    for (let row = 0, k = 0; row < size; row++) {
      let sumRe = 0;
      let sumIm = 0;
      for (let column = 0; column < size; column++, k += 2) {
        const entryRe = entries[k] as number;
        const entryIm = entries[k + 1] as number;
        const a = groupRe[column] as number;
        const b = groupIm[column] as number;
        sumRe += entryRe * a - entryIm * b;
        sumIm += entryRe * b + entryIm * a;
      }
      const i = start | (offsets[row] as number);
      re[i] = sumRe;
      im[i] = sumIm;
    }
  }
}

const KERNELS: Readonly<Record<KernelForm, Kernel>> = {
  phase: applyPhase,
  diagonal: (state, gate) => (gate.offsets.length === 2 ? applyDiagonalOne : applyDiagonalMany)(state, gate),
  exchange: applyExchange,
  // Two offsets: one target.
  dense: (state, gate) => (gate.offsets.length === 2 ? applyDenseOne : applyDenseMany)(state, gate),
};

/** Applies a gate in place. Its qubits exist in the state. */
export function applyGate(state: StateVector, gate: KernelGate): void {
  KERNELS[gate.form](state, gate);
}
