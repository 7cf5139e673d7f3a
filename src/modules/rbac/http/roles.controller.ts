import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { RBAC_PERMISSIONS } from '../domain/rbac.permissions.js';
import { PermissionCatalogue } from '../permission-catalogue.js';
import { RoleHistory } from '../role-history.js';
import { permissionDto, PermissionListDto, roleDto, RoleDto, RoleListDto } from './role.dto.js';

@ApiTags('roles')
@ApiBearerAuth()
@Controller('v1')
export class RolesController {
  constructor(
    private readonly history: RoleHistory,
    private readonly catalogue: PermissionCatalogue,
  ) {}

  @Get('roles')
  @Requires(RBAC_PERMISSIONS['roles:read'])
  @Unaudited('what there is to bind, the same for everybody')
  @ApiOperation({ summary: 'List roles' })
  @ApiOkResponse({ type: RoleListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: PagingDto): Promise<RoleListDto> {
    const { items, next } = await this.history.list(principal, { limit: query.limit, after: query.cursor ?? null });
    return { items: items.map(roleDto), next: nextLink('/v1/roles', query, next) };
  }

  @Get('roles/:id')
  @Requires(RBAC_PERMISSIONS['roles:read'])
  @Unaudited('what there is to bind, the same for everybody')
  @ApiOperation({ summary: 'Get a role' })
  @ApiParam({ name: 'id', example: 'researcher' })
  @ApiOkResponse({ type: RoleDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<RoleDto> {
    return roleDto(await this.history.get(principal, id));
  }

  @Get('permissions')
  @Requires(RBAC_PERMISSIONS['permissions:read'])
  @Unaudited('the catalogue is the same for everybody')
  @ApiOperation({ summary: 'List all permissions' })
  @ApiOkResponse({ type: PermissionListDto })
  permissions(): PermissionListDto {
    return { items: this.catalogue.all().map(permissionDto) };
  }
}
