import { Global, Module } from '@nestjs/common';
import { AuditLog, AuditModule } from '#modules/audit/index.js';
import { CryptoModule } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { DatabasePulse } from '#platform/database/database-pulse.js';
import { SequencerUnitOfWork, UnitOfWork, WorkerUnitOfWork } from '#platform/database/unit-of-work.js';
import { AttestationNote } from './attestation-note.js';
import { CommitProbe, LedgerProbe } from './database-probes.js';
import { HealthBoard } from './health-board.js';
import { type HealthProbe, HealthProbes } from './health-probe.js';
import { ReadinessGauge } from './readiness-gauge.js';
import { Readiness } from './readiness.js';
import { RuntimeStanding } from './runtime-standing.js';

/** The logins that this process works with must be able to commit, and who serves requests must be able to record. */
function probesOf(config: Config, app: UnitOfWork, sequencer: SequencerUnitOfWork, worker: WorkerUnitOfWork, audit: AuditLog, pulse: DatabasePulse): HealthProbes {
  const probes = new HealthProbes();
  // A database that has fallen silent is told apart from one that is slow sooner than a probe's own time is over.
  const add = (probe: HealthProbe): void => probes.add({ name: probe.name, check: () => pulse.unlessSilent(() => probe.check()) });
  if (config.roles.has('api')) {
    add(new LedgerProbe(app, audit));
    add(new CommitProbe('database', app));
  }
  if (config.roles.has('ledger')) add(new CommitProbe('sequencer-login', sequencer));
  if (config.roles.has('worker')) add(new CommitProbe('worker-login', worker));
  return probes;
}

@Global()
@Module({
  imports: [AuditModule, CryptoModule],
  providers: [HealthBoard, RuntimeStanding, AttestationNote, Readiness, ReadinessGauge, { provide: HealthProbes, useFactory: probesOf, inject: [Config, UnitOfWork, SequencerUnitOfWork, WorkerUnitOfWork, AuditLog, DatabasePulse] }],
  exports: [HealthBoard, HealthProbes, Readiness, RuntimeStanding, AttestationNote],
})
export class HealthModule {}
