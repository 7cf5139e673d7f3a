import { Controller, Get, Header, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited, Requires, Unaudited, UnparsedBody } from '#platform/http/annotations.js';
import { BodyBytes, CurrentPrincipal, PresentedCredential, RequestId } from '#platform/http/parameters.js';
import { vaultAnswer, type VaultEnvelope } from '#platform/http/vault-answer.js';
import { parseVaultBody, readFields, schemaOf } from '#platform/http/vault-fields.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { Sessions } from '../sessions.js';
import { VaultTokens } from '../vault-tokens.js';
import { AUTH_ANSWER, LOOKUP_ANSWER, RENEW_FIELDS, tokenLookupOf, vaultAuthOf } from './vault-auth.dto.js';

/** What a token of the Vault dialect, or an access token that is used there, may do about itself. */
@ApiTags('vault-auth')
@ApiBearerAuth()
@Controller('v1/auth/token')
export class VaultTokenController {
  constructor(
    private readonly tokens: VaultTokens,
    private readonly sessions: Sessions,
  ) {}

  @Get('lookup-self')
  @Requires(AUTH_PERMISSIONS['account:read'])
  @Unaudited('every token may ask about itself')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Who this token stands for, and for how long' })
  @ApiOkResponse(LOOKUP_ANSWER)
  async lookup(@CurrentPrincipal() principal: Principal, @PresentedCredential() token: string, @RequestId() requestId: string): Promise<VaultEnvelope> {
    return vaultAnswer(requestId, { data: tokenLookupOf(token, await this.tokens.standing(principal)), mountType: 'token' });
  }

  @Post('lookup-self')
  @Requires(AUTH_PERMISSIONS['account:read'])
  @Unaudited('every token may ask about itself')
  @UnparsedBody()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'The same, for clients that write where they read' })
  @ApiOkResponse(LOOKUP_ANSWER)
  async lookupByPost(@CurrentPrincipal() principal: Principal, @PresentedCredential() token: string, @RequestId() requestId: string): Promise<VaultEnvelope> {
    return this.lookup(principal, token, requestId);
  }

  @Post('renew-self')
  @Requires(AUTH_PERMISSIONS['account:renew'])
  @Audited(AUTH_EVENTS['auth.token.renew'], 'transaction')
  @UnparsedBody()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Renew the lease of this token', description: 'Never beyond a day after its login; an access token is not renewable.' })
  @ApiBody({ required: false, schema: schemaOf(RENEW_FIELDS) })
  @ApiOkResponse(AUTH_ANSWER)
  async renew(@CurrentPrincipal() principal: Principal, @PresentedCredential() token: string, @BodyBytes() bytes: Buffer, @RequestId() requestId: string): Promise<VaultEnvelope> {
    const { increment } = readFields(RENEW_FIELDS, parseVaultBody(bytes));
    const { curtailed, ...standing } = await this.tokens.renew(principal, increment);
    const warnings = curtailed ? [`the lease ends at ${standing.expiresAt.toISOString()}, which no renewal exceeds`] : [];
    return vaultAnswer(requestId, { auth: vaultAuthOf(token, standing), warnings, mountType: 'token' });
  }

  @Post('revoke-self')
  @Requires(AUTH_PERMISSIONS['account:logout'])
  @Audited(AUTH_EVENTS['auth.logout'], 'transaction')
  @UnparsedBody()
  @HttpCode(204)
  @ApiOperation({ summary: 'End this token: it is refused from now on' })
  @ApiNoContentResponse()
  async revoke(@CurrentPrincipal() principal: Principal): Promise<void> {
    await this.sessions.logout(principal);
  }
}
