import { Module } from '@nestjs/common';
import { ArtifactRepository } from './artifact.repository.js';
import { BudgetRepository } from './budget.repository.js';
import { ClaimRepository } from './claim.repository.js';
import { IonqJobRepository } from './ionq-job.repository.js';
import { JobRepository } from './job.repository.js';
import { PartRepository } from './part.repository.js';
import { SignatureRepository } from './signature.repository.js';

/** One repository a login: what each of them says is what its login may say. */
@Module({
  providers: [ArtifactRepository, JobRepository, IonqJobRepository, BudgetRepository, ClaimRepository, PartRepository, SignatureRepository],
  exports: [ArtifactRepository, JobRepository, IonqJobRepository, BudgetRepository, ClaimRepository, PartRepository, SignatureRepository],
})
export class SimulationPersistenceModule {}
