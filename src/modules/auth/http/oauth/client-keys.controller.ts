import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../../domain/auth.permissions.js';
import { ClientKeys } from '../../oauth/client-keys.js';
import { ClientKeyDto, clientKeyDtoOf, ClientKeyListDto, CreateClientKeyDto, KEY_LIFETIME_DAYS } from './client-keys.dto.js';

/** Keys that a service account signs assertions with (`private_key_jwt`): several at a time, so that one can be replaced without a pause. */
@ApiTags('service-accounts')
@Controller('v1/service-accounts/:id/keys')
export class ClientKeysController {
  constructor(private readonly keys: ClientKeys) {}

  @Post()
  @Requires(AUTH_PERMISSIONS['service-accounts:issue-secret'])
  @Audited(AUTH_EVENTS['auth.client-key.create'], 'transaction')
  @ApiOperation({ summary: 'Give it a key', description: 'Only to an account that may do nothing that the caller may not. What is given is public; whoever has the private key gets tokens by POST /oauth/token.' })
  @ApiCreatedResponse({ type: ClientKeyDto })
  @ApiConflictResponse({ description: 'The account is disabled, has as many keys as it may have, or has this one.' })
  async create(@CurrentPrincipal() principal: Principal, @IdempotencyRequest() request: IdempotentRequest | null, @Param('id', UuidParam) id: string, @Body() body: CreateClientKeyDto): Promise<ClientKeyDto> {
    const { jwk, label = null, lifetimeDays = KEY_LIFETIME_DAYS } = body;
    return clientKeyDtoOf(await this.keys.create(principal, request, id, { jwk, label, lifetimeDays }));
  }

  @Get()
  @Requires(AUTH_PERMISSIONS['service-accounts:read'])
  @Unaudited('it shows names and dates to who administers them, and no secret')
  @ApiOperation({ summary: 'List keys' })
  @ApiOkResponse({ type: ClientKeyListDto })
  async list(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<ClientKeyListDto> {
    return { items: (await this.keys.list(principal, id)).map(clientKeyDtoOf) };
  }

  @Delete(':keyId')
  @Requires(AUTH_PERMISSIONS['service-accounts:revoke-secret'])
  @Audited(AUTH_EVENTS['auth.client-key.revoke'], 'transaction')
  @HttpCode(204)
  @ApiParam({ name: 'keyId', format: 'uuid', example: '01981b7e-7a10-7f3c-8c2b-1d2e3f4a5b6c' })
  @ApiOperation({ summary: 'Revoke a key', description: 'No assertion of it is taken from now on, and the tokens that were given for one are refused, on every replica.' })
  @ApiNoContentResponse()
  async revoke(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Param('keyId', UuidParam) keyId: string): Promise<void> {
    await this.keys.revoke(principal, id, keyId);
  }
}
