import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import type { OutboxMessage } from '#platform/outbox/outbox-sink.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { ToldAlert } from '../domain/alert-messages.js';
import { AlertRepository } from '../persistence/alert.repository.js';

const TELLER = systemPrincipal('alert-delivery');

/** Finds what a message of the outbox is about: the alert as it is now, and the step that it is told of. */
@Injectable()
export class ToldAlerts {
  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly alerts: AlertRepository,
    private readonly config: Config,
  ) {}

  /** Null when there is no such alert or step. */
  async of({ subject }: OutboxMessage): Promise<ToldAlert | null> {
    const { alertId, transition } = subject;
    if (typeof alertId !== 'string' || typeof transition !== 'number') return null;
    return this.units.run(TELLER, async (tx) => {
      const alert = await this.alerts.find(tx, alertId);
      const step = (await this.alerts.transitions(tx, alertId)).find(({ number }) => number === transition);
      return alert === null || step === undefined ? null : { alert, step, publicUrl: this.config.http.publicUrl };
    });
  }
}
