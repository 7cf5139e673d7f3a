import { Module } from '@nestjs/common';
import { AuditModule } from '#modules/audit/index.js';
import { CryptoModule } from '../crypto.module.js';
import { SealController } from './seal.controller.js';
import { UnsealJournal } from './unseal-journal.js';

/** In every process that holds keys, so that each can be unsealed: one that only keeps the ledger too. */
@Module({ imports: [CryptoModule, AuditModule], controllers: [SealController], providers: [UnsealJournal] })
export class SealHttpModule {}
