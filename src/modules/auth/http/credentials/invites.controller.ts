import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiConflictResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../../domain/auth.permissions.js';
import { Invites } from '../../invites/invites.js';
import { CreateInviteDto, inviteDtoOf, InviteListDto, MadeInviteDto, madeInviteDtoOf, newInviteOf } from './invites.dto.js';

/** Accounts that people are asked to make for themselves. */
@ApiTags('users')
@Controller('v1/users/invites')
export class InvitesController {
  constructor(private readonly invites: Invites) {}

  @Post()
  @Requires(AUTH_PERMISSIONS['users:invite'])
  @Audited(AUTH_EVENTS['auth.invite.create'], 'transaction')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Invite somebody', description: 'The link is mailed where there is an address and this server sends mail; else it is in this answer alone, and a repeated request with the same Idempotency-Key is refused.' })
  @ApiCreatedResponse({ type: MadeInviteDto })
  @ApiConflictResponse({ description: 'The username is taken, there are as many invitations as there may be, or the link was shown before.' })
  async create(@CurrentPrincipal() principal: Principal, @IdempotencyRequest() request: IdempotentRequest | null, @Body() body: CreateInviteDto): Promise<MadeInviteDto> {
    return madeInviteDtoOf(await this.invites.create(principal, request, newInviteOf(body)));
  }

  @Get()
  @Requires(AUTH_PERMISSIONS['users:invite'])
  @Unaudited('it shows names to who administers accounts, and no link')
  @ApiOperation({ summary: 'List invitations', description: 'Without the links.' })
  @ApiOkResponse({ type: InviteListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: PagingDto): Promise<InviteListDto> {
    const { items, next } = await this.invites.list(principal, pageById(query));
    return { items: items.map(inviteDtoOf), next: nextLink('/v1/users/invites', query, next) };
  }

  @Delete(':id')
  @Requires(AUTH_PERMISSIONS['users:invite'])
  @Audited(AUTH_EVENTS['auth.invite.revoke'], 'transaction')
  @HttpCode(204)
  @ApiOperation({ summary: 'Take an invitation back' })
  @ApiNoContentResponse()
  async revoke(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<void> {
    await this.invites.revoke(principal, id);
  }
}
