import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { Attestation } from '../attestation/attestation.js';

/** A checkpoint is signed every second while the log grows; a witness is asked for the latest as soon as it has answered. */
const TURN_MILLIS = 500;
const THIN_MILLIS = 10 * 60_000;
/** What others hold is looked at again now and then: a database may be rolled back beneath a server that runs. */
const LOOK_MILLIS = 60_000;

/**
 * One rhythm for each witness and each anchor, so that none of them waits for another, and a last turn for the anchors
 * that are near when the process ends: what was published is then outside before anybody can copy the data directory.
 */
@Injectable()
export class AttestationJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('ledger');
  private readonly periodics: readonly Periodic[];

  constructor(private readonly attestation: Attestation) {
    const { anchorings, witnessings, watch } = attestation;
    this.periodics = [
      ...anchorings.map((anchoring) => this.periodic(TURN_MILLIS, `the anchor ${anchoring.anchor.name}`, () => anchoring.turn())),
      ...witnessings.map((witnessing) => this.periodic(TURN_MILLIS, witnessing.name, () => witnessing.turn())),
      this.periodic(THIN_MILLIS, 'the thinning of cosignatures', () => attestation.thin()),
      this.periodic(LOOK_MILLIS, 'the look at what was attested', () => watch.begin()),
    ];
  }

  onApplicationBootstrap(): void {
    for (const periodic of this.periodics) void periodic.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.periodics.map((periodic) => periodic.stop()));
    const near = this.attestation.anchorings.filter(({ anchor }) => anchor.isLocal);
    // A database that is gone is no reason not to end.
    await Promise.allSettled(near.map((anchoring) => anchoring.turn(true)));
  }

  private periodic(pauseMillis: number, what: string, turn: () => Promise<unknown>): Periodic {
    return new Periodic(pauseMillis, turn, {
      failed: (error) => this.logger.warn('the attestation of the ledger does not come on', { work: what, error }),
      recovered: () => this.logger.log('the attestation of the ledger comes on again', { work: what }),
    });
  }
}
