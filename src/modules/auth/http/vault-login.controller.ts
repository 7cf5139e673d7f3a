import { Controller, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Audited, Authenticates, Public, UnparsedBody } from '#platform/http/annotations.js';
import { BodyBytes, RequestId, RequestSource } from '#platform/http/parameters.js';
import { vaultAnswer, type VaultEnvelope } from '#platform/http/vault-answer.js';
import { schemaOf, takeFields } from '#platform/http/vault-fields.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { type IssuedVaultToken, VaultLogins } from '../vault-logins.js';
import { APPROLE_FIELDS, AUTH_ANSWER, given, USERPASS_FIELDS, vaultAuthOf } from './vault-auth.dto.js';

/** The logins of Vault's clients. Whatever namespace they name is passed over: accounts belong to no project. */
@ApiTags('vault-auth')
@Controller('v1/auth')
export class VaultLoginController {
  constructor(private readonly logins: VaultLogins) {}

  @Post('approle/login')
  @Public('it is where a credential comes from')
  @Authenticates()
  @Audited(AUTH_EVENTS['auth.login'], 'transaction')
  @UnparsedBody()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Log in as a service account', description: 'The token is good on the prefixes of the Vault dialect alone: for an hour, renewable for a day.' })
  @ApiBody({ schema: schemaOf(APPROLE_FIELDS, ['role_id', 'secret_id']) })
  @ApiOkResponse(AUTH_ANSWER)
  async approle(@BodyBytes() bytes: Buffer, @RequestSource() source: string, @RequestId() requestId: string): Promise<VaultEnvelope> {
    const fields = takeFields(APPROLE_FIELDS, bytes);
    return answer(requestId, 'approle', await this.logins.bySecret({ roleId: given(fields.role_id, 'role_id'), secretId: given(fields.secret_id, 'secret_id'), source }));
  }

  @Post('userpass/login/:username')
  @Public('it is where a credential comes from')
  @Authenticates()
  @Audited(AUTH_EVENTS['auth.login'], 'transaction')
  @UnparsedBody()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiParam({ name: 'username', example: 'alice' })
  @ApiOperation({ summary: 'Log in as a user', description: 'As POST /v1/auth/login, for a token that is good on the prefixes of the Vault dialect alone. A password that must be changed opens nothing here.' })
  @ApiBody({ schema: schemaOf(USERPASS_FIELDS, ['password']) })
  @ApiOkResponse(AUTH_ANSWER)
  async userpass(@Param('username') username: string, @BodyBytes() bytes: Buffer, @RequestSource() source: string, @RequestId() requestId: string): Promise<VaultEnvelope> {
    const { password } = takeFields(USERPASS_FIELDS, bytes);
    return answer(requestId, 'userpass', await this.logins.byPassword({ username, password: given(password, 'password'), source }));
  }
}

function answer(requestId: string, mountType: 'approle' | 'userpass', { token, standing }: IssuedVaultToken): VaultEnvelope {
  return vaultAnswer(requestId, { auth: vaultAuthOf(token, standing), mountType });
}
