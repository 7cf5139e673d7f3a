import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiConflictResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { ServiceAccounts } from '../service-accounts.js';
import { CreateServiceAccountDto, ServiceAccountDto, serviceAccountDtoOf, ServiceAccountListDto } from './service-accounts.dto.js';

/**
 * Principals for programs, disabled and never deleted, as users are. Making one hands out no secret, so that, unlike a
 * user's, the answer can be given again to a repeated request.
 */
@ApiTags('service-accounts')
@Controller('v1/service-accounts')
export class ServiceAccountsController {
  constructor(private readonly accounts: ServiceAccounts) {}

  @Post()
  @Requires(AUTH_PERMISSIONS['service-accounts:create'])
  @Audited(AUTH_EVENTS['auth.service-account.create'], 'transaction')
  @ApiOperation({ summary: 'Create a service account', description: 'A principal that roles can be bound to. It has no secret yet.' })
  @ApiCreatedResponse({ type: ServiceAccountDto })
  @ApiConflictResponse({ description: 'The name is taken.' })
  async create(
    @CurrentPrincipal() principal: Principal,
    @IdempotencyRequest() request: IdempotentRequest | null,
    @Body() body: CreateServiceAccountDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ServiceAccountDto> {
    const account = await this.accounts.create(principal, request, body);
    void reply.header('Location', `/v1/service-accounts/${account.id}`);
    return serviceAccountDtoOf(account);
  }

  @Get()
  @Requires(AUTH_PERMISSIONS['service-accounts:read'])
  @Unaudited('it shows names and states to who administers them, and changes nothing')
  @ApiOperation({ summary: 'List service accounts' })
  @ApiOkResponse({ type: ServiceAccountListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() page: PagingDto): Promise<ServiceAccountListDto> {
    const { items, next } = await this.accounts.list(principal, pageById(page));
    return { items: items.map(serviceAccountDtoOf), next: nextLink('/v1/service-accounts', page, next) };
  }

  @Get(':id')
  @Requires(AUTH_PERMISSIONS['service-accounts:read'])
  @Unaudited('it shows a name and a state to who administers them, and changes nothing')
  @ApiOperation({ summary: 'Show a service account' })
  @ApiOkResponse({ type: ServiceAccountDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<ServiceAccountDto> {
    return serviceAccountDtoOf(await this.accounts.get(principal, id));
  }

  @Post(':id/disable')
  @Requires(AUTH_PERMISSIONS['service-accounts:disable'])
  @Audited(AUTH_EVENTS['auth.service-account.disable'], 'transaction')
  @HttpCode(200)
  @ApiConflictResponse({ description: 'It is the own account.' })
  @ApiOperation({ summary: 'Disable a service account', description: 'Its sessions end at once, on every replica.' })
  @ApiOkResponse({ type: ServiceAccountDto })
  async disable(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<ServiceAccountDto> {
    return serviceAccountDtoOf(await this.accounts.disable(principal, id));
  }
}
