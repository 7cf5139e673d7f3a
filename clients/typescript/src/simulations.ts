import type { BatchResultDto, Operations, ResultDto, SimulationDto, SubmitSimulationDto } from './api.js';
import type { CallOptions, QuantoniumClient } from './client.js';
import { QuantoniumError } from './quantonium-error.js';
import { serverSentEvents } from './server-sent-events.js';

/** What to run: as the route takes it, but for the seed and the other members that have a default. */
export type SimulationOrder = SubmitSimulationDto;
/** As one of its readers sees it: members that a rule keeps back are absent. */
export type Simulation = Operations['simulations.get']['answer'];

export interface RunOptions extends CallOptions {
  /** 0 to 1, never falling. */
  readonly onProgress?: (fraction: number) => void;
}

/** A simulation that ended without a result. */
export class SimulationFailed extends Error {
  override readonly name = 'SimulationFailed';

  constructor(readonly simulation: Simulation) {
    super(`the simulation ${simulation.id} is ${simulation.status}: ${simulation.error?.detail ?? 'it was cancelled'}`);
  }
}

/** Seconds for which the server is asked to wait with its answer: most circuits take less. */
const WAIT_SECONDS = 5;
/** Before it is asked again, where the events ended before the simulation. */
const PAUSE_MILLIS = 250;
const FINAL: ReadonlySet<string | undefined> = new Set(['succeeded', 'failed', 'cancelled']);

/** Submits a circuit and resolves with what was found. Submitted once, however often a busy server has to be asked. */
export async function runSimulation(client: QuantoniumClient, order: SimulationOrder, options: RunOptions = {}): Promise<ResultDto> {
  const result = await resultOf(client, order, options);
  if ('results' in result) throw new TypeError('an order of several circuits has several results: runSimulations');
  return result;
}

/** The same for several: `programs`, or a `program` with a `sweep`. */
export async function runSimulations(client: QuantoniumClient, order: SimulationOrder, options: RunOptions = {}): Promise<BatchResultDto> {
  const result = await resultOf(client, order, options);
  if (!('results' in result)) throw new TypeError('an order of one circuit has one result: runSimulation');
  return result;
}

async function resultOf(client: QuantoniumClient, order: SimulationOrder, options: RunOptions): Promise<ResultDto | BatchResultDto> {
  const headers = { 'Idempotency-Key': crypto.randomUUID(), Prefer: `wait=${WAIT_SECONDS}` };
  const submitted: SimulationDto = await client.call('simulations.submit', { headers, body: order }, options);
  const ended = FINAL.has(submitted.status) ? submitted : await untilEnded(client, submitted.id, options);
  if (ended.status !== 'succeeded') throw new SimulationFailed(ended);
  options.onProgress?.(1);
  return ended.result ?? client.call('simulations.result', { path: { id: ended.id } }, options);
}

/** Resolves with the simulation when it has ended, however it did. */
export async function untilEnded(client: QuantoniumClient, id: string, options: RunOptions = {}): Promise<Simulation> {
  for (;;) {
    await follow(client, id, options);
    const seen = await client.call('simulations.get', { path: { id } }, options);
    if (FINAL.has(seen.status)) return seen;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLIS));
    options.signal?.throwIfAborted();
  }
}

/** Tells of progress as long as the events go on. A server too busy for them is asked again, as is one that went away. */
async function follow(client: QuantoniumClient, id: string, { onProgress, signal }: RunOptions): Promise<void> {
  try {
    const { body } = await client.open('events.follow', { path: { id } }, signal === undefined ? {} : { signal });
    if (body === null) return;
    for await (const { data } of serverSentEvents(body)) {
      const { progress } = JSON.parse(data) as Pick<Simulation, 'progress'>;
      if (progress !== undefined) onProgress?.(progress);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof QuantoniumError && error.status < 500 && error.status !== 429) throw error;
  }
}

/** The amplitudes of a result's state vector: real and imaginary parts in turn; bit j of an index is qubit j. Null if they were not asked for. */
export function amplitudesOf({ statevector }: Pick<ResultDto, 'statevector'>): Float64Array | null {
  if (statevector === undefined) return null;
  const bytes = Uint8Array.from(atob(statevector.base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 8 }, (_, index) => view.getFloat64(8 * index, true));
}
