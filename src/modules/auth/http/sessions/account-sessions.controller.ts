import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { AccountSessions, type SessionOwner } from '../../account-sessions.js';
import { AUTH_EVENTS } from '../../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../../domain/auth.permissions.js';
import { sessionDtoOf, SessionListDto, SessionsEndedDto } from './sessions.dto.js';

const SEEN = 'it shows where and when to who administers accounts, and changes nothing';
const PROTECTED = 'Sessions of whoever decides what others may do are ended by owners alone. Their tokens are refused from now on, everywhere.';

/** Sessions of others, of people and of programs alike. */
@ApiTags('users')
@Controller('v1')
export class AccountSessionsController {
  constructor(private readonly sessions: AccountSessions) {}

  @Get('users/:id/sessions')
  @Requires(AUTH_PERMISSIONS['sessions:read'])
  @Unaudited(SEEN)
  @ApiOperation({ summary: 'List a user’s sessions' })
  @ApiOkResponse({ type: SessionListDto })
  async ofUser(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() query: PagingDto): Promise<SessionListDto> {
    return this.list(principal, { id, kind: 'user' }, query, `/v1/users/${id}/sessions`);
  }

  @Delete('users/:id/sessions')
  @Requires(AUTH_PERMISSIONS['sessions:revoke'])
  @Audited(AUTH_EVENTS['auth.session.revoke'], 'transaction')
  @ApiOperation({ summary: 'End all sessions of a user', description: PROTECTED })
  @ApiOkResponse({ type: SessionsEndedDto })
  async endAllOfUser(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<SessionsEndedDto> {
    return { sessionsEnded: await this.sessions.endAllOf(principal, { id, kind: 'user' }) };
  }

  @Delete('users/:id/sessions/:sessionId')
  @Requires(AUTH_PERMISSIONS['sessions:revoke'])
  @Audited(AUTH_EVENTS['auth.session.revoke'], 'transaction')
  @HttpCode(204)
  @ApiOperation({ summary: 'End a session of a user', description: PROTECTED })
  @ApiParam({ name: 'sessionId', format: 'uuid', example: '01981b7e-7a10-7f3c-8c2b-1d2e3f4a5b6c' })
  @ApiNoContentResponse({ description: 'Its tokens are refused from now on.' })
  async endOfUser(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Param('sessionId', UuidParam) sessionId: string): Promise<void> {
    await this.sessions.endOneOf(principal, { id, kind: 'user' }, sessionId);
  }

  @Get('service-accounts/:id/sessions')
  @Requires(AUTH_PERMISSIONS['sessions:read'])
  @Unaudited(SEEN)
  @ApiOperation({ summary: 'List a service account’s sessions' })
  @ApiOkResponse({ type: SessionListDto })
  async ofProgram(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() query: PagingDto): Promise<SessionListDto> {
    return this.list(principal, { id, kind: 'service' }, query, `/v1/service-accounts/${id}/sessions`);
  }

  @Delete('service-accounts/:id/sessions')
  @Requires(AUTH_PERMISSIONS['sessions:revoke'])
  @Audited(AUTH_EVENTS['auth.session.revoke'], 'transaction')
  @ApiOperation({ summary: 'End all sessions of a service account', description: PROTECTED })
  @ApiOkResponse({ type: SessionsEndedDto })
  async endAllOfProgram(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<SessionsEndedDto> {
    return { sessionsEnded: await this.sessions.endAllOf(principal, { id, kind: 'service' }) };
  }

  @Delete('service-accounts/:id/sessions/:sessionId')
  @Requires(AUTH_PERMISSIONS['sessions:revoke'])
  @Audited(AUTH_EVENTS['auth.session.revoke'], 'transaction')
  @HttpCode(204)
  @ApiOperation({ summary: 'End a session of a service account', description: PROTECTED })
  @ApiParam({ name: 'sessionId', format: 'uuid', example: '01981b7e-7a10-7f3c-8c2b-1d2e3f4a5b6c' })
  @ApiNoContentResponse({ description: 'Its tokens are refused from now on.' })
  async endOfProgram(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Param('sessionId', UuidParam) sessionId: string): Promise<void> {
    await this.sessions.endOneOf(principal, { id, kind: 'service' }, sessionId);
  }

  private async list(principal: Principal, owner: SessionOwner, query: PagingDto, path: string): Promise<SessionListDto> {
    const { items, next } = await this.sessions.of(principal, owner, pageById(query));
    return { items: items.map((session) => sessionDtoOf(session, principal.sessionId)), next: nextLink(path, query, next) };
  }
}
