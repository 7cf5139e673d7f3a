import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Audited, NeedsApproval, Requires, Unaudited } from '#platform/http/annotations.js';
import { ApprovalRequest } from '#platform/http/approval-request.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import type { Principal } from '#pure/principal/principal.js';
import { RBAC_EVENTS } from '../domain/rbac.events.js';
import { RBAC_PERMISSIONS } from '../domain/rbac.permissions.js';
import { repointed } from '../domain/repointed.js';
import { ProjectMembers } from '../project-members.js';
import { ProjectMemberDto, projectMemberDto, ProjectMemberListDto, PutMemberDto } from './project-members.dto.js';
import { parseInstant } from './role-binding.dto.js';

const SUBJECT = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';

/** Role bindings of one project by subject, for who keeps a project and thinks of people. */
@ApiTags('projects')
@ApiBearerAuth()
@Controller('v1/projects/:id/members')
export class ProjectMembersController {
  constructor(private readonly members: ProjectMembers) {}

  @Get()
  @Requires(RBAC_PERMISSIONS['role-bindings:read'])
  @Unaudited('who has which role in a project is read by whoever manages that')
  @ApiOperation({ summary: 'List the members of a project', description: 'Those with a role that was given in it; who has a role everywhere works in it too and is not among them.' })
  @ApiOkResponse({ type: ProjectMemberListDto })
  async list(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() query: PagingDto): Promise<ProjectMemberListDto> {
    const { items, next } = await this.members.list(principal, id, pageById(query));
    return { items: items.map(projectMemberDto), next: nextLink(`/v1/projects/${id}/members`, query, next) };
  }

  @Get(':subjectId')
  @Requires(RBAC_PERMISSIONS['role-bindings:read'])
  @Unaudited('who has which role in a project is read by whoever manages that')
  @ApiOperation({ summary: 'Show a member of a project' })
  @ApiParam({ name: 'subjectId', format: 'uuid', example: SUBJECT, description: 'A user or service account.' })
  @ApiOkResponse({ type: ProjectMemberDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Param('subjectId', UuidParam) subjectId: string): Promise<ProjectMemberDto> {
    return projectMemberDto(await this.members.get(principal, id, subjectId));
  }

  @Put(':subjectId')
  @Requires(RBAC_PERMISSIONS['role-bindings:create'])
  @NeedsApproval('for roles that the caller does not have')
  @Audited(RBAC_EVENTS['rbac.project.member.set'], 'transaction', [RBAC_EVENTS['rbac.role-binding.create'], RBAC_EVENTS['rbac.role-binding.delete']])
  @ApiOperation({ summary: 'Say which roles somebody has in a project', description: 'Exactly these, at once: what is missing is given and what is not named is taken away, under the rules of giving and taking roles. What stays as it is keeps its binding.' })
  @ApiParam({ name: 'subjectId', format: 'uuid', example: SUBJECT, description: 'A user or service account.' })
  @ApiConflictResponse({ description: 'The subject has a role that must not be held together with one of these, or the project is archived.' })
  @ApiOkResponse({ type: ProjectMemberDto })
  async put(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Param('subjectId', UuidParam) subjectId: string, @ApprovalRequest() approvable: ApprovableRequest, @Body() body: PutMemberDto): Promise<ProjectMemberDto> {
    const roles = [];
    for (const [index, { role, expiresAt }] of body.roles.entries()) {
      roles.push({ role, expiresAt: expiresAt === undefined ? null : await repointed((pointer) => `/roles/${index}${pointer}`, async () => parseInstant(expiresAt)) });
    }
    return projectMemberDto(await this.members.put(principal, id, subjectId, roles, approvable));
  }

  @Delete(':subjectId')
  @HttpCode(204)
  @Requires(RBAC_PERMISSIONS['role-bindings:delete'])
  @NeedsApproval('for roles that deny what the caller does not have')
  @Audited(RBAC_EVENTS['rbac.project.member.remove'], 'transaction', [RBAC_EVENTS['rbac.role-binding.delete']])
  @ApiOperation({ summary: 'Take somebody out of a project', description: 'Every role that was given in it is taken away; what they have globally stays.' })
  @ApiParam({ name: 'subjectId', format: 'uuid', example: SUBJECT, description: 'A user or service account.' })
  @ApiNoContentResponse()
  async remove(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Param('subjectId', UuidParam) subjectId: string, @ApprovalRequest() approvable: ApprovableRequest): Promise<void> {
    await this.members.remove(principal, id, subjectId, approvable);
  }
}
