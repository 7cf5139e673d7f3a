import { Module } from '@nestjs/common';
import { AuditModule } from '../audit.module.js';
import { LedgerModule } from '../ledger.module.js';
import { AuditPersistenceModule } from '../persistence/audit-persistence.module.js';
import { DetectionEvaluator } from './evaluator.js';
import { RulesModule } from './rules.module.js';
import { SilenceWatch } from './silence-watch.js';

/** Detection reads the log on with the sequencer's login: only in processes with the role `ledger`. */
@Module({
  imports: [AuditModule, AuditPersistenceModule, LedgerModule, RulesModule],
  providers: [DetectionEvaluator, SilenceWatch],
  exports: [DetectionEvaluator, SilenceWatch],
})
export class DetectionModule {}
