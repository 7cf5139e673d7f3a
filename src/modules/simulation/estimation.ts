import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { RequestLimits } from '#platform/http/rate-limit/request-limits.js';
import type { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import type { Precision } from './domain/job.js';
import { costOf } from './domain/run-cost.js';
import { secondsOf } from './domain/run-time.js';
import { OrderReader, type SimulationRequest } from './order-reader.js';
import type { ProgramNeeds } from './program-checker.js';

/** What a run would take. */
export interface Estimate {
  readonly needs: ProgramNeeds;
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
    // The first hit was counted when the request came.
    const hits = Math.floor(request.source.length / HIT_BYTES);
    if (hits > 0) await this.limits.charge('principal', principal.id, this.config.rateLimits.principalPerMinute, hits);
    const { needs, precision, tooLarge } = await this.reader.read(principal, request);
    const { work, qubits } = needs;
    return {
      needs,
      precision,
      bytesAllowed: memoryBytesMax,
      seconds: secondsOf(work, qubits, request.shots),
      secondsAllowed: durationMillisMax / 1000,
      costUnits: costOf(work, request.shots),
      costUnitsPerHour: budgets.hour,
      costUnitsPerDay: budgets.day,
      tooLarge,
    };
  }
}
