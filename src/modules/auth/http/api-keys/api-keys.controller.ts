import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiConflictResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { ApiKeys } from '../../api-keys/api-keys.js';
import { AUTH_EVENTS } from '../../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../../domain/auth.permissions.js';
import { ApiKeyDto, apiKeyDtoOf, ApiKeyListDto, ApiKeyQueryDto, CreateApiKeyDto, NewApiKeyDto, newApiKeyOf } from './api-keys.dto.js';

/** Keys of people for their programs. A program that is nobody's in particular has a service account, with keys of its own, which are seen here by who sees everybody's. */
@ApiTags('api-keys')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeys) {}

  @Post()
  @Requires(AUTH_PERMISSIONS['api-keys:create'])
  @Audited(AUTH_EVENTS['auth.api-key.create'], 'transaction')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Make a key', description: 'It may do what its owner may do at the time of each request, of what its scopes say, and nothing that takes a second factor or makes a credential. The key is in this answer alone: a repeated request with the same Idempotency-Key is refused.' })
  @ApiCreatedResponse({ type: NewApiKeyDto })
  @ApiConflictResponse({ description: 'There are as many keys as there may be, or the key was shown before.' })
  async create(@CurrentPrincipal() principal: Principal, @IdempotencyRequest() request: IdempotentRequest | null, @Body() body: CreateApiKeyDto): Promise<NewApiKeyDto> {
    const made = await this.keys.create(principal, request, newApiKeyOf(body));
    return { ...apiKeyDtoOf(made), key: made.text };
  }

  @Get()
  @Requires(AUTH_PERMISSIONS['api-keys:read'])
  @Unaudited('it shows names and dates to their owner and to who administers them, and no secret')
  @ApiOperation({ summary: 'List keys', description: 'One’s own, and everybody’s for who may see those; without the secrets.' })
  @ApiOkResponse({ type: ApiKeyListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: ApiKeyQueryDto): Promise<ApiKeyListDto> {
    const { ownerId, prefix } = query;
    const { items, next } = await this.keys.list(principal, { ownerId: ownerId ?? null, publicId: prefix?.slice('qak_'.length) ?? null }, pageById(query));
    const filter = { ...(ownerId === undefined ? {} : { ownerId }), ...(prefix === undefined ? {} : { prefix }) };
    return { items: items.map(apiKeyDtoOf), next: nextLink('/v1/api-keys', query, next, filter) };
  }

  @Get(':id')
  @Requires(AUTH_PERMISSIONS['api-keys:read'])
  @Unaudited('it shows a name and dates to its owner and to who administers it, and no secret')
  @ApiOperation({ summary: 'Show a key', description: 'Without the secret.' })
  @ApiOkResponse({ type: ApiKeyDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<ApiKeyDto> {
    return apiKeyDtoOf(await this.keys.get(principal, id));
  }

  @Delete(':id')
  @Requires(AUTH_PERMISSIONS['api-keys:revoke'])
  @Audited(AUTH_EVENTS['auth.api-key.revoke'], 'transaction')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a key', description: 'One’s own, or anybody’s for who may. It is refused from now on, on every replica. A key may revoke itself.' })
  @ApiNoContentResponse()
  async revoke(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<void> {
    await this.keys.revoke(principal, id);
  }
}
