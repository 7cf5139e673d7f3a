import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHANNEL_TYPES, channelRecord } from './channels.js';
import type { Circuit } from '../circuit/circuit.js';
import { planExecution } from '../sampling/execution-plan.js';
import type { NoiseModel } from './noise-model.js';
import { NOISELESS, NOISE_LIMITS, parseNoise } from './noise-model.js';
import { noiseRefusal } from './noise-size.js';

const thermal = { type: 'thermal-relaxation', t1: 50, t2: 70, gateTime: 0.3 };

describe('a request for noise', () => {
  it('is for none when it is absent', () => {
    assert.deepEqual(parseNoise(undefined, 3), { ok: true, value: NOISELESS });
    assert.deepEqual(parseNoise({}, 3), { ok: true, value: NOISELESS });
  });

  it('names channels, gates and qubits', () => {
    assert.deepEqual(parseNoise({
      channels: [{ type: 'two-qubit-depolarizing', probability: 0.01, gates: ['cx', 'cz'], qubits: [0, 2] }, { type: 'amplitude-damping', gamma: 0.02 }],
      readout: [{ p01: 0.02, p10: 0.03, qubits: [1] }],
    }, 3), {
      ok: true,
      value: {
        channels: [
          { type: 'two-qubit-depolarizing', parameters: { probability: 0.01 }, gates: ['cx', 'cz'], qubits: [0, 2] },
          { type: 'amplitude-damping', parameters: { gamma: 0.02 }, gates: null, qubits: null },
        ],
        readout: [{ qubits: [1], p01: 0.02, p10: 0.03 }],
      },
    });
  });

  it('may have any channel of the table, with parameters at the ends of their ranges', () => {
    for (const type of CHANNEL_TYPES) {
      for (const end of ['min', 'max'] as const) {
        const parameters = Object.fromEntries(Object.entries(channelRecord(type).parameters).map(([name, range]) => [name, range[end]]));
        assert.ok(parseNoise({ channels: [{ type, ...parameters }] }, 3).ok, `${type} ${end}`);
      }
    }
  });

  const flip = (members: object) => ({ channels: [{ type: 'bit-flip', probability: 0.1, ...members }] });
  const refused: readonly (readonly [string, unknown, string])[] = [
    ['a list', [], ''],
    ['null', null, ''],
    ['an unknown member', { channel: [] }, '/channel'],
    ['channels that are no list', { channels: {} }, '/channels'],
    ['too many channels', { channels: Array.from({ length: NOISE_LIMITS.channels + 1 }, () => ({ type: 'bit-flip', probability: 0 })) }, '/channels'],
    ['a channel that is no object', { channels: ['bit-flip'] }, '/channels/0'],
    ['an unknown channel', { channels: [{ type: 'crosstalk' }] }, '/channels/0/type'],
    ['a channel named like a method of objects', { channels: [{ type: 'constructor' }] }, '/channels/0/type'],
    ['a probability above 1', flip({ probability: 1.0001 }), '/channels/0/probability'],
    ['a probability below 0', flip({ probability: -1e-9 }), '/channels/0/probability'],
    ['no probability', flip({ probability: undefined }), '/channels/0/probability'],
    ['a probability that is text', flip({ probability: '0.1' }), '/channels/0/probability'],
    ['a probability that is no number', flip({ probability: NaN }), '/channels/0/probability'],
    ['a parameter of another channel', flip({ gamma: 0.1 }), '/channels/0/gamma'],
    ['a T2 above twice T1', { channels: [{ ...thermal, t2: 100.1 }] }, '/channels/0/t2'],
    ['a T1 of 0', { channels: [{ ...thermal, t1: 0 }] }, '/channels/0/t1'],
    ['a gate that took less than no time', { channels: [{ ...thermal, gateTime: -1 }] }, '/channels/0/gateTime'],
    ['an endless time', { channels: [{ ...thermal, t1: Infinity }] }, '/channels/0/t1'],
    ['an excited population that no temperature makes', { channels: [{ ...thermal, excitedPopulation: 0.51 }] }, '/channels/0/excitedPopulation'],
    ['an unknown gate', flip({ gates: ['h', 'hadamard'] }), '/channels/0/gates/1'],
    ['a gate twice', flip({ gates: ['h', 'h'] }), '/channels/0/gates/1'],
    ['no gates', flip({ gates: [] }), '/channels/0/gates'],
    ['a qubit that does not exist', flip({ qubits: [0, 3] }), '/channels/0/qubits/1'],
    ['a qubit twice', flip({ qubits: [1, 1] }), '/channels/0/qubits/1'],
    ['a channel of two qubits after a gate of one', { channels: [{ type: 'two-qubit-depolarizing', probability: 0.1, gates: ['cx', 'h'] }] }, '/channels/0/gates/1'],
    ['a channel of two qubits on one', { channels: [{ type: 'two-qubit-depolarizing', probability: 0.1, qubits: [0] }] }, '/channels/0/qubits'],
    ['a readout error without one of its probabilities', { readout: [{ p01: 0.1 }] }, '/readout/0/p10'],
    ['a readout error above 1', { readout: [{ p01: 2, p10: 0 }] }, '/readout/0/p01'],
    ['a readout error of no qubit', { readout: [{ p01: 0, p10: 0, qubits: [] }] }, '/readout/0/qubits'],
    ['a readout error with a further member', { readout: [{ p01: 0, p10: 0, 'a/b': 1 }] }, '/readout/0/a~1b'],
  ];
  for (const [what, value, pointer] of refused) {
    it(`is refused with ${what}`, () => {
      const parsed = parseNoise(value, 3);
      assert.ok(!parsed.ok);
      assert.equal(parsed.refusal.pointer, pointer);
      assert.match(parsed.refusal.message, /\.$/);
    });
  }
});

describe('the size of noise', () => {
  const circuit = (gates: number): Circuit => ({
    qubits: 2, classicalBits: 1, hiddenBits: 0, globalPhase: 0, quantumRegisters: [], classicalRegisters: [],
    operations: Array.from({ length: gates }, () => ({ kind: 'gate' as const, name: 'cx', parameters: [], qubits: [0, 1], condition: null })),
  });
  const model = (rules: number): NoiseModel => {
    const parsed = parseNoise({ channels: Array.from({ length: rules }, () => ({ type: 'bit-flip', probability: 0.1 })) }, 2);
    assert.ok(parsed.ok);
    return parsed.value;
  };

  it('is counted before a plan is made: sixteen rules on half a million gates are refused at once', () => {
    const start = process.cpuUsage();
    assert.match(noiseRefusal(circuit(500_000), model(16))!, /more than 1048576 channels/);
    assert.throws(() => planExecution(circuit(500_000), model(16)), RangeError);
    assert.ok(process.cpuUsage(start).user < 2e6);
  });

  it('may be as large as its bound', () => {
    assert.equal(noiseRefusal(circuit(NOISE_LIMITS.steps / 2), model(1)), null);
    assert.notEqual(noiseRefusal(circuit(NOISE_LIMITS.steps / 2 + 1), model(1)), null);
    assert.equal(noiseRefusal(circuit(600_000), model(0)), null);
  });
});
