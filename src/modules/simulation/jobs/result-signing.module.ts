import { Module } from '@nestjs/common';
import { SimulationSigningModule } from '../simulation.module.js';
import { ResultSigningJob } from './result-signing.job.js';

/** The roof imports it where the role `ledger` is: elsewhere there is no key to sign with. */
@Module({ imports: [SimulationSigningModule], providers: [ResultSigningJob] })
export class ResultSigningModule {}
