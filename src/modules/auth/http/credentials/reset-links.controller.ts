import { Controller, Header, Param, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited, Requires } from '#platform/http/annotations.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../../domain/auth.permissions.js';
import { ResetLinks } from '../../passwords/reset-links.js';
import { ResetLinkDto, resetLinkDtoOf } from './self-service.dto.js';

@ApiTags('users')
@Controller('v1/users/:id/password-reset')
export class ResetLinksController {
  constructor(private readonly links: ResetLinks) {}

  @Post()
  @Requires(AUTH_PERMISSIONS['users:reset-password'])
  @Audited(AUTH_EVENTS['auth.password.reset.link'], 'transaction')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Give a user a link to set their password anew', description: 'Only for an account that may do nothing that the caller may not. It takes the place of the link before. Mailed where the account has an address and this server sends mail; else in this answer alone.' })
  @ApiCreatedResponse({ type: ResetLinkDto })
  @ApiConflictResponse({ description: 'It is the own account, or one that is disabled.' })
  async make(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<ResetLinkDto> {
    return resetLinkDtoOf(await this.links.make(principal, id));
  }
}
