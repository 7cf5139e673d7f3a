import { Global, Module } from '@nestjs/common';
import { AuditLog, AuditModule } from '#modules/audit/index.js';
import { CryptoModule } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { SequencerUnitOfWork, UnitOfWork, WorkerUnitOfWork } from '#platform/database/unit-of-work.js';
import { AttestationNote } from './attestation-note.js';
import { CommitProbe, LedgerProbe } from './database-probes.js';
import { HealthBoard } from './health-board.js';
import { HealthProbes } from './health-probe.js';
import { ReadinessGauge } from './readiness-gauge.js';
import { Readiness } from './readiness.js';
import { RuntimeStanding } from './runtime-standing.js';

/** The logins that this process works with must be able to commit, and who serves requests must be able to record. */
function probesOf(config: Config, app: UnitOfWork, sequencer: SequencerUnitOfWork, worker: WorkerUnitOfWork, audit: AuditLog): HealthProbes {
  const probes = new HealthProbes();
  if (config.roles.has('api')) {
    probes.add(new LedgerProbe(app, audit));
    probes.add(new CommitProbe('database', app));
  }
  if (config.roles.has('ledger')) probes.add(new CommitProbe('sequencer-login', sequencer));
  if (config.roles.has('worker')) probes.add(new CommitProbe('worker-login', worker));
  return probes;
}

@Global()
@Module({
  imports: [AuditModule, CryptoModule],
  providers: [HealthBoard, RuntimeStanding, AttestationNote, Readiness, ReadinessGauge, { provide: HealthProbes, useFactory: probesOf, inject: [Config, UnitOfWork, SequencerUnitOfWork, WorkerUnitOfWork, AuditLog] }],
  exports: [HealthBoard, HealthProbes, Readiness, RuntimeStanding, AttestationNote],
})
export class HealthModule {}
