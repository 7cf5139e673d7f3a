import { Module } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { RuleBook } from './rule-book.js';

/** The rules, where somebody evaluates or shows them: in processes with the role `ledger` or `api`. */
@Module({
  providers: [{ provide: RuleBook, inject: [Config], useFactory: ({ alerting }: Config) => new RuleBook(alerting.rulesDirectory) }],
  exports: [RuleBook],
})
export class RulesModule {}
