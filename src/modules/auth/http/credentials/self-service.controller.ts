import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiConflictResponse, ApiCreatedResponse, ApiForbiddenResponse, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RBAC_EVENTS } from '#modules/rbac/index.js';
import { Audited, Authenticates, Public } from '#platform/http/annotations.js';
import { AUTH_EVENTS } from '../../domain/auth.events.js';
import { InviteAcceptance } from '../../invites/invite-acceptance.js';
import { Registration } from '../../invites/registration.js';
import { PasswordResets } from '../../passwords/password-resets.js';
import { AcceptInviteDto, NewAccountDto, RegisterDto, RequestResetDto, ResetPasswordDto } from './self-service.dto.js';

/** What people do who have no credential yet, or none any more. */
@ApiTags('auth')
@Controller('v1/auth')
export class SelfServiceController {
  constructor(
    private readonly acceptance: InviteAcceptance,
    private readonly registration: Registration,
    private readonly resets: PasswordResets,
  ) {}

  @Post('invites/accept')
  @Public('the link is the credential')
  @Authenticates()
  @Audited(AUTH_EVENTS['auth.invite.accept'], 'transaction', [RBAC_EVENTS['rbac.role-binding.create']])
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Accept an invitation', description: 'Makes the account, with the roles that who invited can still give. Once: of any number of requests with one link, one succeeds. Log in afterwards.' })
  @ApiCreatedResponse({ type: NewAccountDto })
  async accept(@Body() body: AcceptInviteDto): Promise<NewAccountDto> {
    return this.acceptance.accept(body);
  }

  @Post('register')
  @Public('where the operator says so, strangers make themselves an account that may do nothing yet')
  @Audited(AUTH_EVENTS['auth.register'], 'transaction')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Make an account', description: 'Only with REGISTRATION=open.' })
  @ApiCreatedResponse({ type: NewAccountDto })
  @ApiForbiddenResponse({ description: 'Accounts are made by invitation here.' })
  @ApiConflictResponse({ description: 'The username is taken.' })
  async register(@Body() { username, password, displayName }: RegisterDto): Promise<NewAccountDto> {
    return this.registration.register({ username, password, displayName: displayName ?? null });
  }

  @Post('password/reset-request')
  @Public('whoever has forgotten a password has no credential')
  @Audited(AUTH_EVENTS['auth.password.reset.request'], 'transaction')
  @HttpCode(202)
  @ApiOperation({ summary: 'Ask for a link to set a password anew', description: 'The same answer for every name. A link is mailed to the address of the account, if there is one, it may log in, and this server sends mail; not twice in five minutes.' })
  @ApiAcceptedResponse({ description: 'Noted, whether there is such an account or not.' })
  async request(@Body() { username }: RequestResetDto): Promise<void> {
    await this.resets.request(username);
  }

  @Post('password/reset')
  @Public('the link is the credential')
  @Authenticates()
  @Audited(AUTH_EVENTS['auth.password.reset'], 'transaction')
  @HttpCode(204)
  @ApiOperation({ summary: 'Set a password anew by a link', description: 'Once, within half an hour, and not after the account was changed otherwise. Ends the account’s sessions and keys. A second factor is still asked for at the login.' })
  @ApiNoContentResponse()
  async reset(@Body() body: ResetPasswordDto): Promise<void> {
    await this.resets.reset(body);
  }
}
