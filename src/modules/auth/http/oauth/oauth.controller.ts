import { Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiBadRequestResponse, ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags, ApiUnauthorizedResponse } from '@nestjs/swagger';
import { Config } from '#platform/config/config.js';
import { Audited, AuditedOneOf, Authenticates, Public, Unaudited, UnparsedBody } from '#platform/http/annotations.js';
import { RequestLimits } from '#platform/http/rate-limit/request-limits.js';
import { noteAuthenticated } from '#platform/system/request-context.js';
import { Fault } from '#pure/fault/fault.js';
import { Authenticator } from '../../authenticator.js';
import { AUTH_EVENTS } from '../../domain/auth.events.js';
import { AUTH_FAULTS } from '../../domain/auth.faults.js';
import { DpopProofs } from '../../dpop/dpop-proofs.js';
import { type AuthenticatedClient, ClientAuthentication } from '../../oauth/client-authentication.js';
import { DeviceCodeIssuer } from '../../oauth/device-codes.js';
import { required, scopesOf, TokenGrants } from '../../oauth/token-grants.js';
import { type Asker, TokenStandings } from '../../oauth/token-standing.js';
import { TokenDto, tokenDtoOf } from '../auth.dto.js';
import { OAuthForm, type OAuthRequest } from './client-request.js';
import { DeviceCodesDto, deviceCodesDtoOf, DeviceFormDto, StandingDto, standingDtoOf, TokenFormDto, TokenQuestionDto } from './oauth.dto.js';

const FORM = 'application/x-www-form-urlencoded';

/** The endpoints of OAuth. Only these take forms; their errors are RFC 6749's (§5.2). */
@ApiTags('oauth')
@Controller('oauth')
export class OAuthController {
  constructor(
    private readonly clients: ClientAuthentication,
    private readonly grants: TokenGrants,
    private readonly standings: TokenStandings,
    private readonly devices: DeviceCodeIssuer,
    private readonly authenticator: Authenticator,
    private readonly proofs: DpopProofs,
    private readonly limits: RequestLimits,
    private readonly config: Config,
  ) {}

  @Post('token')
  @Public('it is where a credential comes from')
  @Authenticates()
  @AuditedOneOf([AUTH_EVENTS['auth.login'], AUTH_EVENTS['auth.device.login'], AUTH_EVENTS['auth.token.refresh']], 'transaction')
  @UnparsedBody('form')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  @ApiOperation({ summary: 'Get a token', description: 'RFC 6749 §3.2. A program by what it proves itself by; a device by the code that a person let in; either client by a refresh token. With a `DPoP` header the token is bound to its key.' })
  @ApiConsumes(FORM)
  @ApiBody({ type: TokenFormDto })
  @ApiOkResponse({ type: TokenDto })
  @ApiBadRequestResponse({ description: 'What is wrong with the grant; of a device, what it waits for.' })
  @ApiUnauthorizedResponse({ description: 'The client is not known, or did not prove who it is.' })
  async token(@OAuthForm() request: OAuthRequest): Promise<TokenDto> {
    const client = await this.authenticated(request);
    const dpopThumbprint = request.dpopProof === null ? null : await this.proven(request.dpopProof);
    return tokenDtoOf(await this.grants.exchange({ client, fields: request.fields, dpopThumbprint }));
  }

  @Post('revoke')
  @Public('who has a token may give it back')
  @Authenticates()
  @AuditedOneOf([AUTH_EVENTS['auth.session.revoke'], AUTH_EVENTS['auth.api-key.revoke']], 'transaction')
  @UnparsedBody('form')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Give a token back', description: 'RFC 7009. The session of an access or a refresh token that this client was given ends, and so does an API key, at once and on every replica. The answer to every other token is the same.' })
  @ApiConsumes(FORM)
  @ApiBody({ type: TokenQuestionDto })
  @ApiOkResponse({ description: 'It is good no more, or never was.' })
  @ApiUnauthorizedResponse({ description: 'The client is not known, or did not prove who it is.' })
  async revoke(@OAuthForm() request: OAuthRequest): Promise<void> {
    const client = await this.authenticated(request);
    const token = required(request.fields, 'token');
    if (client.kind === 'program') await this.clients.proveAlone(client);
    await this.standings.revoke(client, token);
  }

  @Post('introspect')
  @Public('a client proves itself here, by what it sends')
  @Authenticates()
  @Unaudited('it tells a client of its own tokens what they say, and of others who may ask')
  @UnparsedBody('form')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Ask about a token', description: 'RFC 7662. A service account asks about its own tokens; with the permission `tokens:introspect`, by its credential or by `Authorization: Bearer`, about every one.' })
  @ApiConsumes(FORM)
  @ApiBody({ type: TokenQuestionDto })
  @ApiOkResponse({ type: StandingDto })
  @ApiUnauthorizedResponse({ description: 'The client is not known, or did not prove who it is.' })
  async introspect(@OAuthForm() request: OAuthRequest): Promise<StandingDto> {
    const asker = await this.asker(request);
    return standingDtoOf(await this.standings.introspect(asker, required(request.fields, 'token')));
  }

  @Post('device_authorization')
  @Public('a device has nothing to prove itself by: that is why it asks')
  @Audited(AUTH_EVENTS['auth.device.request'], 'transaction')
  @UnparsedBody('form')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Ask to be let in by a person', description: 'RFC 8628 §3.1, for command lines and notebooks: show the code and the address, and ask for the token every `interval` seconds.' })
  @ApiConsumes(FORM)
  @ApiBody({ type: DeviceFormDto })
  @ApiOkResponse({ type: DeviceCodesDto })
  @ApiUnauthorizedResponse({ description: 'The client is not known, or did not prove who it is.' })
  async deviceAuthorization(@OAuthForm() request: OAuthRequest): Promise<DeviceCodesDto> {
    const client = await this.authenticated(request);
    if (client.kind !== 'public') throw new Fault(AUTH_FAULTS['unauthorized-client']);
    return deviceCodesDtoOf(await this.devices.issue(client.client, scopesOf(request.fields), request.source), this.config.http.publicUrl);
  }

  /** Who has proven themselves is counted by that, and where they are is not. */
  private async authenticated(request: OAuthRequest): Promise<AuthenticatedClient> {
    const client = await this.clients.authenticate(request);
    if (client.kind === 'program') await this.charge(client.id);
    return client;
  }

  private async asker(request: OAuthRequest): Promise<Asker> {
    if (request.bearer !== null) {
      const principal = await this.authenticator.authenticate(request.bearer, { certificateThumbprint: request.certificateThumbprint, proofThumbprint: null });
      noteAuthenticated(true);
      await this.charge(principal.id);
      return { principal };
    }
    const client = await this.authenticated(request);
    // RFC 7662 §2.1: whoever only says a name would fish for tokens that are good.
    if (client.kind !== 'program') throw new Fault(AUTH_FAULTS['unauthorized-client']);
    await this.clients.proveAlone(client);
    return { client };
  }

  private async charge(id: string): Promise<void> {
    await this.limits.charge('principal', id, this.config.rateLimits.principalPerMinute);
  }

  private async proven(proof: string): Promise<Buffer> {
    try {
      return await this.proofs.check({ proof, method: 'POST', path: '/oauth/token' });
    } catch (error) {
      throw error instanceof Fault && error.kind === AUTH_FAULTS['dpop-refused'] ? new Fault(AUTH_FAULTS['invalid-dpop-proof'], { cause: error }) : error;
    }
  }
}
