import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiConflictResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { PolicyDecision } from '#modules/rbac/index.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import type { RunScope } from '../domain/upkeep-run.js';
import { GarbageCollection } from '../upkeep/garbage-collection.js';
import { ScrubRuns } from '../upkeep/scrub-runs.js';
import { TagCheckpoints } from '../upkeep/tag-checkpoints.js';
import {
  collectionRunDto,
  CollectionRunDto,
  CollectionRunListDto,
  ScrubRunDetailDto,
  scrubRunDetailDto,
  scrubRunDto,
  ScrubRunListDto,
  StartCollectionDto,
  StartScrubDto,
  TagCheckpointDetailDto,
  tagCheckpointDetailDto,
  tagCheckpointDto,
  TagCheckpointListDto,
  TakeTagCheckpointDto,
} from './upkeep.dto.js';

const MAINTAIN = REGISTRY_PERMISSIONS['registry:maintain'];
const SEEN = 'it shows counts and what was found; what was found is in the ledger';
const BASE = '/v1/registry';

/** What keeps the whole store in order. It belongs to no project, and neither does the right to it. */
@ApiTags('registry')
@ApiBearerAuth()
@Controller('v1/registry')
export class UpkeepController {
  constructor(
    private readonly collection: GarbageCollection,
    private readonly scrubs: ScrubRuns,
    private readonly checkpoints: TagCheckpoints,
    private readonly policy: PolicyDecision,
  ) {}

