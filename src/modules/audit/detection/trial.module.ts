import { Module } from '@nestjs/common';
import { AuditPersistenceModule } from '../persistence/audit-persistence.module.js';
import { RulesModule } from './rules.module.js';
import { RuleTrial } from './rule-trial.js';

/** Trying rules: in processes with the role `api`, with the login that may read the ledger and write none of its tables. */
@Module({ imports: [AuditPersistenceModule, RulesModule], providers: [RuleTrial], exports: [RulesModule, RuleTrial] })
export class TrialModule {}
