import { Controller, createParamDecorator, type ExecutionContext, Get, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBadRequestResponse, ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiQuery, ApiTags, ApiUnauthorizedResponse } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { RegistryTokens } from '#modules/auth/index.js';
import { Config } from '#platform/config/config.js';
import { Authenticates, Bucket, Public, Repeatable, Requires, Unaudited, UnparsedBody } from '#platform/http/annotations.js';
import { formOf } from '#platform/http/form-fields.js';
import { CurrentPrincipal } from '#platform/http/parameters.js';
import { RequestLimits } from '#platform/http/rate-limit/request-limits.js';
import { formatAccessScope } from '#pure/oci/access-scope.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import { TokenAccess } from '../token-access.js';
import { RegistryTokenDto, RegistryTokenFormDto } from './token.dto.js';
import { readTokenForm, readTokenQuery, type TokenRequest } from './token-request.js';

const Fields = createParamDecorator((_: unknown, context: ExecutionContext) => formOf(context));
/** A key that is good is given a shorter and narrower form: whatever is done with that is recorded, and names the key. */
const UNRECORDED = 'it gives a key that is good a shorter form of itself; what is done with that is recorded, and so is a key that is refused';
const REFUSED = 'The key or the refresh token is not good.';
const TOO_MUCH = 'The service is another one, or there are too many scopes.';

/**
 * Where container clients get their tokens (distribution, "Token Authentication Specification"): what `/v2` refuses them
 * with sends them here. Keys are all that is taken: a client keeps what it logs in with in a file, and a password does not
 * belong there.
 */
@ApiTags('registry')
@Controller('token')
export class TokenController {
  constructor(
    private readonly tokens: RegistryTokens,
    private readonly access: TokenAccess,
    private readonly limits: RequestLimits,
    private readonly config: Config,
  ) {}

  @Get()
  @Requires(REGISTRY_PERMISSIONS['registry:ping'])
  @Bucket('registry-token')
  @Repeatable('scope')
  @Unaudited(UNRECORDED)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Get a token of the registry', description: 'With `Authorization: Basic`: any name, and an API key as the password.' })
  @ApiQuery({ name: 'service', required: false, example: 'quantonium.example', description: 'As the challenge of /v2 names it.' })
  @ApiQuery({ name: 'scope', required: false, example: 'repository:default/app:pull,push', description: '`repository:<name>:<actions>`, where `*` is every action that you may do, or `registry:catalog:*`; may be repeated.' })
  @ApiQuery({ name: 'offline_token', required: false, example: 'true', description: 'Whether a refresh token is wanted too.' })
  @ApiOkResponse({ type: RegistryTokenDto })
  @ApiBadRequestResponse({ description: TOO_MUCH })
  @ApiUnauthorizedResponse({ description: REFUSED })
  async get(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest): Promise<RegistryTokenDto> {
    return this.issued(principal, readTokenQuery(request.raw.url ?? '', this.tokens.service));
  }

  @Post()
  @Public('it is where a credential comes from')
  @Authenticates()
  @Bucket('registry-token')
  @Unaudited(UNRECORDED)
  @UnparsedBody('form')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Get a token of the registry by a form', description: 'As OAuth writes it: by an API key as the password, or by a refresh token.' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ type: RegistryTokenFormDto })
  @ApiOkResponse({ type: RegistryTokenDto })
  @ApiBadRequestResponse({ description: `${TOO_MUCH} Or the grant is unknown.` })
  @ApiUnauthorizedResponse({ description: REFUSED })
  async post(@Fields() fields: ReadonlyMap<string, string>): Promise<RegistryTokenDto> {
    const { proof, ...request } = readTokenForm(fields, this.tokens.service);
    const principal = await (proof.kind === 'password' ? this.tokens.byKey(proof.secret) : this.tokens.byRefreshToken(proof.secret));
    await this.limits.charge('registry', principal.id, this.config.rateLimits.registryPerMinute);
    return this.issued(principal, request);
  }

  private async issued(principal: Principal, { access, isOffline }: TokenRequest): Promise<RegistryTokenDto> {
    const granted = await this.access.grant(principal, access);
    const { token, expiresInSeconds, issuedAtSeconds } = await this.tokens.issue(principal, granted);
    return {
      token,
      access_token: token,
      expires_in: expiresInSeconds,
      issued_at: new Date(issuedAtSeconds * 1000).toISOString(),
      scope: granted.map(formatAccessScope).join(' '),
      ...(isOffline ? { refresh_token: (await this.tokens.issueRefreshToken(principal)).token } : {}),
    };
  }
}
