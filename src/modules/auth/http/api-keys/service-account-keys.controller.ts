import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiConflictResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { ServiceAccountKeys } from '../../api-keys/service-account-keys.js';
import { AUTH_EVENTS } from '../../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../../domain/auth.permissions.js';
import { apiKeyDtoOf, ApiKeyListDto, CreateApiKeyDto, NewApiKeyDto, newApiKeyOf } from './api-keys.dto.js';

/** Keys of programs that keep a secret and do not log in with it: what a pipeline pushes images by. */
@ApiTags('service-accounts')
@Controller('v1/service-accounts/:id/api-keys')
export class ServiceAccountKeysController {
  constructor(private readonly keys: ServiceAccountKeys) {}

  @Post()
  @Requires(AUTH_PERMISSIONS['service-accounts:issue-secret'])
  @Audited(AUTH_EVENTS['auth.api-key.create'], 'transaction')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Make an API key', description: 'Only for an account that may do nothing that the caller may not. It may do what the account may do at the time of each request, of what its scopes say. The key is in this answer alone: a repeated request with the same Idempotency-Key is refused. An account with `dpopRequired` has none.' })
  @ApiCreatedResponse({ type: NewApiKeyDto })
  @ApiConflictResponse({ description: 'The account is disabled, has as many keys as it may have, or the key was shown before.' })
  async create(@CurrentPrincipal() principal: Principal, @IdempotencyRequest() request: IdempotentRequest | null, @Param('id', UuidParam) id: string, @Body() body: CreateApiKeyDto): Promise<NewApiKeyDto> {
    const made = await this.keys.create(principal, request, id, newApiKeyOf(body));
    return { ...apiKeyDtoOf(made), key: made.text };
  }

  @Get()
  @Requires(AUTH_PERMISSIONS['service-accounts:read'])
  @Unaudited('it shows names and dates to who administers them, and no secret')
  @ApiOperation({ summary: 'List API keys', description: 'Without the secrets.' })
  @ApiOkResponse({ type: ApiKeyListDto })
  async list(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() query: PagingDto): Promise<ApiKeyListDto> {
    const { items, next } = await this.keys.list(principal, id, pageById(query));
    return { items: items.map(apiKeyDtoOf), next: nextLink(`/v1/service-accounts/${id}/api-keys`, query, next) };
  }

  @Delete(':keyId')
  @Requires(AUTH_PERMISSIONS['service-accounts:revoke-secret'])
  @Audited(AUTH_EVENTS['auth.api-key.revoke'], 'transaction')
  @HttpCode(204)
  @ApiParam({ name: 'keyId', format: 'uuid', example: '01981b7e-7a10-7f3c-8c2b-1d2e3f4a5b6c' })
  @ApiOperation({ summary: 'Revoke an API key', description: 'It is refused from now on, and so are the tokens of the registry that were given for it, on every replica.' })
  @ApiNoContentResponse()
  async revoke(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Param('keyId', UuidParam) keyId: string): Promise<void> {
    await this.keys.revoke(principal, id, keyId);
  }
}
