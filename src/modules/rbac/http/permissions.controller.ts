import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Requires, Unaudited } from '#platform/http/annotations.js';
import { RBAC_PERMISSIONS } from '../domain/rbac.permissions.js';
import { PermissionCatalogue } from '../permission-catalogue.js';
import { permissionDto, PermissionListDto } from './role.dto.js';

@ApiTags('roles')
@ApiBearerAuth()
@Controller('v1/permissions')
export class PermissionsController {
  constructor(private readonly catalogue: PermissionCatalogue) {}

  @Get()
  @Requires(RBAC_PERMISSIONS['permissions:read'])
  @Unaudited('the catalogue is the same for everybody')
  @ApiOperation({ summary: 'List all permissions' })
  @ApiOkResponse({ type: PermissionListDto })
  list(): PermissionListDto {
    return { items: this.catalogue.all().map(permissionDto) };
  }
}
