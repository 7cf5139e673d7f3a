import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import { RetentionRuns } from '../upkeep/retention-runs.js';
import { RetentionRunDetailDto, retentionRunDetailDto, retentionRunDto, RetentionRunListDto, RUN, StartRetentionRunDto } from './retention.dto.js';

const SEEN = 'what is kept of images, and was, is told to everybody who pulls them';

/** What the rules of a project’s policy let go. */
@ApiTags('registry')
@ApiBearerAuth()
@Controller('v1/registry/projects/:id/retention-runs')
export class RetentionController {
  constructor(private readonly runs: RetentionRuns) {}

  @Post()
  @Requires(REGISTRY_PERMISSIONS['registry:govern'])
  @Audited(REGISTRY_EVENTS['registry.retention.run'], 'transaction', [REGISTRY_EVENTS['registry.manifest.delete'], REGISTRY_EVENTS['registry.tag.delete'], REGISTRY_EVENTS['registry.tag.remove']])
  @ApiOperation({ summary: 'Delete what the rules of retention let go, or tell what that would be', description: 'As happens by itself once a day. The answer comes when the run has ended, after twenty seconds at most; `more` says that there is more.' })
  @ApiCreatedResponse({ type: RetentionRunDetailDto })
  @ApiConflictResponse({ description: 'A run of the project is under way.' })
  async start(
    @CurrentPrincipal() principal: Principal,
    @IdempotencyRequest() request: IdempotentRequest | null,
    @Param('id', UuidParam) id: string,
    @Body() { dryRun }: StartRetentionRunDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RetentionRunDetailDto> {
    const run = await this.runs.start(principal, request, id, dryRun);
    void reply.header('Location', `/v1/registry/projects/${id}/retention-runs/${run.id}`);
    return retentionRunDetailDto(run);
  }

  @Get()
  @Requires(REGISTRY_PERMISSIONS['registry:pull'])
  @Unaudited(SEEN)
  @ApiOperation({ summary: 'List a project’s runs of retention', description: 'Those that somebody asked for, and those of the daily job.' })
  @ApiOkResponse({ type: RetentionRunListDto })
  async list(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() query: PagingDto): Promise<RetentionRunListDto> {
    const { items, next } = await this.runs.list(principal, id, pageById(query));
    return { items: items.map(retentionRunDto), next: nextLink(`/v1/registry/projects/${id}/retention-runs`, query, next) };
  }

  @Get(':runId')
  @Requires(REGISTRY_PERMISSIONS['registry:pull'])
  @Unaudited(SEEN)
  @ApiOperation({ summary: 'Get a run of retention', description: 'With what it deleted, or would have, and why the rest is there.' })
  @ApiParam({ name: 'runId', format: 'uuid', example: RUN })
  @ApiOkResponse({ type: RetentionRunDetailDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Param('runId', UuidParam) runId: string): Promise<RetentionRunDetailDto> {
    return retentionRunDetailDto(await this.runs.get(principal, id, runId));
  }
}
