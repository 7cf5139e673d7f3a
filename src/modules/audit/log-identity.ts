import { Inject, Injectable } from '@nestjs/common';
import { systemPrincipal } from '#pure/principal/principal.js';
import { Config } from '#platform/config/config.js';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { AuditLog } from './audit-log.js';
import { AUDIT_EVENTS } from './domain/audit.events.js';
import { SequencingRepository } from './persistence/sequencing.repository.js';

const PUBLISHER = systemPrincipal('audit-publisher');

/**
 * The log's origin: the name that its keys, its witnesses and every receipt are bound to. Given once, from the host
 * that the server was first published under, and kept: a changed PUBLIC_URL changes where the log is read, not which
 * log it is. The number in it is for a successor, should this log ever have to be abandoned.
 */
@Injectable()
export class LogIdentity {
  private isNamed = false;

  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly sequencing: SequencingRepository,
    private readonly config: Config,
    @Inject(AuditLog) private readonly log: Pick<AuditLog, 'append'>,
  ) {}

  /** Gives the log its name if it has none. Of two replicas that name the log at once, the first to commit names it for both; the entry says so in its transaction. */
  async establish(): Promise<void> {
    if (this.isNamed) return;
    const proposed = `${new URL(this.config.http.publicUrl).host}/audit/1`;
    await this.units.run(PUBLISHER, async (tx) => {
      if (await this.sequencing.establishOrigin(tx, proposed)) {
        await this.log.append(tx, { kind: AUDIT_EVENTS['audit.log.name'], outcome: 'success', actor: PUBLISHER, facts: { origin: proposed } });
      }
    });
    // That it has one is for ever; which one is not: an operator may let a successor begin beside running servers.
    this.isNamed = true;
  }
}
