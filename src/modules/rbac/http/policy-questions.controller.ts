import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited, Requires } from '#platform/http/annotations.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { RBAC_EVENTS } from '../domain/rbac.events.js';
import { RBAC_PERMISSIONS } from '../domain/rbac.permissions.js';
import { formatScope } from '../domain/role-binding.js';
import { DryRun } from '../dry-run.js';
import { PermissionCatalogue } from '../permission-catalogue.js';
import { PolicyQuestions } from '../policy-questions.js';
import { Projects } from '../projects.js';
import { DryRunDto, DryRunRequestDto, EffectivePolicyDto, EffectiveQueryDto, ExplanationDto, PolicyCheckDto, PolicyQuestionDto } from './policy-questions.dto.js';
import { changeIn, effectivePolicyDto, explanationDto, questionIn } from './policy-questions.mapping.js';
import { projectReferenceIn } from './role-binding.dto.js';

/** Who may do what, and why. Of others only for who may read policy everywhere: whoever is refused is told nothing of it. */
@ApiTags('policy')
@ApiBearerAuth()
@Controller('v1/rbac')
export class PolicyQuestionsController {
  constructor(
    private readonly questions: PolicyQuestions,
    private readonly dryRuns: DryRun,
    private readonly projects: Projects,
    private readonly catalogue: PermissionCatalogue,
  ) {}

  @Post('check')
  @HttpCode(200)
  @Requires(RBAC_PERMISSIONS['policy:ask'])
  @Audited(RBAC_EVENTS['rbac.policy.ask'], 'group')
  @ApiOperation({ summary: 'Ask whether somebody may do something', description: 'The decision that a request would get. About oneself for everybody; about others it takes `policy:read` and the scope `manage:policy`.' })
  @ApiOkResponse({ type: PolicyCheckDto })
  async check(@CurrentPrincipal() principal: Principal, @Body() body: PolicyQuestionDto): Promise<PolicyCheckDto> {
    const question = questionIn(body, this.catalogue, await this.projectOf(principal, body.scope));
    return { allowed: (await this.questions.explain(principal, question, 'check')).allowed };
  }

  @Post('explain')
  @HttpCode(200)
  @Requires(RBAC_PERMISSIONS['policy:read'])
  @Audited(RBAC_EVENTS['rbac.policy.ask'], 'group')
  @ApiOperation({ summary: 'Ask why somebody may or may not do something', description: 'The same decision, with the rule, the binding and the scope that settled it, and what would let it be.' })
  @ApiOkResponse({ type: ExplanationDto })
  async explain(@CurrentPrincipal() principal: Principal, @Body() body: PolicyQuestionDto): Promise<ExplanationDto> {
    return explanationDto(await this.questions.explain(principal, questionIn(body, this.catalogue, await this.projectOf(principal, body.scope))));
  }

  @Post('dry-run')
  @HttpCode(200)
  @Requires(RBAC_PERMISSIONS['policy:read'])
  @Audited(RBAC_EVENTS['rbac.policy.ask'], 'group')
  @ApiOperation({ summary: 'Ask what a change of policy would do', description: 'Who would gain and who would lose what, if a role were given, taken away, or said something else. Nothing is changed, and whether the caller could change it is not asked.' })
  @ApiOkResponse({ type: DryRunDto })
  async dryRun(@CurrentPrincipal() principal: Principal, @Body() body: DryRunRequestDto): Promise<DryRunDto> {
    const projectId = body.bind === undefined ? null : await this.projectOf(principal, body.bind.scope);
    const { affected, ...bounds } = await this.dryRuns.run(principal, changeIn(body, projectId));
    const shown = affected.map(({ subjectId, differences }) => ({ subjectId, differences: differences.map(({ projectId: at, ...each }) => ({ ...each, scope: formatScope(at) })) }));
    return { ...bounds, affected: shown };
  }

  @Get('subjects/:id/effective')
  @Requires(RBAC_PERMISSIONS['policy:ask'])
  @Audited(RBAC_EVENTS['rbac.policy.ask'], 'group')
  @ApiOperation({ summary: 'List what somebody may do', description: 'In a project or globally, now, by any credential of theirs. About oneself for everybody; about others it takes `policy:read` and the scope `manage:policy`.' })
  @ApiOkResponse({ type: EffectivePolicyDto })
  async effective(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() { scope = 'global' }: EffectiveQueryDto): Promise<EffectivePolicyDto> {
    const projectId = await this.projectOf(principal, scope);
    return effectivePolicyDto(id, projectId, await this.questions.effective(principal, id, projectId));
  }

  /** A project that the caller does not see is a 404: to read policy everywhere is to see every project. */
  private async projectOf(principal: Principal, scope: string): Promise<string | null> {
    const reference = projectReferenceIn(scope);
    return reference === null ? null : (await this.projects.resolve(principal, reference)).id;
  }
}
