import { Module } from '@nestjs/common';
import { CryptoModule } from '../crypto.module.js';
import { SealUpkeepJob } from './seal-upkeep.job.js';

/** The roof imports it where a seal is opened: roles `api` and `ledger`. */
@Module({ imports: [CryptoModule], providers: [SealUpkeepJob] })
export class SealUpkeepModule {}
