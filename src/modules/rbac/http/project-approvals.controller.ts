import { Body, Controller, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { Audited, NeedsApproval, Requires } from '#platform/http/annotations.js';
import { ApprovalRequest } from '#platform/http/approval-request.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import type { Principal } from '#pure/principal/principal.js';
import { RBAC_EVENTS } from '../domain/rbac.events.js';
import { RBAC_PERMISSIONS } from '../domain/rbac.permissions.js';
import { ProjectApprovals } from '../project-approvals.js';

export class ProjectApprovalsDto {
  @ApiProperty({ example: true, description: 'Whether what cannot be undone takes a second person here.' })
  @IsBoolean()
  required!: boolean;
}

@ApiTags('projects')
@ApiBearerAuth()
@Controller('v1/projects')
export class ProjectApprovalsController {
  constructor(private readonly approvals: ProjectApprovals) {}

  @Put(':id/approvals')
  @HttpCode(200)
  @Requires(RBAC_PERMISSIONS['projects:approvals'])
  @NeedsApproval('to switch it off')
  @Audited(RBAC_EVENTS['rbac.project.approvals'], 'transaction')
  @ApiOperation({ summary: 'Say whether deeds in a project take a second person', description: 'They do in a project that is made; in `default` they do not until somebody says so.' })
  @ApiOkResponse({ type: ProjectApprovalsDto })
  async set(@CurrentPrincipal() principal: Principal, @ApprovalRequest() request: ApprovableRequest, @Param('id', UuidParam) id: string, @Body() { required }: ProjectApprovalsDto): Promise<ProjectApprovalsDto> {
    await this.approvals.set(principal, request, id, required);
    return { required };
  }
}
