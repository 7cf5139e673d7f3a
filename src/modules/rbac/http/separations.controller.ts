import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { ApprovalRequest } from '#platform/http/approval-request.js';
import { Audited, NeedsApproval, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import type { Principal } from '#pure/principal/principal.js';
import { RBAC_EVENTS } from '../domain/rbac.events.js';
import { RBAC_PERMISSIONS } from '../domain/rbac.permissions.js';
import { Separations } from '../separations.js';
import { CreateSeparationDto, separationDto, SeparationDto, SeparationListDto } from './separation.dto.js';

@ApiTags('roles')
@ApiBearerAuth()
@Controller('v1/rbac/separations')
export class SeparationsController {
  constructor(private readonly separations: Separations) {}

  @Post()
  @Requires(RBAC_PERMISSIONS['separations:create'])
  @Audited(RBAC_EVENTS['rbac.separation.create'], 'transaction')
  @ApiOperation({ summary: 'Forbid that two roles are held together', description: 'In whatever scopes, and by inheritance too.' })
  @ApiCreatedResponse({ type: SeparationDto })
  @ApiConflictResponse({ description: 'Somebody holds both, they are separated already, or there are as many separations as there may be.' })
  async create(
    @CurrentPrincipal() principal: Principal,
    @IdempotencyRequest() request: IdempotentRequest | null,
    @Body() { roles: [one, other], reason }: CreateSeparationDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SeparationDto> {
    const separation = await this.separations.create(principal, request, { roles: [one!, other!], reason });
    void reply.header('Location', `/v1/rbac/separations/${separation.id}`);
    return separationDto(separation);
  }

  @Get()
  @Requires(RBAC_PERMISSIONS['separations:read'])
  @Unaudited('what must not be held together, the same for everybody')
  @ApiOperation({ summary: 'List separations of duties' })
  @ApiOkResponse({ type: SeparationListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: PagingDto): Promise<SeparationListDto> {
    const { items, next } = await this.separations.list(principal, pageById(query));
    return { items: items.map(separationDto), next: nextLink('/v1/rbac/separations', query, next) };
  }

  @Get(':id')
  @Requires(RBAC_PERMISSIONS['separations:read'])
  @Unaudited('what must not be held together, the same for everybody')
  @ApiOperation({ summary: 'Get a separation of duties' })
  @ApiOkResponse({ type: SeparationDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<SeparationDto> {
    return separationDto(await this.separations.get(principal, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires(RBAC_PERMISSIONS['separations:delete'])
  @NeedsApproval()
  @Audited(RBAC_EVENTS['rbac.separation.delete'], 'transaction')
  @ApiOperation({ summary: 'Let two roles be held together again', description: 'Once there are two owners, with an approval.' })
  @ApiNoContentResponse()
  async delete(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @ApprovalRequest() approvable: ApprovableRequest): Promise<void> {
    await this.separations.delete(principal, id, approvable);
  }
}
