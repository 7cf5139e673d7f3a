import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Requires, Unaudited } from '#platform/http/annotations.js';
import { etagOf } from '#platform/http/if-match.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import { parseContentDigest } from '#pure/oci/content-digest.js';
import { isTag } from '#pure/oci/tag.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import { Inventory } from '../governance/inventory.js';
import { cursorOf, DigestParam, pageByName } from './digest-param.js';
import { DIGEST, manifestDetailDto, ManifestDetailDto, manifestDto, ManifestListDto, repositoryDto, RepositoryDto, RepositoryListDto, RepositoryQueryDto, tagDto, TagListDto } from './repositories.dto.js';

const SEEN = 'what the caller may pull, without its content';
const BASE = '/v1/registry/repositories';

/** What there is in the registry. What is done to it by clients of the distribution protocol is below `/v2/`. */
@ApiTags('registry')
@ApiBearerAuth()
@Controller('v1/registry/repositories')
export class RepositoriesController {
  constructor(private readonly inventory: Inventory) {}

  @Get()
  @Requires(REGISTRY_PERMISSIONS['registry:pull'])
  @Unaudited(SEEN)
  @ApiOperation({ summary: 'List repositories' })
  @ApiOkResponse({ type: RepositoryListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: RepositoryQueryDto): Promise<RepositoryListDto> {
    const { items, next } = await this.inventory.repositories(principal, query.project ?? null, pageById(query));
    return { items: items.map(repositoryDto), next: nextLink(BASE, query, next, query.project === undefined ? {} : { project: query.project }) };
  }

  @Get(':id')
  @Requires(REGISTRY_PERMISSIONS['registry:pull'])
  @Unaudited(SEEN)
  @ApiOperation({ summary: 'Get a repository' })
  @ApiOkResponse({ type: RepositoryDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<RepositoryDto> {
    return repositoryDto(await this.inventory.repository(principal, id));
  }

  @Get(':id/manifests')
  @Requires(REGISTRY_PERMISSIONS['registry:pull'])
  @Unaudited(SEEN)
  @ApiOperation({ summary: 'List the manifests of a repository', description: 'With their states, sizes and tags.' })
  @ApiOkResponse({ type: ManifestListDto })
  async manifests(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() query: PagingDto): Promise<ManifestListDto> {
    const { items, next } = await this.inventory.manifests(principal, id, pageByName(query, (text) => parseContentDigest(text) !== null));
    return { items: items.map(manifestDto), next: nextLink(`${BASE}/${id}/manifests`, query, cursorOf(next)) };
  }

  @Get(':id/manifests/:digest')
  @Requires(REGISTRY_PERMISSIONS['registry:pull'])
  @Unaudited(SEEN)
  @ApiOperation({ summary: 'Get a manifest', description: 'Its state, what refers to it, and the signatures that were found good.' })
  @ApiParam({ name: 'digest', example: DIGEST })
  @ApiOkResponse({ type: ManifestDetailDto })
  async manifest(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidParam) id: string,
    @Param('digest', DigestParam) digest: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ManifestDetailDto> {
    const manifest = await this.inventory.manifest(principal, id, digest);
    void reply.header('ETag', etagOf(manifest));
    return manifestDetailDto(manifest);
  }

  @Get(':id/tags')
  @Requires(REGISTRY_PERMISSIONS['registry:pull'])
  @Unaudited(SEEN)
  @ApiOperation({ summary: 'List the tags of a repository' })
  @ApiOkResponse({ type: TagListDto })
  async tags(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() query: PagingDto): Promise<TagListDto> {
    const { items, next } = await this.inventory.tags(principal, id, pageByName(query, isTag));
    return { items: items.map(tagDto), next: nextLink(`${BASE}/${id}/tags`, query, cursorOf(next)) };
  }
}
