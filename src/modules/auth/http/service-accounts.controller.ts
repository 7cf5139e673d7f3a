import { Body, Controller, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiConflictResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ExpectedVersion } from '#platform/database/expected-version.js';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { etagOf, IfMatch, RequiredIfMatch } from '#platform/http/if-match.js';
import { nextLink, pageById } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import type { ServiceAccount } from '../domain/account.js';
import { ServiceAccounts } from '../service-accounts.js';
import { CreateServiceAccountDto, HandOverDto, ServiceAccountDto, serviceAccountDtoOf, ServiceAccountListDto, ServiceAccountQueryDto, UpdateServiceAccountDto } from './service-accounts.dto.js';

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
  @ApiOperation({ summary: 'Create a service account', description: 'A principal that roles can be bound to. It has no secret yet. Whoever makes it answers for it: of what its roles say, it may do what they may do too. Of what a service account makes, the person who answers for that.' })
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
    return shown(account, reply);
  }

  @Get()
  @Requires(AUTH_PERMISSIONS['service-accounts:read'])
  @Unaudited('it shows names and states to who administers them, and changes nothing')
  @ApiOperation({ summary: 'List service accounts' })
  @ApiOkResponse({ type: ServiceAccountListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: ServiceAccountQueryDto): Promise<ServiceAccountListDto> {
    const { status, name, ownerId } = query;
    const filter = { ...(status === undefined ? {} : { status }), ...(name === undefined ? {} : { name }), ...(ownerId === undefined ? {} : { ownerId }) };
    const { items, next } = await this.accounts.list(principal, filter, pageById(query));
    return { items: items.map(serviceAccountDtoOf), next: nextLink('/v1/service-accounts', query, next, filter) };
  }

  @Get(':id')
  @Requires(AUTH_PERMISSIONS['service-accounts:read'])
  @Unaudited('it shows a name and a state to who administers them, and changes nothing')
  @ApiOperation({ summary: 'Show a service account' })
  @ApiOkResponse({ type: ServiceAccountDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<ServiceAccountDto> {
    return shown(await this.accounts.get(principal, id), reply);
  }

  @Patch(':id')
  @Requires(AUTH_PERMISSIONS['service-accounts:update'])
  @Audited(AUTH_EVENTS['auth.service-account.update'], 'transaction')
  @ApiOperation({ summary: 'Change the name or the demands of a service account', description: 'Programs that log in by the name have to be told; those that use the id do not. With `dpopRequired`, sessions that are bound to no key and no certificate end at once, AppRole is closed to it, and its API keys are refused; only who could give the account a secret takes the demand back.' })
  @ApiConflictResponse({ description: 'The name is taken, or the account was erased.' })
  @ApiOkResponse({ type: ServiceAccountDto })
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidParam) id: string,
    @RequiredIfMatch() expected: ExpectedVersion,
    @Body() body: UpdateServiceAccountDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ServiceAccountDto> {
    return shown(await this.accounts.update(principal, id, expected, body), reply);
  }

  @Put(':id/owner')
  @Requires(AUTH_PERMISSIONS['service-accounts:update'])
  @Audited(AUTH_EVENTS['auth.service-account.hand-over'], 'transaction')
  @ApiOperation({ summary: 'Say who answers for a service account', description: 'From then on it may do, of what its roles say, what the new owner may do too. Only by who holds all that the roles say.' })
  @ApiConflictResponse({ description: 'It is the own account, or one that was erased.' })
  @ApiOkResponse({ type: ServiceAccountDto })
  async handOver(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidParam) id: string,
    @RequiredIfMatch() expected: ExpectedVersion,
    @Body() { ownerId }: HandOverDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ServiceAccountDto> {
    return shown(await this.accounts.handOver(principal, id, expected, ownerId), reply);
  }

  @Post(':id/disable')
  @Requires(AUTH_PERMISSIONS['service-accounts:disable'])
  @Audited(AUTH_EVENTS['auth.service-account.disable'], 'transaction')
  @HttpCode(200)
  @ApiConflictResponse({ description: 'It is the own account.' })
  @ApiOperation({ summary: 'Disable a service account', description: 'Its sessions end at once, on every replica.' })
  @ApiOkResponse({ type: ServiceAccountDto })
  async disable(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Res({ passthrough: true }) reply: FastifyReply): Promise<ServiceAccountDto> {
    return shown(await this.accounts.disable(principal, id, expected), reply);
  }

  @Post(':id/enable')
  @Requires(AUTH_PERMISSIONS['service-accounts:disable'])
  @Audited(AUTH_EVENTS['auth.service-account.enable'], 'transaction')
  @HttpCode(200)
  @ApiOperation({ summary: 'Enable a service account', description: 'Its sessions from before stay ended.' })
  @ApiConflictResponse({ description: 'The account was erased.' })
  @ApiOkResponse({ type: ServiceAccountDto })
  async enable(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Res({ passthrough: true }) reply: FastifyReply): Promise<ServiceAccountDto> {
    return shown(await this.accounts.enable(principal, id, expected), reply);
  }
}

function shown(account: ServiceAccount, reply: FastifyReply): ServiceAccountDto {
  void reply.header('ETag', etagOf(account));
  return serviceAccountDtoOf(account);
}
