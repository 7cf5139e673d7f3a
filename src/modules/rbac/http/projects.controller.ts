import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ExpectedVersion } from '#platform/database/expected-version.js';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { etagOf, IfMatch, RequiredIfMatch } from '#platform/http/if-match.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import type { Project } from '../domain/project.js';
import { RBAC_EVENTS } from '../domain/rbac.events.js';
import { RBAC_PERMISSIONS } from '../domain/rbac.permissions.js';
import { Projects } from '../projects.js';
import { CreateProjectDto, projectDto, ProjectDto, ProjectListDto, UpdateProjectDto } from './project.dto.js';

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
    return shown(project, reply);
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
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<ProjectDto> {
    return shown(await this.projects.get(principal, id), reply);
  }

  @Patch(':id')
  @Requires(RBAC_PERMISSIONS['projects:update'])
  @Audited(RBAC_EVENTS['rbac.project.update'], 'transaction')
  @ApiOperation({ summary: 'Rename a project', description: 'The slug never changes.' })
  @ApiConflictResponse({ description: 'The project is archived.' })
  @ApiOkResponse({ type: ProjectDto })
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidParam) id: string,
    @RequiredIfMatch() expected: ExpectedVersion,
    @Body() { name }: UpdateProjectDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProjectDto> {
    return shown(await this.projects.rename(principal, id, expected, name), reply);
  }

  @Post(':id/archive')
  @HttpCode(200)
  @Requires(RBAC_PERMISSIONS['projects:archive'])
  @Audited(RBAC_EVENTS['rbac.project.archive'], 'transaction')
  @ApiOperation({ summary: 'Archive a project', description: 'From then on, on every replica, what would make something in it is refused (409 `project-archived`). What is there is read and taken away by whoever could before. Simulations that are queued end by themselves.' })
  @ApiConflictResponse({ description: 'The project is archived already, or is the default one.' })
  @ApiOkResponse({ type: ProjectDto })
  async archive(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Res({ passthrough: true }) reply: FastifyReply): Promise<ProjectDto> {
    return shown(await this.projects.archive(principal, id, expected), reply);
  }

  @Post(':id/unarchive')
  @HttpCode(200)
  @Requires(RBAC_PERMISSIONS['projects:archive'])
  @Audited(RBAC_EVENTS['rbac.project.unarchive'], 'transaction')
  @ApiOperation({ summary: 'Take an archived project into use again' })
  @ApiConflictResponse({ description: 'The project is in use.' })
  @ApiOkResponse({ type: ProjectDto })
  async unarchive(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Res({ passthrough: true }) reply: FastifyReply): Promise<ProjectDto> {
    return shown(await this.projects.unarchive(principal, id, expected), reply);
  }
}

function shown(project: Project, reply: FastifyReply): ProjectDto {
  void reply.header('ETag', etagOf(project));
  return projectDto(project);
}
