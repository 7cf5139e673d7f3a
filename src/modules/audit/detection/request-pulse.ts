import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { PulseRepository } from '../persistence/pulse.repository.js';

const PULSE = systemPrincipal('request-pulse');

/**
 * Counts the answers of this process that vouched for an entry in the ledger, and says so in the database now and then.
 * Whoever reads the ledger can tell by it whether it is quiet because nothing happens, or because entries do not arrive.
 */
@Injectable()
export class RequestPulse {
  private answered = 0;
  private sinceMillis: number;

  constructor(
    private readonly units: UnitOfWork,
    private readonly pulses: PulseRepository,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {
    this.sinceMillis = clock.monotonicMillis();
  }

  note(): void {
    this.answered += 1;
  }

  /** What could not be stored is told with the next. */
  async store(): Promise<void> {
    const { answered } = this;
    const nowMillis = this.clock.monotonicMillis();
    if (answered > 0) {
      const pulse = { id: this.randomness.uuidv7(this.clock.nowMillis()), durationMillis: nowMillis - this.sinceMillis, answered };
      await this.units.run(PULSE, (tx) => this.pulses.add(tx, pulse));
    }
    this.answered -= answered;
    this.sinceMillis = nowMillis;
  }
}