  @Post('gc-runs')
  @Requires(MAINTAIN)
  @Audited(REGISTRY_EVENTS['registry.gc.run'], 'transaction', [REGISTRY_EVENTS['registry.gc.hide'], REGISTRY_EVENTS['registry.gc.remove']])
  @ApiOperation({ summary: 'Collect what nothing uses, or tell what that would be', description: 'As happens by itself each minute. Nobody’s push waits for it.' })
  @ApiCreatedResponse({ type: CollectionRunDto })
  async collect(@CurrentPrincipal() principal: Principal, @Body() { dryRun }: StartCollectionDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<CollectionRunDto> {
    await this.policy.require(principal, MAINTAIN, null);
    const run = await this.collection.run(principal, dryRun);
    void reply.header('Location', `${BASE}/gc-runs/${run.id}`);
    return collectionRunDto(run);
  }

  @Get('gc-runs')
  @Requires(MAINTAIN)
  @Unaudited(SEEN)
  @ApiOperation({ summary: 'List collections', description: 'One that finds nothing to do by itself leaves none.' })
  @ApiOkResponse({ type: CollectionRunListDto })
  async collections(@CurrentPrincipal() principal: Principal, @Query() query: PagingDto): Promise<CollectionRunListDto> {
    await this.policy.require(principal, MAINTAIN, null);
    const { items, next } = await this.collection.list(principal, pageById(query));
    return { items: items.map(collectionRunDto), next: nextLink(`${BASE}/gc-runs`, query, next) };
  }

  @Get('gc-runs/:id')
  @Requires(MAINTAIN)
  @Unaudited(SEEN)
  @ApiOperation({ summary: 'Get a collection' })
  @ApiOkResponse({ type: CollectionRunDto })
  async collectionRun(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<CollectionRunDto> {
    await this.policy.require(principal, MAINTAIN, null);
    return collectionRunDto(await this.collection.get(principal, id));
  }

  @Post('scrub-runs')
  @HttpCode(202)
  @Requires(MAINTAIN)
  @Audited(REGISTRY_EVENTS['registry.scrub.request'], 'transaction')
  @ApiOperation({ summary: 'Have stored content looked over', description: 'In the background, within seconds. What is damaged is marked, recorded and told with the tags that lead to it.' })
  @ApiAcceptedResponse({ type: ScrubRunDetailDto, description: '`Location` is where to ask.' })
  async scrub(@CurrentPrincipal() principal: Principal, @Body() wanted: StartScrubDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<ScrubRunDetailDto> {
    await this.policy.require(principal, MAINTAIN, null);
    const run = await this.scrubs.request(principal, scopeOf(wanted));
    void reply.header('Location', `${BASE}/scrub-runs/${run.id}`);
    return scrubRunDetailDto(run);
  }

  @Get('scrub-runs')
  @Requires(MAINTAIN)
  @Unaudited(SEEN)
  @ApiOperation({ summary: 'List runs of the scrubber' })
  @ApiOkResponse({ type: ScrubRunListDto })
  async scrubRuns(@CurrentPrincipal() principal: Principal, @Query() query: PagingDto): Promise<ScrubRunListDto> {
    await this.policy.require(principal, MAINTAIN, null);
    const { items, next } = await this.scrubs.list(principal, pageById(query));
    return { items: items.map(scrubRunDto), next: nextLink(`${BASE}/scrub-runs`, query, next) };
  }

  @Get('scrub-runs/:id')
  @Requires(MAINTAIN)
  @Unaudited(SEEN)
  @ApiOperation({ summary: 'Get a run of the scrubber', description: 'With what it has found so far.' })
  @ApiOkResponse({ type: ScrubRunDetailDto })
  async scrubRun(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<ScrubRunDetailDto> {
    await this.policy.require(principal, MAINTAIN, null);
    return scrubRunDetailDto(await this.scrubs.get(principal, id));
  }

  @Post('tag-checkpoints')
  @Requires(MAINTAIN)
  @Audited(REGISTRY_EVENTS['registry.tags.checkpoint'], 'transaction', [
    REGISTRY_EVENTS['registry.tags.mismatch'],
    REGISTRY_EVENTS['registry.tag.accept'],
    REGISTRY_EVENTS['registry.tag.move'],
    REGISTRY_EVENTS['registry.tag.remove'],
  ])
  @ApiOperation({ summary: 'Compare all tags with the ledger, and sign the root over them', description: 'As happens by itself once a day.' })
  @ApiCreatedResponse({ type: TagCheckpointDetailDto })
  @ApiConflictResponse({ description: 'What differs is not what the run to be accepted has shown.' })
  async checkpoint(@CurrentPrincipal() principal: Principal, @Body() { accept }: TakeTagCheckpointDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<TagCheckpointDetailDto> {
    await this.policy.require(principal, MAINTAIN, null);
    const run = await this.checkpoints.take(principal, accept ?? null);
    void reply.header('Location', `${BASE}/tag-checkpoints/${run.id}`);
    return tagCheckpointDetailDto(run);
  }

  @Get('tag-checkpoints')
  @Requires(MAINTAIN)
  @Unaudited(SEEN)
  @ApiOperation({ summary: 'List checkpoints of all tags' })
  @ApiOkResponse({ type: TagCheckpointListDto })
  async listCheckpoints(@CurrentPrincipal() principal: Principal, @Query() query: PagingDto): Promise<TagCheckpointListDto> {
    await this.policy.require(principal, MAINTAIN, null);
    const { items, next } = await this.checkpoints.list(principal, pageById(query));
    return { items: items.map(tagCheckpointDto), next: nextLink(`${BASE}/tag-checkpoints`, query, next) };
  }

  @Get('tag-checkpoints/:id')
  @Requires(MAINTAIN)
  @Unaudited(SEEN)
  @ApiOperation({ summary: 'Get a checkpoint of all tags', description: 'With the tags that stood elsewhere than the ledger says.' })
  @ApiOkResponse({ type: TagCheckpointDetailDto })
  async getCheckpoint(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<TagCheckpointDetailDto> {
    await this.policy.require(principal, MAINTAIN, null);
    return tagCheckpointDetailDto(await this.checkpoints.get(principal, id));
  }
}

/** Fault: invalid-request, for a manifest without its repository. */
function scopeOf({ repositoryId, digest }: StartScrubDto): RunScope | null {
  if (repositoryId !== undefined) return { repositoryId, digest: digest ?? null };
  if (digest === undefined) return null;
  throw Fault.at(REQUEST_FAULTS['invalid-request'], '/repositoryId', 'required', 'the repository that has the manifest');
}
