import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ExpectedVersion } from '#platform/database/expected-version.js';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { ApprovalRequest } from '#platform/http/approval-request.js';
import { Audited, NeedsApproval, Requires, Unaudited } from '#platform/http/annotations.js';
import { etagOf, IfMatch, RequiredIfMatch } from '#platform/http/if-match.js';
import { nextLink, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest } from '#platform/http/parameters.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import type { Principal } from '#pure/principal/principal.js';
import { RBAC_EVENTS } from '../domain/rbac.events.js';
import { RBAC_PERMISSIONS } from '../domain/rbac.permissions.js';
import type { Role } from '../domain/role.js';
import { RoleHistory } from '../role-history.js';
import { Roles } from '../roles.js';
import { draftOf, roleDiffDto, RoleDiffDto, RoleDiffQueryDto, roleDto, RoleDto, RoleListDto, roleVersionDto, RoleVersionDto, RoleVersionListDto, WriteRoleDto } from './role.dto.js';
import { versionCursor, VersionParam } from './version-number.js';

const ROLE = { name: 'id', example: 'researcher', description: 'The id or name of a role.' };

/**
 * What there is to bind. What may be written into a role is decided by the engine inside its transaction: these
 * handlers only translate.
 */
@ApiTags('roles')
@ApiBearerAuth()
@Controller('v1/roles')
export class RolesController {
  constructor(
    private readonly roles: Roles,
    private readonly history: RoleHistory,
  ) {}

  @Post()
  @Requires(RBAC_PERMISSIONS['roles:create'])
  @NeedsApproval('for what the caller does not have')
  @Audited(RBAC_EVENTS['rbac.role.create'], 'transaction')
  @ApiOperation({ summary: 'Make a role', description: 'Of rules that the caller has everywhere, by this token: a role may be bound anywhere. Beyond them it takes `roles:escalate`, a second factor, a fresh login and an approval.' })
  @ApiCreatedResponse({ type: RoleDto })
  @ApiConflictResponse({ description: 'The name is taken, or there are as many roles as there may be.' })
  async create(
    @CurrentPrincipal() principal: Principal,
    @IdempotencyRequest() request: IdempotentRequest | null,
    @ApprovalRequest() approvable: ApprovableRequest,
    @Body() body: WriteRoleDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RoleDto> {
    const role = await this.roles.create(principal, request, draftOf(body), approvable);
    void reply.header('Location', `/v1/roles/${role.id}`);
    return shown(role, reply);
  }

  @Get()
  @Requires(RBAC_PERMISSIONS['roles:read'])
  @Unaudited('what there is to bind, the same for everybody')
  @ApiOperation({ summary: 'List roles' })
  @ApiOkResponse({ type: RoleListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: PagingDto): Promise<RoleListDto> {
    const { items, next } = await this.history.list(principal, { limit: query.limit, after: query.cursor ?? null });
    return { items: items.map(roleDto), next: nextLink('/v1/roles', query, next) };
  }

  @Get(':id')
  @Requires(RBAC_PERMISSIONS['roles:read'])
  @Unaudited('what there is to bind, the same for everybody')
  @ApiOperation({ summary: 'Get a role' })
  @ApiParam(ROLE)
  @ApiOkResponse({ type: RoleDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<RoleDto> {
    return shown(await this.history.get(principal, id), reply);
  }

  @Put(':id')
  @Requires(RBAC_PERMISSIONS['roles:update'])
  @NeedsApproval('for what the caller does not have, and of a role that they have')
  @Audited(RBAC_EVENTS['rbac.role.update'], 'transaction')
  @ApiOperation({
    summary: 'Change a role',
    description: 'The whole of it, at once for everybody who has it. What it gives that it did not give before, also by denying less, must be the caller\'s everywhere, by this token; and nobody changes a role that they have. Beyond that it takes `roles:escalate`, a second factor, a fresh login and an approval.',
  })
  @ApiParam(ROLE)
  @ApiOkResponse({ type: RoleDto })
  @ApiConflictResponse({ description: 'The role is builtin, its name is taken, it would inherit from itself, or somebody would have two roles that must not be held together.' })
  async replace(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @RequiredIfMatch() expected: ExpectedVersion,
    @ApprovalRequest() approvable: ApprovableRequest,
    @Body() body: WriteRoleDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RoleDto> {
    return shown(await this.roles.replace(principal, id, expected, draftOf(body), approvable), reply);
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires(RBAC_PERMISSIONS['roles:delete'])
  @Audited(RBAC_EVENTS['rbac.role.delete'], 'transaction')
  @ApiOperation({ summary: 'Remove a role', description: 'One that nobody has and none inherits from. What it said is kept.' })
  @ApiParam(ROLE)
  @ApiNoContentResponse()
  @ApiConflictResponse({ description: 'The role is builtin, bound, inherited from, or part of a separation of duties. A binding that has expired counts until it is taken away.' })
  async delete(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @IfMatch() expected: ExpectedVersion): Promise<void> {
    await this.roles.delete(principal, id, expected);
  }

  @Get(':id/versions')
  @Requires(RBAC_PERMISSIONS['roles:read'])
  @Unaudited('what there was to bind, the same for everybody')
  @ApiOperation({ summary: 'List what a role said', description: 'Of one that was removed, by its id.' })
  @ApiParam(ROLE)
  @ApiOkResponse({ type: RoleVersionListDto })
  async versions(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Query() query: PagingDto): Promise<RoleVersionListDto> {
    const { items, next } = await this.history.versions(principal, id, { limit: query.limit, after: versionCursor(query) });
    return { items: items.map(roleVersionDto), next: nextLink(`/v1/roles/${encodeURIComponent(id)}/versions`, query, next) };
  }

  @Get(':id/versions/:version')
  @Requires(RBAC_PERMISSIONS['roles:read'])
  @Unaudited('what there was to bind, the same for everybody')
  @ApiOperation({ summary: 'Get what a role said' })
  @ApiParam(ROLE)
  @ApiParam({ name: 'version', schema: { type: 'integer', minimum: 1, example: 2 } })
  @ApiOkResponse({ type: RoleVersionDto })
  async version(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Param('version', VersionParam) version: number): Promise<RoleVersionDto> {
    return roleVersionDto(await this.history.version(principal, id, version));
  }

  @Get(':id/diff')
  @Requires(RBAC_PERMISSIONS['roles:read'])
  @Unaudited('what there was to bind, the same for everybody')
  @ApiOperation({ summary: 'Compare two versions of a role' })
  @ApiParam(ROLE)
  @ApiOkResponse({ type: RoleDiffDto })
  async diff(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Query() { from, to }: RoleDiffQueryDto): Promise<RoleDiffDto> {
    return roleDiffDto(await this.history.diff(principal, id, from, to));
  }
}

function shown(role: Role, reply: FastifyReply): RoleDto {
  void reply.header('ETag', etagOf(role));
  return roleDto(role);
}
