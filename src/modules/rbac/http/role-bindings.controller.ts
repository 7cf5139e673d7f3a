import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, AuditedWhen, NeedsApproval, Requires, Unaudited } from '#platform/http/annotations.js';
import { ApprovalRequest } from '#platform/http/approval-request.js';
import { nextLink, pageById } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import type { Principal } from '#pure/principal/principal.js';
import { RBAC_EVENTS } from '../domain/rbac.events.js';
import { RBAC_PERMISSIONS } from '../domain/rbac.permissions.js';
import { Projects } from '../projects.js';
import { RoleBindings } from '../role-bindings.js';
import {
  CreateRoleBindingDto,
  parseInstant,
  projectReferenceIn,
  roleBindingDto,
  RoleBindingDto,
  RoleBindingListDto,
  RoleBindingQueryDto,
} from './role-binding.dto.js';

/**
 * Who has which role where. What may be granted or taken is decided by the engine inside its transaction, so these
 * handlers only translate: an early look from here would be outdated by the time of the deed.
 */
@ApiTags('role bindings')
@ApiBearerAuth()
@Controller('v1/role-bindings')
export class RoleBindingsController {
  constructor(
    private readonly bindings: RoleBindings,
    private readonly projects: Projects,
  ) {}

  @Post()
  @Requires(RBAC_PERMISSIONS['role-bindings:create'])
  @NeedsApproval('for an owner after the second, and for a role beyond what the caller has')
  @Audited(RBAC_EVENTS['rbac.role-binding.create'], 'transaction', [RBAC_EVENTS['rbac.role-binding.delete']])
  @ApiOperation({ summary: 'Give a role to a user or service account', description: 'Only roles whose every permission the caller has in that scope, by this token. Beyond them it takes `roles:bind`, a second factor, a fresh login and an approval.' })
  @ApiCreatedResponse({ type: RoleBindingDto })
  @ApiConflictResponse({ description: 'The subject has this role in this scope already, or one that must not be held together with it.' })
  async create(
    @CurrentPrincipal() principal: Principal,
    @IdempotencyRequest() request: IdempotentRequest | null,
    @ApprovalRequest() approvable: ApprovableRequest,
    @Body() body: CreateRoleBindingDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RoleBindingDto> {
    const reference = projectReferenceIn(body.scope);
    // A project that the caller does not see is a 404 before anything is said about the role: a grant must not be a probe for slugs.
    const binding = await this.bindings.bind(principal, request, {
      subjectId: body.subjectId,
      roleId: body.role,
      projectId: reference === null ? null : (await this.projects.resolve(principal, reference)).id,
      expiresAt: body.expiresAt === undefined ? null : parseInstant(body.expiresAt),
    }, approvable);
    void reply.header('Location', `/v1/role-bindings/${binding.id}`);
    return roleBindingDto(binding);
  }

  @Get()
  @Requires(RBAC_PERMISSIONS['role-bindings:read'])
  @AuditedWhen(RBAC_EVENTS['rbac.role-binding.list.across-projects'], 'group', 'for who sees the bindings of more than one project; who has which role in one is read by whoever manages that')
  @ApiOperation({ summary: 'List role bindings' })
  @ApiOkResponse({ type: RoleBindingListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: RoleBindingQueryDto): Promise<RoleBindingListDto> {
    const { subjectId, role } = query;
    const filter = { ...(subjectId === undefined ? {} : { subjectId }), ...(role === undefined ? {} : { roleId: role }) };
    const { items, next } = await this.bindings.list(principal, filter, pageById(query));
    // The filter goes into the link, or the next page would be one of another list.
    const asked = { ...(subjectId === undefined ? {} : { subjectId }), ...(role === undefined ? {} : { role }) };
    return { items: items.map(roleBindingDto), next: nextLink('/v1/role-bindings', query, next, asked) };
  }

  @Get(':id')
  @Requires(RBAC_PERMISSIONS['role-bindings:read'])
  @Unaudited('who has which role is read by whoever manages that')
  @ApiOperation({ summary: 'Get a role binding' })
  @ApiOkResponse({ type: RoleBindingDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<RoleBindingDto> {
    return roleBindingDto(await this.bindings.get(principal, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires(RBAC_PERMISSIONS['role-bindings:delete'])
  @NeedsApproval('for a role that denies, or an owner’s, beyond what the caller has')
  @Audited(RBAC_EVENTS['rbac.role-binding.delete'], 'transaction')
  @ApiOperation({ summary: 'Take a role away', description: 'Refused for the last owner. To take away what denies is to grant that: it takes what giving it would.' })
  @ApiNoContentResponse()
  @ApiConflictResponse({ description: 'It is what makes the last owner one.' })
  async delete(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @ApprovalRequest() approvable: ApprovableRequest): Promise<void> {
    await this.bindings.unbind(principal, id, approvable);
  }
}
