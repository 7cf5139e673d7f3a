import { Module } from '@nestjs/common';
import { ClaimRepository } from './claim.repository.js';
import { JobRepository } from './job.repository.js';
import { SignatureRepository } from './signature.repository.js';

/** One repository a login: what each of them says is what its login may say. */
@Module({
  providers: [JobRepository, ClaimRepository, SignatureRepository],
  exports: [JobRepository, ClaimRepository, SignatureRepository],
})
export class SimulationPersistenceModule {}
