import { Body, Controller, Get, Header, HttpCode, Param, Put } from '@nestjs/common';
import { ApiConflictResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ExpectedVersion } from '#platform/database/expected-version.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { RequiredIfMatch } from '#platform/http/if-match.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../../domain/auth.permissions.js';
import { AccountAddress } from '../../passwords/account-address.js';
import { AddressDto, ShownAddressDto } from './account-address.dto.js';

const VOID = 'Links of before are void, and the address of before is told, where this server sends mail.';

/** One's own address. */
@ApiTags('auth')
@Controller('v1/auth/email')
export class OwnAddressController {
  constructor(private readonly addresses: AccountAddress) {}

  @Get()
  @Requires(AUTH_PERMISSIONS['account:read'])
  @Unaudited('everybody may look at their own account')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Where links to one’s own account go' })
  @ApiOkResponse({ type: ShownAddressDto })
  async show(@CurrentPrincipal() principal: Principal): Promise<ShownAddressDto> {
    return { email: await this.addresses.own(principal) };
  }

  @Put()
  @Requires(AUTH_PERMISSIONS['account:update'])
  @Audited(AUTH_EVENTS['auth.user.address'], 'transaction')
  @HttpCode(204)
  @ApiOperation({ summary: 'Say where links to one’s own account go', description: `By a login not older than five minutes, and at aal2 where the account has a second factor (see POST /v1/auth/step-up). ${VOID}` })
  @ApiNoContentResponse()
  async change(@CurrentPrincipal() principal: Principal, @Body() { email }: AddressDto): Promise<void> {
    await this.addresses.changeOwn(principal, email);
  }
}

@ApiTags('users')
@Controller('v1/users/:id/email')
export class AccountAddressController {
  constructor(private readonly addresses: AccountAddress) {}

  @Put()
  @Requires(AUTH_PERMISSIONS['users:reset-password'])
  @Audited(AUTH_EVENTS['auth.user.address'], 'transaction')
  @HttpCode(204)
  @ApiOperation({ summary: 'Say where links to a user’s account go', description: `Only for an account that may do nothing that the caller may not: whoever reads what goes there can set its password. For seven days, who did it approves nothing that they ask for. ${VOID}` })
  @ApiNoContentResponse()
  @ApiConflictResponse({ description: 'It is the own account, or one that was erased.' })
  async change(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @RequiredIfMatch() expected: ExpectedVersion, @Body() { email }: AddressDto): Promise<void> {
    await this.addresses.change(principal, id, expected, email);
  }
}
