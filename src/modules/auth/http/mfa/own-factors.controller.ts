import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../../domain/auth.permissions.js';
import { readRegistration } from '../../domain/webauthn-response.js';
import { OwnFactors } from '../../mfa/own-factors.js';
import { PasskeyEnrolment, type PasskeyOffer } from '../../mfa/passkey-enrolment.js';
import { RecoveryCodes } from '../../mfa/recovery-codes.js';
import { TotpEnrolment } from '../../mfa/totp-enrolment.js';
import { TokenDto, tokenDtoOf } from '../auth.dto.js';
import { ConfirmTotpDto, EnrolledPasskeyDto, EnrolPasskeyDto, NewTotpDto, OwnFactorsDto, ownFactorsDtoOf, PasskeyOfferDto, RecoveryCodesDto } from './mfa.dto.js';

const STRONG = 'By a login not older than five minutes, and at aal2 where the account has a second factor (see POST /v1/auth/step-up).';
const ENDS = 'Ends every other session; the token that asked is void afterwards, and the answer holds its successor.';

/** One's own second factors. Whatever changes them voids the token that asked, as a change of the password does. */
@ApiTags('auth')
@Controller('v1/auth/mfa')
export class OwnFactorsController {
  constructor(
    private readonly factors: OwnFactors,
    private readonly totp: TotpEnrolment,
    private readonly passkeys: PasskeyEnrolment,
    private readonly codes: RecoveryCodes,
  ) {}

  @Get()
  @Requires(AUTH_PERMISSIONS['account:read'])
  @Unaudited('everybody may look at their own account')
  @ApiOperation({ summary: 'The second factors of one’s own account' })
  @ApiOkResponse({ type: OwnFactorsDto })
  async list(@CurrentPrincipal() principal: Principal): Promise<OwnFactorsDto> {
    return ownFactorsDtoOf(await this.factors.overview(principal));
  }

  @Post('totp')
  @Requires(AUTH_PERMISSIONS['account:update'])
  @Unaudited('nothing is enrolled before it is confirmed, which is recorded')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Begin to enrol a generator of codes', description: `An authenticator application is given the secret, and shown to work by POST /v1/auth/mfa/totp/confirm within an hour. ${STRONG}` })
  @ApiOkResponse({ type: NewTotpDto })
  @ApiConflictResponse({ description: 'There is one: it is removed first.' })
  async beginTotp(@CurrentPrincipal() principal: Principal): Promise<NewTotpDto> {
    return this.totp.begin(principal);
  }

  @Post('totp/confirm')
  @Requires(AUTH_PERMISSIONS['account:update'])
  @Audited(AUTH_EVENTS['auth.mfa.enrol'], 'transaction')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Enrol the generator, by a code of it', description: `${STRONG} ${ENDS} It is at aal2.` })
  @ApiOkResponse({ type: TokenDto })
  async confirmTotp(@CurrentPrincipal() principal: Principal, @Body() { code }: ConfirmTotpDto): Promise<TokenDto> {
    return tokenDtoOf(await this.totp.confirm(principal, code));
  }

  @Delete('totp')
  @Requires(AUTH_PERMISSIONS['account:update'])
  @Audited(AUTH_EVENTS['auth.mfa.remove'], 'transaction')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Remove the generator of codes', description: `${STRONG} ${ENDS}` })
  @ApiOkResponse({ type: TokenDto })
  async removeTotp(@CurrentPrincipal() principal: Principal): Promise<TokenDto> {
    return tokenDtoOf(await this.totp.remove(principal));
  }

  @Post('webauthn/options')
  @Requires(AUTH_PERMISSIONS['account:update'])
  @Unaudited('nothing is enrolled before it is verified, which is recorded')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Begin to enrol a passkey', description: `What a page hands to \`navigator.credentials.create\`. ${STRONG}` })
  @ApiOkResponse({ type: PasskeyOfferDto })
  async offerPasskey(@CurrentPrincipal() principal: Principal): Promise<PasskeyOffer> {
    return this.passkeys.offer(principal);
  }

  @Post('webauthn/verify')
  @Requires(AUTH_PERMISSIONS['account:update'])
  @Audited(AUTH_EVENTS['auth.mfa.enrol'], 'transaction')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Enrol the passkey that was made', description: `${STRONG} ${ENDS} It is at aal2.` })
  @ApiOkResponse({ type: EnrolledPasskeyDto })
  @ApiConflictResponse({ description: 'It is enrolled already, or there are as many as there may be.' })
  async enrolPasskey(@CurrentPrincipal() principal: Principal, @Body() { credential, label }: EnrolPasskeyDto): Promise<EnrolledPasskeyDto> {
    const { id, token } = await this.passkeys.enrol(principal, { registration: readRegistration(credential), label: label ?? null });
    return { ...tokenDtoOf(token), passkeyId: id };
  }

  @Delete('webauthn/:id')
  @Requires(AUTH_PERMISSIONS['account:update'])
  @Audited(AUTH_EVENTS['auth.mfa.remove'], 'transaction')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Remove a passkey', description: `${STRONG} ${ENDS}` })
  @ApiOkResponse({ type: TokenDto })
  async removePasskey(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<TokenDto> {
    return tokenDtoOf(await this.passkeys.remove(principal, id));
  }

  @Post('recovery-codes')
  @Requires(AUTH_PERMISSIONS['account:update'])
  @Audited(AUTH_EVENTS['auth.mfa.recovery-codes.create'], 'transaction')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Make recovery codes', description: `For who has lost every other second factor. ${STRONG}` })
  @ApiOkResponse({ type: RecoveryCodesDto })
  @ApiConflictResponse({ description: 'There is no second factor that they could stand in for.' })
  async makeRecoveryCodes(@CurrentPrincipal() principal: Principal): Promise<RecoveryCodesDto> {
    return { codes: [...(await this.codes.make(principal))] };
  }
}
