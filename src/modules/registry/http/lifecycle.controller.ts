import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ExpectedVersion } from '#platform/database/expected-version.js';
import { Audited, NeedsApproval, Requires } from '#platform/http/annotations.js';
import { ApprovalRequest } from '#platform/http/approval-request.js';
import { etagOf, RequiredIfMatch } from '#platform/http/if-match.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import { Lifecycle } from '../governance/lifecycle.js';
import { DigestParam } from './digest-param.js';
import { EvaluationDto, evaluationDto, ManifestStateDto, RevocationDto, TransitionDto } from './lifecycle.dto.js';
import { DIGEST } from './repositories.dto.js';

/** What becomes of a manifest: `quarantined`, `verified`, `released`, `deprecated`, `revoked`. */
@ApiTags('registry')
@ApiBearerAuth()
@Controller('v1/registry/repositories/:id/manifests/:digest')
export class LifecycleController {
  constructor(private readonly lifecycle: Lifecycle) {}

  @Post('evaluate')
  @HttpCode(200)
  @Requires(REGISTRY_PERMISSIONS['registry:release'])
  @Audited(REGISTRY_EVENTS['registry.manifest.evaluate'], 'transaction')
  @ApiOperation({ summary: 'Hold a manifest against the policy now', description: 'As happens by itself when something about it is pushed, and when the policy or its keys change, in a project whose mode is not `off`.' })
  @ApiParam({ name: 'digest', example: DIGEST })
  @ApiOkResponse({ type: EvaluationDto })
  async evaluate(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Param('digest', DigestParam) digest: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<EvaluationDto> {
    const evaluation = await this.lifecycle.evaluate(principal, id, digest);
    void reply.header('ETag', etagOf(evaluation));
    return evaluationDto(digest, evaluation);
  }

  @Post('transition')
  @HttpCode(200)
  @Requires(REGISTRY_PERMISSIONS['registry:release'])
  @NeedsApproval('to release, where the policy asks for four eyes')
  @Audited(REGISTRY_EVENTS['registry.manifest.transition'], 'transaction')
  @ApiOperation({ summary: 'Release or deprecate a manifest', description: 'What is released is verified under the policy as it stands. What is deprecated is still given out, with a `Warning`.' })
  @ApiParam({ name: 'digest', example: DIGEST })
  @ApiOkResponse({ type: ManifestStateDto })
  @ApiConflictResponse({ description: 'It cannot become that from what it is, or has to be evaluated again.' })
  async transition(
    @CurrentPrincipal() principal: Principal,
    @ApprovalRequest() request: ApprovableRequest,
    @Param('id', UuidParam) id: string,
    @Param('digest', DigestParam) digest: string,
    @RequiredIfMatch() expected: ExpectedVersion,
    @Body() { to, reason }: TransitionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ManifestStateDto> {
    const { state, version } = await this.lifecycle.transition(principal, id, digest, { to, reason, expected, request });
    void reply.header('ETag', etagOf({ version }));
    return { digest, state, version };
  }

  @Post('revoke')
  @HttpCode(200)
  @Requires(REGISTRY_PERMISSIONS['registry:revoke'])
  @Audited(REGISTRY_EVENTS['registry.manifest.transition'], 'transaction')
  @ApiOperation({ summary: 'Revoke a manifest', description: 'For good: from the commit on nobody is given it, by tag or digest, whatever the mode of the project is; who asks is told the reason. What refers to it is still given out.' })
  @ApiParam({ name: 'digest', example: DIGEST })
  @ApiOkResponse({ type: ManifestStateDto })
  @ApiConflictResponse({ description: 'It is revoked already.' })
  async revoke(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidParam) id: string,
    @Param('digest', DigestParam) digest: string,
    @RequiredIfMatch() expected: ExpectedVersion,
    @Body() { reason }: RevocationDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ManifestStateDto> {
    const { state, version } = await this.lifecycle.transition(principal, id, digest, { to: 'revoked', reason, expected, request: null });
    void reply.header('ETag', etagOf({ version }));
    return { digest, state, version };
  }
}
