import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import { TrustedKeys } from '../governance/trusted-keys.js';
import { KEY } from './repositories.dto.js';
import { AddTrustedKeyDto, TrustedKeyDto, trustedKeyDto, TrustedKeyListDto } from './trusted-keys.dto.js';

const PUBLIC = 'public keys, for everybody who pulls what they sign';

@ApiTags('registry')
@ApiBearerAuth()
@Controller('v1/registry/projects/:id/keys')
export class TrustedKeysController {
  constructor(private readonly keys: TrustedKeys) {}

  @Post()
  @Requires(REGISTRY_PERMISSIONS['registry:govern'])
  @Audited(REGISTRY_EVENTS['registry.trusted-key.add'], 'transaction')
  @ApiOperation({ summary: 'Believe signatures of a key or an authority', description: 'What was pushed before is held against it too.' })
  @ApiCreatedResponse({ type: TrustedKeyDto })
  @ApiConflictResponse({ description: 'The project lists it already, or as many as it may.' })
  async add(
    @CurrentPrincipal() principal: Principal,
    @IdempotencyRequest() request: IdempotentRequest | null,
    @Param('id', UuidParam) id: string,
    @Body() body: AddTrustedKeyDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TrustedKeyDto> {
    const key = await this.keys.add(principal, request, id, body);
    void reply.header('Location', `/v1/registry/projects/${id}/keys/${key.id}`);
    return trustedKeyDto(key);
  }

  @Get()
  @Requires(REGISTRY_PERMISSIONS['registry:pull'])
  @Unaudited(PUBLIC)
  @ApiOperation({ summary: 'List whose signatures a project believes' })
  @ApiOkResponse({ type: TrustedKeyListDto })
  async list(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() query: PagingDto): Promise<TrustedKeyListDto> {
    const { items, next } = await this.keys.list(principal, id, pageById(query));
    return { items: items.map(trustedKeyDto), next: nextLink(`/v1/registry/projects/${id}/keys`, query, next) };
  }

  @Get(':keyId')
  @Requires(REGISTRY_PERMISSIONS['registry:pull'])
  @Unaudited(PUBLIC)
  @ApiOperation({ summary: 'Get a key or an authority that a project believes' })
  @ApiParam({ name: 'keyId', format: 'uuid', example: KEY })
  @ApiOkResponse({ type: TrustedKeyDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Param('keyId', UuidParam) keyId: string): Promise<TrustedKeyDto> {
    return trustedKeyDto(await this.keys.get(principal, id, keyId));
  }

  @Delete(':keyId')
  @HttpCode(204)
  @Requires(REGISTRY_PERMISSIONS['registry:govern'])
  @Audited(REGISTRY_EVENTS['registry.trusted-key.remove'], 'transaction')
  @ApiOperation({ summary: 'No longer believe a key or an authority', description: 'From the commit on, what was verified by it alone counts as quarantined. What was released stays so: revoke what should not be.' })
  @ApiParam({ name: 'keyId', format: 'uuid', example: KEY })
  @ApiNoContentResponse()
  async remove(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Param('keyId', UuidParam) keyId: string): Promise<void> {
    await this.keys.remove(principal, id, keyId);
  }
}
