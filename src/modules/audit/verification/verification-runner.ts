import { Injectable } from '@nestjs/common';
import { systemPrincipal } from '#pure/principal/principal.js';
import { SequencerUnitOfWork, type Tx } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Randomness } from '#platform/system/randomness.js';
import { VerificationRunRepository } from '../persistence/verification-run.repository.js';
import { FullVerification } from './full-verification.js';
import { VerificationRecord } from './verification-record.js';

const RUNNER = systemPrincipal('ledger-verifier');

/** The hour of the night, UTC, after which the log is verified once. */
const NIGHT_HOUR = 3;
const DAY_MILLIS = 24 * 60 * 60 * 1000;

/** Progress is written this often, and is the sign of life. */
export const HEARTBEAT_MILLIS = 1_000;
/** Who was silent for so long is taken for dead; a page of the largest entries takes a tenth of it. */
export const SILENCE_MILLIS = 30_000;

/**
 * Works through the queue of verifications, one at a time on whichever replica comes first. A run that is taken over
 * from a dead process begins anew: what that one had verified may have been changed since.
 */
@Injectable()
export class VerificationRunner {
  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly runs: VerificationRunRepository,
    private readonly verification: FullVerification,
    private readonly record: VerificationRecord,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Once a night, by the first replica that asks; a log that is younger than the night waits for the next one. */
  async queueNightly(): Promise<boolean> {
    const nowMillis = this.clock.nowMillis();
    const night = new Date(lastNight(nowMillis));
    return this.units.run(RUNNER, async (tx) => {
      if (!(await this.runs.isNightDue(tx, night))) return false;
      return (await this.runs.queue(tx, { id: this.randomness.uuidv7(nowMillis), requestedBy: 'night', requestedAt: new Date(nowMillis) })) !== null;
    });
  }

  /** Runs what is queued, if anything is. Returns the id of the run that it finished; null also when it was taken away or stopped. */
  async runNext(stopping?: AbortSignal, silenceMillis: number = SILENCE_MILLIS): Promise<string | null> {
    const token = this.randomness.uuidv7(this.clock.nowMillis());
    const id = await this.units.run(RUNNER, (tx) => this.runs.claim(tx, token, silenceMillis));
    if (id === null) return null;
    const beats = this.beats(id, token);
    const result = await this.verification.run({ isPolite: true, onPage: async (verified, size) => stopping?.aborted !== true && (await beats(verified, size)) });
    if (result === null) return null;
    crashPoint('audit.verify.before-result');
    const isMine = await this.units.run(RUNNER, async (tx) => {
      const sentences = result.mismatches.map(({ sentence }) => sentence);
      if (!(await this.runs.finish(tx, id, token, { size: result.size, mismatches: sentences }))) return false;
      await this.record.full(tx, id, result);
      return true;
    });
    return isMine ? id : null;
  }

  private beats(id: string, token: string): (verified: number, size: number) => Promise<boolean> {
    let next = 0;
    return async (verified, size) => {
      const now = this.clock.monotonicMillis();
      if (now < next) return true;
      next = now + HEARTBEAT_MILLIS;
      return this.units.run(RUNNER, (tx: Tx) => this.runs.beat(tx, id, token, verified, size));
    };
  }
}

function lastNight(nowMillis: number): number {
  const tonight = new Date(nowMillis).setUTCHours(NIGHT_HOUR, 0, 0, 0);
  return tonight <= nowMillis ? tonight : tonight - DAY_MILLIS;
}
