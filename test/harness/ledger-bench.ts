import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { type LedgerScene, openLedgerScene } from './ledger.js';
import { removeEmbeddedPostgres } from './data-directory.js';
import { openTestDatabase } from './postgres.js';

/** A ledger for a benchmark: on a Postgres of its own that waits for the disk, as an installation's does. */
export async function openDurableLedger(connections: number): Promise<LedgerScene> {
  const directory = mkdtempSync(join(tmpdir(), 'quantonium-bench-'));
  chmodSync(directory, 0o711);
  const postgres = await EmbeddedPostgres.start({ dataDirectory: directory, connectionsMax: 100, report: () => undefined });
  const scene = await openLedgerScene({ database: await openTestDatabase(postgres, connections) });
  return {
    ...scene,
    close: async () => {
      await scene.close();
      await postgres.stop();
      removeEmbeddedPostgres(directory);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export interface Workload {
  readonly callers: number;
  readonly once: () => Promise<unknown>;
}

/** What is measured, one after another in rounds, so that a noisy moment falls on all of it; the first round warms up. */
export async function interleaved<K extends string>(measured: Readonly<Record<K, () => Promise<number>>>, rounds: number): Promise<Readonly<Record<K, readonly number[]>>> {
  const names = Object.keys(measured) as K[];
  const values = new Map(names.map((name): [K, number[]] => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const name of names) {
      const value = await measured[name]();
      if (round >= 0) values.get(name)!.push(value);
    }
  }
  return Object.fromEntries(values) as Record<K, number[]>;
}

/** Rates a second of each workload. */
export async function interleavedRates<K extends string>(workloads: Readonly<Record<K, Workload>>, rounds: number, roundMillis: number): Promise<Readonly<Record<K, readonly number[]>>> {
  const measured = Object.entries<Workload>(workloads).map(([name, workload]) => [name, () => rateOf(workload, roundMillis)]);
  return interleaved(Object.fromEntries(measured) as Record<K, () => Promise<number>>, rounds);
}

export async function rateOf({ callers, once }: Workload, roundMillis: number): Promise<number> {
  let done = 0;
  const started = performance.now();
  const end = started + roundMillis;
  const caller = async (): Promise<void> => {
    for (; performance.now() < end; done += 1) await once();
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return (done * 1000) / (performance.now() - started);
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

export function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
}

/** The median over rounds of the quotient within each round: what a round disturbed, it disturbed both. */
export function ratio(of: readonly number[], to: readonly number[]): number {
  return median(of.map((value, round) => value / to[round]!));
}

/** A figure beside what was aimed at. */
export function figure(what: string, value: number, unit: string, target: { readonly atLeast?: number; readonly atMost?: number } = {}): void {
  const { atLeast, atMost } = target;
  const isMet = (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
  const aim = atLeast !== undefined ? `≥ ${atLeast}` : atMost !== undefined ? `≤ ${atMost}` : '';
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  console.log(`${what.padEnd(66)} ${value.toFixed(digits).padStart(8)} ${unit.padEnd(10)} ${aim === '' ? '' : `${aim.padEnd(9)} ${isMet ? 'met' : 'NOT MET'}`}`.trimEnd());
}
