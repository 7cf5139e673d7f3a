import { Module } from '@nestjs/common';
import { AuditModule } from '#modules/audit/index.js';
import { CryptoModule } from '#modules/crypto/index.js';
import { RbacModule } from '#modules/rbac/index.js';
import { RegistryModule } from '#modules/registry/index.js';
import { Cancellation } from './cancellation.js';
import { CircuitReferences } from './circuit-references.js';
import { CircuitRunner } from './circuit-runner.js';
import { Drawings } from './drawings.js';
import { Estimation } from './estimation.js';
import { IonqJobs } from './ionq-jobs.js';
import { JobClaims } from './job-claims.js';
import { JobEndings } from './job-endings.js';
import { JobEvents } from './job-events.js';
import { JobReader } from './job-reader.js';
import { JobSignals } from './job-signals.js';
import { JobWatch } from './job-watch.js';
import { JobWorker } from './job-worker.js';
import { PartEndings } from './part-endings.js';
import { SimulationPersistenceModule } from './persistence/simulation-persistence.module.js';
import { OrderReader } from './order-reader.js';
import { ProgramChecker } from './program-checker.js';
import { RenderThreads } from './render-threads.js';
import { ResultSigner } from './result-signer.js';
import { SimulationArtifacts } from './simulation-artifacts.js';
import { StateVectors } from './state-vectors.js';
import { Submission } from './submission.js';
import { SubmissionBudget } from './submission-budget.js';

/** One for the process, so that its parts hear one another. */
@Module({ providers: [JobSignals], exports: [JobSignals] })
export class SimulationSignalsModule {}

/** What people and services do: submit, see, cancel (role `api`). */
@Module({
  imports: [SimulationPersistenceModule, SimulationSignalsModule, AuditModule, RbacModule, RegistryModule],
  providers: [CircuitReferences, ProgramChecker, OrderReader, Submission, SubmissionBudget, Estimation, JobReader, Cancellation, JobWatch, JobEndings, JobEvents, RenderThreads, Drawings, StateVectors, SimulationArtifacts, IonqJobs],
  exports: [Submission, Estimation, JobReader, Cancellation, JobEndings, JobEvents, Drawings, StateVectors, SimulationArtifacts, IonqJobs],
})
export class SimulationModule {}

/** What runs the jobs (role `worker`): has the threads, and neither rights nor keys. */
@Module({
  imports: [SimulationPersistenceModule, SimulationSignalsModule, AuditModule],
  providers: [CircuitRunner, JobClaims, JobWorker, PartEndings],
  exports: [CircuitRunner, JobWorker, SimulationSignalsModule],
})
export class SimulationRunModule {}

/** What signs the results (role `ledger`): has the key, and sees digests only. */
@Module({
  imports: [SimulationPersistenceModule, SimulationSignalsModule, CryptoModule],
  providers: [ResultSigner],
  exports: [ResultSigner, SimulationSignalsModule],
})
export class SimulationSigningModule {}
