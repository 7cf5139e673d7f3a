import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { RequestLimits } from '#platform/http/rate-limit/request-limits.js';
import type { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import type { Precision } from './domain/job.js';
import { secondsOf } from './domain/run-time.js';
import { OrderReader, type OrderNeeds, type SimulationRequest } from './order-reader.js';
import type { ProgramNeeds } from './program-checker.js';
import type { FoundCircuits } from './requested-items.js';

/** What a run would take. */
export interface Estimate {
  readonly needs: OrderNeeds;
  /** Circuits: what they need is that of the largest in memory, and of all in time and cost. */
  readonly items: number;
  readonly precision: Precision;
  readonly bytesAllowed: number;
  /** Null where the method cannot tell. */
  readonly seconds: number | null;
  readonly secondsAllowed: number;
  readonly costUnits: number;
  readonly costUnitsPerHour: number;
  readonly costUnitsPerDay: number;
  /** What a submission would be refused with for its size; null: it fits. */
  readonly tooLarge: Fault | null;
}

/** A program of this size is read in some milliseconds: as long as a request may take that counts once. */
const HIT_BYTES = 16 * 1024;

/** What a submission would take, without making one: nothing is stored, and nothing charged but the reading. */
@Injectable()
export class Estimation {
  constructor(
    private readonly reader: OrderReader,
    private readonly limits: RequestLimits,
    private readonly config: Config,
  ) {}

  /** Throws what the submission would be refused with, but for its size. */
  async estimate(principal: Principal, request: SimulationRequest): Promise<Estimate> {
    const { memoryBytesMax, durationMillisMax, budgets } = this.config.simulation;
    const { needs, itemNeeds, precision, tooLarge } = await this.reader.read(principal, request, async (circuits) => {
      // The first hit was counted when the request came.
      const hits = Math.floor(readingOf(circuits) / HIT_BYTES);
      if (hits > 0) await this.limits.charge('principal', principal.id, this.config.rateLimits.principalPerMinute, hits);
    });
    return {
      needs,
      precision,
      items: itemNeeds.length,
      bytesAllowed: memoryBytesMax,
      seconds: secondsOfAll(itemNeeds, request.shots),
      secondsAllowed: durationMillisMax / 1000,
      costUnits: needs.costUnits,
      costUnitsPerHour: budgets.hour,
      costUnitsPerDay: budgets.day,
      tooLarge,
    };
  }
}

/** Null as soon as one of them cannot be told. */
function secondsOfAll(items: readonly ProgramNeeds[], shots: number): number | null {
  let sum = 0;
  for (const { work, qubits } of items) {
    const seconds = secondsOf(work, qubits, shots);
    if (seconds === null) return null;
    sum += seconds;
  }
  return Number(sum.toPrecision(2));
}

/** Characters that a request has a thread read: those of its programs, and of the one of a sweep as often as it has points. */
function readingOf({ program, sweep, programs = [] }: FoundCircuits): number {
  const points = Array.isArray(sweep) ? sweep.length : 1;
  return (program?.source.length ?? 0) * points + programs.reduce((sum, { source }) => sum + source.length, 0);
}
