import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { ClientSecrets } from '../client-secrets.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { ClientSecretDto, clientSecretDtoOf, ClientSecretListDto, CreateClientSecretDto, LIFETIME_DAYS, NewClientSecretDto } from './client-secrets.dto.js';

/** Secrets that a service account logs in with: several at a time, so that one can be replaced without a pause. */
@ApiTags('service-accounts')
@Controller('v1/service-accounts/:id/secrets')
export class ClientSecretsController {
  constructor(private readonly secrets: ClientSecrets) {}

  @Post()
  @Requires(AUTH_PERMISSIONS['service-accounts:issue-secret'])
  @Audited(AUTH_EVENTS['auth.client-secret.create'], 'transaction')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Make a secret', description: 'Only for an account that may do nothing that the caller may not. The secret is in this answer alone: a repeated request with the same Idempotency-Key is refused.' })
  @ApiCreatedResponse({ type: NewClientSecretDto })
  @ApiConflictResponse({ description: 'The account is disabled, has as many secrets as it may have, or the secret was shown before.' })
  async create(@CurrentPrincipal() principal: Principal, @IdempotencyRequest() request: IdempotentRequest | null, @Param('id', UuidParam) id: string, @Body() body: CreateClientSecretDto): Promise<NewClientSecretDto> {
    const { label = null, lifetimeDays = LIFETIME_DAYS } = body;
    const made = await this.secrets.create(principal, request, id, { label, lifetimeDays });
    return { ...clientSecretDtoOf(made), secret: made.secret };
  }

  @Get()
  @Requires(AUTH_PERMISSIONS['service-accounts:read'])
  @Unaudited('it shows names and dates to who administers them, and no secret')
  @ApiOperation({ summary: 'List secrets', description: 'Without the secrets themselves.' })
  @ApiOkResponse({ type: ClientSecretListDto })
  async list(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<ClientSecretListDto> {
    const items: ClientSecretDto[] = (await this.secrets.list(principal, id)).map(clientSecretDtoOf);
    return { items };
  }

  @Delete(':secretId')
  @Requires(AUTH_PERMISSIONS['service-accounts:revoke-secret'])
  @Audited(AUTH_EVENTS['auth.client-secret.revoke'], 'transaction')
  @HttpCode(204)
  @ApiParam({ name: 'secretId', format: 'uuid', example: '01981b7e-7a10-7f3c-8c2b-1d2e3f4a5b6c' })
  @ApiOperation({ summary: 'Revoke a secret', description: 'It is refused from now on, and so are the tokens that were given for it, on every replica.' })
  @ApiNoContentResponse()
  async revoke(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Param('secretId', UuidParam) secretId: string): Promise<void> {
    await this.secrets.revoke(principal, id, secretId);
  }
}
