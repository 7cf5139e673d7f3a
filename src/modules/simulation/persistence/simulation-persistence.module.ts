import { Module } from '@nestjs/common';
import { BudgetRepository } from './budget.repository.js';
import { ClaimRepository } from './claim.repository.js';
import { JobRepository } from './job.repository.js';
import { SignatureRepository } from './signature.repository.js';

/** One repository a login: what each of them says is what its login may say. */
@Module({
  providers: [JobRepository, BudgetRepository, ClaimRepository, SignatureRepository],
  exports: [JobRepository, BudgetRepository, ClaimRepository, SignatureRepository],
})
export class SimulationPersistenceModule {}
