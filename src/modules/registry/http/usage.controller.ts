import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PolicyDecision } from '#modules/rbac/index.js';
import { Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { Quotas } from '../blobs/quotas.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import { UsageDto, usageDto } from './upkeep.dto.js';

/** How much room a project takes, and may. */
@ApiTags('registry')
@ApiBearerAuth()
@Controller('v1/registry/projects/:id/usage')
export class UsageController {
  constructor(
    private readonly quotas: Quotas,
    private readonly policy: PolicyDecision,
  ) {}

  @Get()
  @Requires(REGISTRY_PERMISSIONS['registry:pull'])
  @Unaudited('who pulls from a project may know how much there is')
  @ApiOperation({ summary: 'What a project uses of its quota' })
  @ApiOkResponse({ type: UsageDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<UsageDto> {
    await this.policy.require(principal, REGISTRY_PERMISSIONS['registry:pull'], id);
    return usageDto(await this.quotas.standing(principal, id));
  }
}
