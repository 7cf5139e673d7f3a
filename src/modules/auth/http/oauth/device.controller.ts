import { Body, Controller, Get, Header, HttpCode, Post, Query } from '@nestjs/common';
import { ApiConflictResponse, ApiNoContentResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../../domain/auth.permissions.js';
import { DeviceApproval } from '../../oauth/device-approval.js';
import { UserCodeDto, UserCodeQueryDto, WaitingDeviceDto, waitingDeviceDtoOf } from './device.dto.js';

/** What a person says about a device that shows a code. The page at /device calls this. */
@ApiTags('devices')
@Controller('v1/auth/device')
export class DeviceController {
  constructor(private readonly devices: DeviceApproval) {}

  @Get()
  @Requires(AUTH_PERMISSIONS['devices:approve'])
  @Unaudited('it shows what waits to who has its code, and changes nothing')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Look at a device that waits', description: 'Which client it says to be, from where, and what it would be given. Ten codes that are none, and further ones are slowed down.' })
  @ApiOkResponse({ type: WaitingDeviceDto })
  @ApiNotFoundResponse({ description: 'No device waits with this code.' })
  @ApiConflictResponse({ description: 'Somebody has decided about it already.' })
  async look(@CurrentPrincipal() principal: Principal, @Query() { user_code: userCode }: UserCodeQueryDto): Promise<WaitingDeviceDto> {
    return waitingDeviceDtoOf(await this.devices.look(principal, userCode));
  }

  @Post('approve')
  @Requires(AUTH_PERMISSIONS['devices:approve'])
  @Audited(AUTH_EVENTS['auth.device.approve'], 'transaction')
  @HttpCode(204)
  @ApiOperation({ summary: 'Let a device in', description: 'As oneself, for no more than it asks, its client may have and the own token has. Only by who logged in here: not by an API key, nor by a device that was let in itself.' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ description: 'No device waits with this code.' })
  @ApiConflictResponse({ description: 'Somebody has decided about it already.' })
  async approve(@CurrentPrincipal() principal: Principal, @Body() { userCode }: UserCodeDto): Promise<void> {
    await this.devices.approve(principal, userCode);
  }

  @Post('deny')
  @Requires(AUTH_PERMISSIONS['devices:approve'])
  @Audited(AUTH_EVENTS['auth.device.deny'], 'transaction')
  @HttpCode(204)
  @ApiOperation({ summary: 'Refuse a device' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ description: 'No device waits with this code.' })
  @ApiConflictResponse({ description: 'Somebody has decided about it already.' })
  async deny(@CurrentPrincipal() principal: Principal, @Body() { userCode }: UserCodeDto): Promise<void> {
    await this.devices.deny(principal, userCode);
  }
}
