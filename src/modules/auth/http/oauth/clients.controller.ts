import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiConflictResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ExpectedVersion } from '#platform/database/expected-version.js';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { etagOf, IfMatch, RequiredIfMatch } from '#platform/http/if-match.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../../domain/auth.permissions.js';
import type { OAuthClient } from '../../domain/oauth-client.js';
import { Clients } from '../../oauth/clients.js';
import { ClientDraftDto, clientDraftOf, ClientDto, clientDtoOf, ClientListDto } from './clients.dto.js';

/** Programs that people use and that keep no secret, disabled and never deleted. A program that keeps one is a service account. */
@ApiTags('clients')
@Controller('v1/clients')
export class ClientsController {
  constructor(private readonly clients: Clients) {}

  @Post()
  @Requires(AUTH_PERMISSIONS['clients:create'])
  @Audited(AUTH_EVENTS['auth.client.create'], 'transaction')
  @ApiOperation({ summary: 'Register a client', description: 'A command line or a notebook that people let in with a code (RFC 8628), and that goes on with refresh tokens. It has no rights of its own: its scopes bound what it is given of theirs.' })
  @ApiCreatedResponse({ type: ClientDto })
  @ApiConflictResponse({ description: 'The name is taken.' })
  async create(@CurrentPrincipal() principal: Principal, @IdempotencyRequest() request: IdempotentRequest | null, @Body() body: ClientDraftDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<ClientDto> {
    const client = await this.clients.create(principal, request, clientDraftOf(body));
    void reply.header('Location', `/v1/clients/${client.id}`);
    return shown(client, reply);
  }

  @Get()
  @Requires(AUTH_PERMISSIONS['clients:read'])
  @Unaudited('it shows names and scopes to who administers them, and changes nothing')
  @ApiOperation({ summary: 'List clients' })
  @ApiOkResponse({ type: ClientListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: PagingDto): Promise<ClientListDto> {
    const { items, next } = await this.clients.list(principal, pageById(query));
    return { items: items.map(clientDtoOf), next: nextLink('/v1/clients', query, next) };
  }

  @Get(':id')
  @Requires(AUTH_PERMISSIONS['clients:read'])
  @Unaudited('it shows a name and scopes to who administers them, and changes nothing')
  @ApiOperation({ summary: 'Show a client' })
  @ApiOkResponse({ type: ClientDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<ClientDto> {
    return shown(await this.clients.get(principal, id), reply);
  }

  @Put(':id')
  @Requires(AUTH_PERMISSIONS['clients:update'])
  @Audited(AUTH_EVENTS['auth.client.update'], 'transaction')
  @ApiOperation({ summary: 'Replace a client', description: 'The whole of it. When it loses a scope, or has to prove the possession of a key from now on, its sessions end.' })
  @ApiOkResponse({ type: ClientDto })
  @ApiConflictResponse({ description: 'The name is taken, or the client is a part of the product.' })
  async replace(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidParam) id: string,
    @RequiredIfMatch() expected: ExpectedVersion,
    @Body() body: ClientDraftDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ClientDto> {
    return shown(await this.clients.replace(principal, id, expected, clientDraftOf(body)), reply);
  }

  @Post(':id/disable')
  @Requires(AUTH_PERMISSIONS['clients:disable'])
  @Audited(AUTH_EVENTS['auth.client.disable'], 'transaction')
  @HttpCode(200)
  @ApiOperation({ summary: 'Disable a client', description: 'Its sessions end at once, on every replica.' })
  @ApiOkResponse({ type: ClientDto })
  async disable(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Res({ passthrough: true }) reply: FastifyReply): Promise<ClientDto> {
    return shown(await this.clients.disable(principal, id, expected), reply);
  }

  @Post(':id/enable')
  @Requires(AUTH_PERMISSIONS['clients:disable'])
  @Audited(AUTH_EVENTS['auth.client.enable'], 'transaction')
  @HttpCode(200)
  @ApiOperation({ summary: 'Enable a client', description: 'Its sessions from before stay ended.' })
  @ApiOkResponse({ type: ClientDto })
  async enable(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Res({ passthrough: true }) reply: FastifyReply): Promise<ClientDto> {
    return shown(await this.clients.enable(principal, id, expected), reply);
  }
}

function shown(client: OAuthClient, reply: FastifyReply): ClientDto {
  void reply.header('ETag', etagOf(client));
  return clientDtoOf(client);
}
