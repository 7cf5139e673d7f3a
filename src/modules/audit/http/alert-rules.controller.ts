import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PolicyDecision } from '#modules/rbac/index.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal } from '#platform/http/parameters.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { pageOf } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import { Effort } from '#pure/sigma/effort.js';
import { SigmaError } from '#pure/sigma/sigma-error.js';
import { AuditLog } from '../audit-log.js';
import { RuleBook } from '../detection/rule-book.js';
import { rulesOfValues, rulesOfYaml } from '../detection/rule-source.js';
import { RuleTrial } from '../detection/rule-trial.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import { AUDIT_PERMISSIONS } from '../domain/audit.permissions.js';
import { rangeOf, RuleListDto, ruleDto, TrialDto, trialDto, TryRuleDto } from './alert-rules.dto.js';

const PATH = '/v1/alerts/rules';
const READ = AUDIT_PERMISSIONS['alerts:read'];
/** A rule shows what it groups by, which may be any field of any entry: who tries one reads the ledger. */
const READ_ENTRIES = AUDIT_PERMISSIONS['audit:read'];
/** Of a place in a rule: its names are as long as their author made them. */
const DETAIL_CHARACTERS_MAX = 500;

@ApiTags('alerts')
@Controller('v1/alerts/rules')
export class AlertRulesController {
  constructor(
    private readonly book: RuleBook,
    private readonly trial: RuleTrial,
    private readonly log: AuditLog,
    private readonly policy: PolicyDecision,
  ) {}

  @Get()
  @Requires(READ)
  @Unaudited('the rules are configuration, and say nothing of what they found')
  @ApiOperation({ summary: 'The detection rules that are loaded', description: 'Those of the process that answers: they are read at its start.' })
  @ApiOkResponse({ type: RuleListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() page: PagingDto): Promise<RuleListDto> {
    await this.policy.require(principal, READ, null);
    const { limit, after } = pageById(page);
    const rules = this.book.rules.map((booked) => ({ id: booked.rule.id, booked })).sort((one, other) => (one.id < other.id ? -1 : 1));
    const { items, next } = pageOf(rules.filter(({ id }) => after === null || id > after), limit);
    return { items: items.map(({ booked }) => ruleDto(booked)), next: nextLink(PATH, page, next) };
  }

  @Post('test')
  @HttpCode(200)
  @Requires(READ)
  @Audited(AUDIT_EVENTS['alert.rule.test'], 'group')
  @ApiOperation({ summary: 'Try a rule over the past', description: 'Runs one rule, with its parts, over the entries of a time, and shows what it would have raised. Nothing is raised or remembered. Needs audit:read for the whole server too: a rule can show any field of any entry.' })
  @ApiOkResponse({ type: TrialDto })
  async test(@CurrentPrincipal() principal: Principal, @Body() body: TryRuleDto): Promise<TrialDto> {
    await this.policy.require(principal, READ, null);
    await this.policy.require(principal, READ_ENTRIES, null);
    const range = rangeOf(body);
    const { ids, set } = this.tried(body.rule);
    const trial = await this.trial.run(principal, set, range);
    const facts = { rules: ids, fromMillis: range.fromMillis, toMillis: range.toMillis, entryCount: trial.entries, alertCount: trial.alerts.length };
    await this.log.record({ kind: AUDIT_EVENTS['alert.rule.test'], outcome: 'success', actor: principal, facts });
    return trialDto(trial);
  }

  private tried(rule: unknown): { ids: string[]; set: ReturnType<RuleBook['setOf']> } {
    try {
      const effort = new Effort();
      const rules = (typeof rule === 'string' ? rulesOfYaml(rule, effort) : rulesOfValues([rule], effort)).map((sourced) => sourced.rule);
      return { ids: rules.map(({ id }) => id), set: this.book.setOf(rules) };
    } catch (error) {
      if (!(error instanceof SigmaError)) throw error;
      throw Fault.at(REQUEST_FAULTS['invalid-request'], '/rule', 'invalid-rule', error.message.slice(0, DETAIL_CHARACTERS_MAX).toWellFormed());
    }
  }
}
