import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { RBAC_EVENTS } from '../domain/rbac.events.js';
import { RBAC_PERMISSIONS } from '../domain/rbac.permissions.js';
import { Projects } from '../projects.js';
import { CreateProjectDto, projectDto, ProjectDto, ProjectListDto } from './project.dto.js';

@ApiTags('projects')
@ApiBearerAuth()
@Controller('v1/projects')
export class ProjectsController {
  constructor(private readonly projects: Projects) {}

  @Post()
  @Requires(RBAC_PERMISSIONS['projects:create'])
  @Audited(RBAC_EVENTS['rbac.project.create'], 'transaction')
  @ApiOperation({ summary: 'Make a project', description: 'It gives nobody access; role bindings do.' })
  @ApiCreatedResponse({ type: ProjectDto })
  @ApiConflictResponse({ description: 'The slug is taken.' })
  async create(
    @CurrentPrincipal() principal: Principal,
    @IdempotencyRequest() request: IdempotentRequest | null,
    @Body() body: CreateProjectDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProjectDto> {
    const project = await this.projects.create(principal, request, body);
    void reply.header('Location', `/v1/projects/${project.id}`);
    return projectDto(project);
  }

  @Get()
  @Requires(RBAC_PERMISSIONS['projects:read'])
  @Unaudited('names of projects that the caller works in')
  @ApiOperation({ summary: 'List projects' })
  @ApiOkResponse({ type: ProjectListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: PagingDto): Promise<ProjectListDto> {
    const { items, next } = await this.projects.list(principal, pageById(query));
    return { items: items.map(projectDto), next: nextLink('/v1/projects', query, next) };
  }

  @Get(':id')
  @Requires(RBAC_PERMISSIONS['projects:read'])
  @Unaudited('the name of a project that the caller works in')
  @ApiOperation({ summary: 'Get a project' })
  @ApiOkResponse({ type: ProjectDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<ProjectDto> {
    return projectDto(await this.projects.get(principal, id));
  }
}
