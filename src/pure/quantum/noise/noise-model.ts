import { GATE_TABLE, gateNamed } from '../gates/gate-table.js';
import type { JsonObject, RequestReading } from '../outputs/request-reader.js';
import { Refused, isObject, onlyMembers, qubitsOf, readRequest } from '../outputs/request-reader.js';
import type { ChannelParameters, ChannelType, ParameterRecord } from './channels.js';
import { CHANNEL_TYPES, channelRecord } from './channels.js';

/** A channel, and the gates that it follows. Null: all. Plain data, which survives structured clone. */
export interface NoiseRule {
  readonly type: ChannelType;
  readonly parameters: ChannelParameters;
  /** Names of the gate table. Gates that a program defines are noisy where they are made of these. */
  readonly gates: readonly string[] | null;
  /** As declared. A channel of one qubit acts on those of a gate's qubits that are listed; of two, if both are. */
  readonly qubits: readonly number[] | null;
}

/** Of the outcome that a measurement tells; the state is left as the true outcome leaves it. */
export interface ReadoutRule {
  readonly qubits: readonly number[] | null;
  /** Probability of reading 1 where the outcome is 0. */
  readonly p01: number;
  /** Probability of reading 0 where the outcome is 1. */
  readonly p10: number;
}

/** What is wrong with the machine that a run imitates. Rules for one gate act in the order in which they stand. */
export interface NoiseModel {
  readonly channels: readonly NoiseRule[];
  /** The last one that names a measured qubit counts. */
  readonly readout: readonly ReadoutRule[];
}

export const NOISELESS: NoiseModel = { channels: [], readout: [] };

/** A plan holds a step for each rule, gate and qubit: `steps` of them are some hundred mebibytes. */
export const NOISE_LIMITS = { channels: 16, readout: 256, steps: 2 ** 20 } as const;

function numberOf(item: JsonObject, pointer: string, name: string, min: number, max: number): number {
  const value = item[name];
  if (typeof value !== 'number' || !(value >= min && value <= max)) throw new Refused(`${pointer}/${name}`, `A number from ${min} to ${max}.`);
  return value;
}

function listOf(value: unknown, pointer: string, max: number): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > max) throw new Refused(pointer, `A list of at most ${max}.`);
  return value as readonly unknown[];
}

function gatesOf(value: unknown, pointer: string, type: ChannelType): readonly string[] | null {
  if (value === undefined) return null;
  if (!Array.isArray(value) || value.length === 0 || value.length > GATE_TABLE.size) throw new Refused(pointer, 'A list of gates by name.');
  return value.map((name: unknown, i) => {
    if (typeof name !== 'string' || !GATE_TABLE.has(name)) throw new Refused(`${pointer}/${i}`, 'There is no gate of this name.');
    if (value.indexOf(name) !== i) throw new Refused(`${pointer}/${i}`, 'The gate is named twice.');
    const { qubits } = gateNamed(name);
    if (channelRecord(type).qubits === 2 && qubits !== 2) throw new Refused(`${pointer}/${i}`, `The channel follows gates of two qubits, and ${name} has ${qubits}.`);
    return name;
  });
}

function ruleQubits(item: JsonObject, pointer: string, declared: number): readonly number[] | null {
  return item['qubits'] === undefined ? null : qubitsOf(item['qubits'], `${pointer}/qubits`, declared, declared);
}

function ruleOf(value: unknown, pointer: string, declared: number): NoiseRule {
  if (!isObject(value)) throw new Refused(pointer, 'An object with the type of a channel and its parameters.');
  const type = CHANNEL_TYPES.find((known) => known === value['type']);
  if (type === undefined) throw new Refused(`${pointer}/type`, `A channel is one of ${CHANNEL_TYPES.join(', ')}.`);
  const record = channelRecord(type);
  const ranges: readonly (readonly [string, ParameterRecord])[] = Object.entries(record.parameters);
  onlyMembers(value, pointer, 'type', ...ranges.map(([name]) => name), 'gates', 'qubits');
  const parameters = Object.fromEntries(ranges.map(([name, { min, max, otherwise }]) => [name, otherwise !== undefined && value[name] === undefined ? otherwise : numberOf(value, pointer, name, min, max)]));
  const refusal = record.refusal?.(parameters) ?? null;
  if (refusal !== null) throw new Refused(`${pointer}/${refusal.parameter}`, refusal.message);
  const qubits = ruleQubits(value, pointer, declared);
  if (qubits !== null && qubits.length < record.qubits) throw new Refused(`${pointer}/qubits`, `The channel acts on ${record.qubits} qubits at once.`);
  return { type, parameters, gates: gatesOf(value['gates'], `${pointer}/gates`, type), qubits };
}

function readoutOf(value: unknown, pointer: string, declared: number): ReadoutRule {
  if (!isObject(value)) throw new Refused(pointer, 'An object with the probabilities p01 and p10.');
  onlyMembers(value, pointer, 'qubits', 'p01', 'p10');
  return { qubits: ruleQubits(value, pointer, declared), p01: numberOf(value, pointer, 'p01', 0, 1), p10: numberOf(value, pointer, 'p10', 0, 1) };
}

/**
 * Reads what stands in a request: {"channels": [{"type": "depolarizing", "probability": 0.01, "gates": ["cx"],
 * "qubits": [0, 1]}], "readout": [{"qubits": [0], "p01": 0.02, "p10": 0.03}]}. Absent: no noise.
 */
export function parseNoise(value: unknown, declared: number): RequestReading<NoiseModel> {
  return readRequest(() => {
    if (value === undefined) return NOISELESS;
    if (!isObject(value)) throw new Refused('', 'An object with lists of channels and of readout errors.');
    onlyMembers(value, '', 'channels', 'readout');
    return {
      channels: listOf(value['channels'], '/channels', NOISE_LIMITS.channels).map((rule, i) => ruleOf(rule, `/channels/${i}`, declared)),
      readout: listOf(value['readout'], '/readout', NOISE_LIMITS.readout).map((rule, i) => readoutOf(rule, `/readout/${i}`, declared)),
    };
  });
}
