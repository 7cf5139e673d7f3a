import { Body, Controller, Get, HttpCode, Post, Put, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Audited, AuditedOneOf, Authenticates, Public, Requires, Unaudited } from '#platform/http/annotations.js';
import { CertificateThumbprint, CurrentPrincipal, PresentedProofs, type ProofsOfRequest, RequestSource } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { CertificateLogin } from '../certificate-login.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { DpopProofs } from '../dpop/dpop-proofs.js';
import { PasswordChange } from '../password-change.js';
import { PasswordLogin } from '../password-login.js';
import { Sessions } from '../sessions.js';
import { Users } from '../users.js';
import { AccountDto, accountDtoOf, CertificateLoginDto, ChangePasswordDto, LoginDto, TokenDto, tokenDtoOf } from './auth.dto.js';
import { MfaRequiredDto, mfaRequiredDtoOf } from './mfa/mfa.dto.js';

@ApiTags('auth')
@Controller('v1/auth')
export class AuthController {
  constructor(
    private readonly passwordLogin: PasswordLogin,
    private readonly certificateLogin: CertificateLogin,
    private readonly passwordChange: PasswordChange,
    private readonly sessions: Sessions,
    private readonly users: Users,
    private readonly proofs: DpopProofs,
  ) {}

  @Post('login')
  @Public('it is where a credential comes from')
  @Authenticates()
  @AuditedOneOf([AUTH_EVENTS['auth.login'], AUTH_EVENTS['auth.mfa.challenge']], 'transaction')
  @HttpCode(200)
  @ApiOperation({ summary: 'Log in with username and password', description: 'Of an account with a second factor the answer holds no token, but a ticket for POST /v1/auth/mfa/verify. With a DPoP header (RFC 9449) the tokens are bound to the key of its proof.' })
  @ApiExtraModels(TokenDto, MfaRequiredDto)
  @ApiOkResponse({ description: 'A token; or `mfa_required`, and the ticket.', schema: { oneOf: [{ $ref: getSchemaPath(TokenDto) }, { $ref: getSchemaPath(MfaRequiredDto) }] } })
  async login(@Body() body: LoginDto, @RequestSource() source: string, @PresentedProofs() presented: ProofsOfRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<TokenDto | MfaRequiredDto> {
    // RFC 6749 §5.1: a token must not be kept by anything between.
    void reply.header('Cache-Control', 'no-store');
    const dpopThumbprint = await this.proofs.checkOffered(presented);
    const outcome = await this.passwordLogin.login({ ...body, source, dpopThumbprint });
    return 'ticket' in outcome ? mfaRequiredDtoOf(outcome) : tokenDtoOf(outcome);
  }

  @Post('certificate')
  @Public('the certificate of the connection is the credential')
  @Authenticates()
  @Audited(AUTH_EVENTS['auth.login'], 'transaction')
  @HttpCode(200)
  @ApiOperation({ summary: 'Log in with a client certificate', description: 'For service accounts, where the server speaks TLS itself and TLS_CLIENT_CA_FILE names the authorities. The token is good over connections of the same certificate alone (RFC 8705 §3).' })
  @ApiOkResponse({ type: TokenDto })
  async certificate(@Body() body: CertificateLoginDto, @CertificateThumbprint() thumbprint: string | null, @Res({ passthrough: true }) reply: FastifyReply): Promise<TokenDto> {
    void reply.header('Cache-Control', 'no-store');
    return tokenDtoOf(await this.certificateLogin.login({ ...body, thumbprint }));
  }

  @Post('logout')
  @Requires(AUTH_PERMISSIONS['account:logout'])
  @Audited(AUTH_EVENTS['auth.logout'], 'transaction')
  @HttpCode(204)
  @ApiOperation({ summary: 'End this session: its token is refused from now on' })
  async logout(@CurrentPrincipal() principal: Principal): Promise<void> {
    await this.sessions.logout(principal);
  }

  @Get('me')
  @Requires(AUTH_PERMISSIONS['account:read'])
  @Unaudited('everybody may look at their own account')
  @ApiOperation({ summary: 'Who this token stands for' })
  @ApiOkResponse({ type: AccountDto })
  async me(@CurrentPrincipal() principal: Principal): Promise<AccountDto> {
    return accountDtoOf(principal, await this.users.self(principal));
  }

  @Put('password')
  @Requires(AUTH_PERMISSIONS['account:update'])
  @Audited(AUTH_EVENTS['auth.password.change'], 'transaction')
  @ApiOperation({ summary: 'Change one’s own password', description: 'Ends every other session. The token that asked is void afterwards; the answer holds its successor.' })
  @ApiOkResponse({ type: TokenDto })
  async changePassword(@CurrentPrincipal() principal: Principal, @Body() body: ChangePasswordDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<TokenDto> {
    void reply.header('Cache-Control', 'no-store');
    return tokenDtoOf(await this.passwordChange.change(principal, body));
  }
}
