import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited, Authenticates, Public, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, PresentedProofs, type ProofsOfRequest, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { AccountSessions } from '../../account-sessions.js';
import { AUTH_EVENTS } from '../../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../../domain/auth.permissions.js';
import { requestedScopes } from '../../domain/scope-request.js';
import { DpopProofs } from '../../dpop/dpop-proofs.js';
import { RefreshTokens } from '../../refresh-tokens.js';
import { TokenDto, tokenDtoOf } from '../auth.dto.js';
import { EndSessionsQueryDto, RefreshDto, sessionDtoOf, SessionListDto, SessionsEndedDto } from './sessions.dto.js';

/** One's own sessions, and how one goes on. */
@ApiTags('auth')
@Controller('v1/auth')
export class SessionsController {
  constructor(
    private readonly sessions: AccountSessions,
    private readonly refreshTokens: RefreshTokens,
    private readonly proofs: DpopProofs,
  ) {}

  @Post('refresh')
  @Public('the refresh token is the credential')
  @Authenticates()
  @Audited(AUTH_EVENTS['auth.token.refresh'], 'transaction')
  @HttpCode(200)
  // RFC 6749 §5.1: a token must not be kept by anything between.
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Exchange a refresh token for its successor and an access token',
    description: 'For logins of Quantonium itself; those of registered clients go on at `POST /oauth/token`. Each is good once. Who repeats an exchange within ten seconds, with the token that the newest one follows, gets the same successor again; any earlier token that comes again ends the session, since there is a copy of it. A session that was opened with a DPoP proof goes on with a proof of the same key.',
  })
  @ApiOkResponse({ type: TokenDto })
  async refresh(@Body() { refresh_token: text, scope }: RefreshDto, @PresentedProofs() presented: ProofsOfRequest): Promise<TokenDto> {
    const scopes = scope === undefined ? {} : { scopes: requestedScopes(scope) };
    const dpopThumbprint = await this.proofs.checkOffered(presented);
    return tokenDtoOf(await this.refreshTokens.redeem(text, { clientId: null, dpopThumbprint, ...scopes }));
  }

  @Get('sessions')
  @Requires(AUTH_PERMISSIONS['account:read'])
  @Unaudited('everybody may look at their own sessions')
  @ApiOperation({ summary: 'List one’s own sessions' })
  @ApiOkResponse({ type: SessionListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: PagingDto): Promise<SessionListDto> {
    const { items, next } = await this.sessions.own(principal, pageById(query));
    return { items: items.map((session) => sessionDtoOf(session, principal.sessionId)), next: nextLink('/v1/auth/sessions', query, next) };
  }

  @Delete('sessions')
  @Requires(AUTH_PERMISSIONS['account:logout'])
  @Audited(AUTH_EVENTS['auth.session.revoke'], 'transaction')
  @ApiOperation({ summary: 'End all of one’s own sessions, or all others', description: 'Their tokens are refused from now on, everywhere.' })
  @ApiOkResponse({ type: SessionsEndedDto })
  async endAll(@CurrentPrincipal() principal: Principal, @Query() { others }: EndSessionsQueryDto): Promise<SessionsEndedDto> {
    return { sessionsEnded: await this.sessions.endAllOwn(principal, { others: others === 'true' }) };
  }

  @Delete('sessions/:id')
  @Requires(AUTH_PERMISSIONS['account:logout'])
  @Audited(AUTH_EVENTS['auth.session.revoke'], 'transaction')
  @HttpCode(204)
  @ApiOperation({ summary: 'End one of one’s own sessions' })
  @ApiNoContentResponse({ description: 'Its tokens are refused from now on.' })
  async end(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<void> {
    await this.sessions.endOwn(principal, id);
  }
}
