import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DensityState } from '../density/density-state.js';
import type { Matrix } from '../gates/matrix.js';
import { dimensionOf } from '../gates/matrix.js';
import { uniform } from '../random/philox.js';
import { placeChannel } from './place-channel.js';
import { cumulativeChances } from './draw-alternative.js';
import type { ChannelParameters, ChannelType } from './channels.js';
import { CHANNEL_TYPES, channelRecord } from './channels.js';

const SEED = 20261122;
const SAMPLES = 12;

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(actual.length, expected.length);
  for (let k = 0; k < actual.length; k++) assert.ok(Math.abs(actual[k]! - expected[k]!) < 1e-12, `${what}: entry ${k} is ${actual[k]}, not ${expected[k]}`);
}

/** ρ' of one qubit: what is added to ⟨0|ρ|0⟩ and taken from ⟨1|ρ|1⟩, and the two parts of ⟨0|ρ|1⟩. */
function oneQubit(rho: Matrix, gain: number, [re, im]: readonly [number, number]): Matrix {
  return Float64Array.of(rho[0]! + gain, 0, re, im, re, -im, rho[6]! - gain, 0);
}

const mixed = (rho: Matrix, p: number) => rho.map((entry, k) => (1 - p) * entry + (k % (2 * dimensionOf(rho) + 2) === 0 ? p / dimensionOf(rho) : 0));
const scaled = (rho: Matrix, gain: number, factor: number) => oneQubit(rho, gain, [factor * rho[2]!, factor * rho[3]!]);

/** Each channel in closed form, as the books have it. */
const ANALYTIC: Readonly<Record<ChannelType, (rho: Matrix, parameters: ChannelParameters) => Matrix>> = {
  'bit-flip': (rho, { probability: p = 0 }) => oneQubit(rho, p * (rho[6]! - rho[0]!), [rho[2]!, (1 - 2 * p) * rho[3]!]),
  'phase-flip': (rho, { probability: p = 0 }) => scaled(rho, 0, 1 - 2 * p),
  'bit-phase-flip': (rho, { probability: p = 0 }) => oneQubit(rho, p * (rho[6]! - rho[0]!), [(1 - 2 * p) * rho[2]!, rho[3]!]),
  depolarizing: (rho, { probability = 0 }) => mixed(rho, probability),
  'two-qubit-depolarizing': (rho, { probability = 0 }) => mixed(rho, probability),
  'amplitude-damping': (rho, { gamma = 0 }) => scaled(rho, gamma * rho[6]!, Math.sqrt(1 - gamma)),
  'phase-damping': (rho, { lambda = 0 }) => scaled(rho, 0, Math.sqrt(1 - lambda)),
  'thermal-relaxation': (rho, { t1 = 1, t2 = 1, gateTime = 0, excitedPopulation = 0 }) => scaled(rho, (1 - Math.exp(-gateTime / t1)) * (rho[6]! - excitedPopulation), Math.exp(-gateTime / t2)),
};

/** Parameters all over their ranges, the ends included. */
function samplesOf(type: ChannelType): readonly ChannelParameters[] {
  const record = channelRecord(type);
  if (type === 'thermal-relaxation') {
    return Array.from({ length: SAMPLES }, (_, i) => {
      const t1 = 10 ** (4 * uniform(SEED, i, 0));
      return { t1, t2: 2 * t1 * (i === 0 ? 1 : uniform(SEED, i, 1)) || 1, gateTime: i === 1 ? 0 : t1 * uniform(SEED, i, 2), ...(i % 3 === 0 ? {} : { excitedPopulation: uniform(SEED, i, 3) / 2 }) };
    });
  }
  return Array.from({ length: SAMPLES }, (_, i) => Object.fromEntries(Object.keys(record.parameters).map((name) => [name, i < 2 ? i : uniform(SEED, i, 0)])));
}

/** A state of three qubits that nothing makes special; what is left of two of them is mixed. */
function anyState(): DensityState {
  const state = new DensityState(3, 'double');
  for (let i = 0; i < 9; i++) {
    state.apply({ name: 'u', parameters: [0, 1, 2].map((draw) => 7 * uniform(SEED, i, draw)), qubits: [i % 3] });
    state.apply({ name: 'cx', parameters: [], qubits: [i % 3, (i + 1) % 3] });
  }
  return state;
}

describe(`channels of noise (seed ${SEED})`, () => {
  for (const type of CHANNEL_TYPES) {
    const record = channelRecord(type);
    const qubits = [2, 0].slice(0, record.qubits);

    it(`${type}: the Kraus operators are complete`, () => {
      for (const parameters of samplesOf(type)) {
        const size = 2 ** record.qubits;
        const sum = new Float64Array(2 * size * size);
        for (const kraus of record.kraus(parameters)) {
          for (let row = 0; row < size; row++) {
            for (let column = 0; column < size; column++) {
              for (let k = 0; k < size; k++) {
                const [a, b] = [kraus[2 * (k * size + row)]!, -kraus[2 * (k * size + row) + 1]!];
                const [c, d] = [kraus[2 * (k * size + column)]!, kraus[2 * (k * size + column) + 1]!];
                sum[2 * (row * size + column)]! += a * c - b * d;
                sum[2 * (row * size + column) + 1]! += a * d + b * c;
              }
            }
          }
        }
        near(sum, mixed(new Float64Array(2 * size * size), 1).map((entry) => entry * size), JSON.stringify(parameters));
      }
    });

    it(`${type}: does to a density matrix what its formula says`, () => {
      for (const parameters of samplesOf(type)) {
        const state = anyState();
        const before = state.reducedDensityMatrix(qubits);
        state.applyChannel(placeChannel(record, parameters, qubits));
        near(state.reducedDensityMatrix(qubits), ANALYTIC[type](before, parameters), JSON.stringify(parameters));
      }
    });

    it(`${type}: its alternatives, each as often as it is drawn, are the channel`, () => {
      for (const parameters of samplesOf(type)) {
        const [channel, state] = [placeChannel(record, parameters, qubits), anyState()];
        const sum = new Float64Array(2 * 64);
        cumulativeChances(channel, state).forEach((end, i, ends) => {
          const chance = end - (ends[i - 1] ?? 0);
          if (chance <= 0) return;
          const drawn = state.copy();
          for (const gate of channel.alternatives[i]!.gates) drawn.apply(gate);
          drawn.reducedDensityMatrix([0, 1, 2]).forEach((entry, k) => (sum[k]! += chance * entry));
        });
        state.applyChannel(channel);
        near(sum, state.reducedDensityMatrix([0, 1, 2]), JSON.stringify(parameters));
      }
    });
  }
});
