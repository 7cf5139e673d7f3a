import { Module, type OnModuleInit } from '@nestjs/common';
import { HealthModule, HealthProbes, ProbeFailure } from '#modules/health/index.js';
import { Config } from '#platform/config/config.js';
import { Attestation } from '../attestation/attestation.js';
import { AttestationModule } from '../attestation/attestation.module.js';
import { AttestationJob } from './attestation.job.js';

/** Witnesses and anchors have a rhythm of their own beside the ledger's. */
@Module({ imports: [AttestationModule, HealthModule], providers: [AttestationJob] })
export class AttestationJobsModule implements OnModuleInit {
  constructor(
    private readonly probes: HealthProbes,
    private readonly attestation: Attestation,
    private readonly config: Config,
  ) {}

  /**
   * A process that keeps the ledger and cannot sign it is not ready. One that serves requests too is: those are recorded
   * all the same, and what one witness says must not take a whole installation out of its load balancer.
   */
  onModuleInit(): void {
    if (this.config.roles.has('api')) return;
    this.probes.add({
      name: 'ledger-standing',
      check: async () => {
        const reason = await this.attestation.watch.standing();
        if (reason !== null) throw new ProbeFailure(`the ledger is forked: ${reason}`);
      },
    });
  }
}
