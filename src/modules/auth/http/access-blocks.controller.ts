import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { BlockedSources } from '../blocked-sources.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { AccessBlockListDto, accessBlockDtoOf, AccessBlockQueryDto } from './access-blocks.dto.js';

const PATH = '/v1/access/blocks';

/** Addresses that are not listened to without a credential, because they went on after they had been refused. */
@ApiTags('access')
@Controller('v1/access/blocks')
export class AccessBlocksController {
  constructor(private readonly sources: BlockedSources) {}

  @Get()
  @Requires(AUTH_PERMISSIONS['access:read'])
  @Unaudited('it shows digests and dates to who administers access, and no address')
  @ApiOperation({ summary: 'List blocked sources' })
  @ApiOkResponse({ type: AccessBlockListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: AccessBlockQueryDto): Promise<AccessBlockListDto> {
    const { address } = query;
    const { items, next } = await this.sources.list(principal, address ?? null, pageById(query));
    return { items: items.map(accessBlockDtoOf), next: nextLink(PATH, query, next, address === undefined ? {} : { address }) };
  }

  @Delete(':id')
  @Requires(AUTH_PERMISSIONS['access:unblock'])
  @Audited(AUTH_EVENTS['access.source.unblock'], 'transaction')
  @HttpCode(204)
  @ApiOperation({ summary: 'Let a blocked source in again', description: 'Its offences are forgotten with it. Other replicas learn of it within two seconds.' })
  @ApiNoContentResponse()
  async lift(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<void> {
    await this.sources.lift(principal, id);
  }
}
