import { Body, Controller, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited, Authenticates, Public, Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal, PresentedProofs, type ProofsOfRequest, RequestSource, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../../domain/auth.permissions.js';
import { readAssertion } from '../../domain/webauthn-response.js';
import { DpopProofs } from '../../dpop/dpop-proofs.js';
import { FactorReset } from '../../mfa/factor-reset.js';
import { PasskeyLogin } from '../../mfa/passkey-login.js';
import type { PasskeyQuestion } from '../../mfa/relying-party.js';
import { SecondFactorLogin } from '../../mfa/second-factor-login.js';
import { StepUp } from '../../mfa/step-up.js';
import { TokenDto, tokenDtoOf } from '../auth.dto.js';
import { factorProofOf, PasskeyLoginDto, PasskeyQuestionDto, StepUpDto, stepUpProofOf, TicketDto, VerifyFactorDto } from './mfa.dto.js';

const QUESTION = 'a challenge is no credential, and what becomes of it is recorded';

/** Where second factors are shown: at a login, instead of one, and in a session. */
@ApiTags('auth')
@Controller('v1')
export class SecondFactorController {
  constructor(
    private readonly logins: SecondFactorLogin,
    private readonly passkeys: PasskeyLogin,
    private readonly stepUp: StepUp,
    private readonly resets: FactorReset,
    private readonly proofs: DpopProofs,
  ) {}

  @Post('auth/mfa/challenge')
  @Public('the ticket is the credential')
  @Unaudited(QUESTION)
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'What a passkey signs, as the second factor of a login' })
  @ApiOkResponse({ type: PasskeyQuestionDto })
  async challenge(@Body() { ticket }: TicketDto): Promise<PasskeyQuestion> {
    return this.logins.question(ticket);
  }

  @Post('auth/mfa/verify')
  @Public('it is where a credential comes from')
  @Authenticates()
  @Audited(AUTH_EVENTS['auth.login'], 'transaction')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Log in: the second factor', description: 'The second half of a login that was answered with a ticket; its token is at aal2. A ticket ends with its fifth wrong answer.' })
  @ApiOkResponse({ type: TokenDto })
  async verify(@Body() body: VerifyFactorDto, @RequestSource() source: string, @PresentedProofs() presented: ProofsOfRequest): Promise<TokenDto> {
    const proof = factorProofOf(body);
    const dpopThumbprint = await this.proofs.checkOffered(presented);
    return tokenDtoOf(await this.logins.complete({ ticket: body.ticket, proof, source, dpopThumbprint }));
  }

  @Post('auth/passkeys/options')
  @Public('it is asked before anybody is known')
  @Unaudited(QUESTION)
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'What a passkey signs, to log in with nothing else' })
  @ApiOkResponse({ type: PasskeyQuestionDto })
  async passkeyOptions(): Promise<PasskeyQuestion> {
    return this.passkeys.question();
  }

  @Post('auth/passkeys/verify')
  @Public('it is where a credential comes from')
  @Authenticates()
  @Audited(AUTH_EVENTS['auth.login'], 'transaction')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Log in with a passkey', description: 'Without a name and without a password: the token is at aal2, since the authenticator has verified its holder.' })
  @ApiOkResponse({ type: TokenDto })
  async passkeyLogin(@Body() { credential, scope }: PasskeyLoginDto, @PresentedProofs() presented: ProofsOfRequest): Promise<TokenDto> {
    const assertion = readAssertion(credential);
    const dpopThumbprint = await this.proofs.checkOffered(presented);
    return tokenDtoOf(await this.passkeys.login({ assertion, dpopThumbprint, ...(scope === undefined ? {} : { scope }) }));
  }

  @Post('auth/step-up/options')
  @Requires(AUTH_PERMISSIONS['account:step-up'])
  @Unaudited(QUESTION)
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'What a passkey signs, to prove oneself anew' })
  @ApiOkResponse({ type: PasskeyQuestionDto })
  async stepUpOptions(@CurrentPrincipal() principal: Principal): Promise<PasskeyQuestion> {
    return this.stepUp.question(principal);
  }

  @Post('auth/step-up')
  @Requires(AUTH_PERMISSIONS['account:step-up'])
  @Audited(AUTH_EVENTS['auth.mfa.step-up'], 'transaction')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Prove oneself anew', description: 'For what was refused with 401 and `insufficient_user_authentication`, whose challenge names the level (`acr_values`) and the age in seconds (`max_age`) of a login that is enough (RFC 9470). The token of the answer has both; the one that asked stays what it was.' })
  @ApiOkResponse({ type: TokenDto })
  async raise(@CurrentPrincipal() principal: Principal, @Body() body: StepUpDto): Promise<TokenDto> {
    return tokenDtoOf(await this.stepUp.raise(principal, stepUpProofOf(body)));
  }

  @Post('users/:id/mfa/reset')
  @Requires(AUTH_PERMISSIONS['users:reset-mfa'])
  @Audited(AUTH_EVENTS['auth.mfa.reset'], 'transaction')
  @HttpCode(204)
  @ApiOperation({ summary: 'Take the second factors of a user', description: 'Of one who has lost them, and may do no more than who asks. Their sessions end; for seven days, who did it approves nothing that they ask for.' })
  @ApiNoContentResponse({ description: 'They log in with the password alone, until they add a factor.' })
  @ApiConflictResponse({ description: 'There is none; or it is the own account.' })
  async reset(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<void> {
    await this.resets.reset(principal, id);
  }
}
