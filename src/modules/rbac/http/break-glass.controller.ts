import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited, NeedsApproval, Requires, Unaudited } from '#platform/http/annotations.js';
import { ApprovalRequest } from '#platform/http/approval-request.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import type { Principal } from '#pure/principal/principal.js';
import { BreakGlass } from '../break-glass.js';
import { RBAC_EVENTS } from '../domain/rbac.events.js';
import { RBAC_PERMISSIONS } from '../domain/rbac.permissions.js';
import { accountDto, BreakGlassAccountDto, BreakGlassAccountListDto, BreakGlassUseDto, BreakGlassUseListDto, EnrollBreakGlassDto, OpenBreakGlassDto, ReviewBreakGlassDto, useDto } from './break-glass.dto.js';

/** Sealed accounts, and the emergencies that they were opened for. */
@ApiTags('break-glass')
@ApiBearerAuth()
@Controller('v1/break-glass')
export class BreakGlassController {
  constructor(private readonly breakGlass: BreakGlass) {}

  @Get('accounts')
  @Requires(RBAC_PERMISSIONS['break-glass:read'])
  @Unaudited('which accounts are sealed is read by who manages or audits them')
  @ApiOperation({ summary: 'List accounts for emergencies' })
  @ApiOkResponse({ type: BreakGlassAccountListDto })
  async accounts(@CurrentPrincipal() principal: Principal, @Query() query: PagingDto): Promise<BreakGlassAccountListDto> {
    const { items, next } = await this.breakGlass.accounts(principal, pageById(query));
    return { items: items.map(accountDto), next: nextLink('/v1/break-glass/accounts', query, next) };
  }

  @Post('accounts')
  @Requires(RBAC_PERMISSIONS['break-glass:enroll'])
  @NeedsApproval()
  @Audited(RBAC_EVENTS['rbac.break-glass.enroll'], 'transaction')
  @ApiOperation({ summary: 'Seal an account for emergencies', description: 'A user without a role. Strangers who try its name hold nobody else up.' })
  @ApiCreatedResponse({ type: BreakGlassAccountDto })
  @ApiConflictResponse({ description: 'It is sealed already, or has a role.' })
  async enroll(@CurrentPrincipal() principal: Principal, @ApprovalRequest() request: ApprovableRequest, @Body() { principalId }: EnrollBreakGlassDto): Promise<BreakGlassAccountDto> {
    return accountDto(await this.breakGlass.enroll(principal, request, principalId));
  }

  @Delete('accounts/:id')
  @HttpCode(204)
  @Requires(RBAC_PERMISSIONS['break-glass:enroll'])
  @Audited(RBAC_EVENTS['rbac.break-glass.remove'], 'transaction')
  @ApiOperation({ summary: 'Make an account an ordinary one again', description: 'What it is open for ends at once.' })
  @ApiNoContentResponse({ description: 'It is ordinary.' })
  async remove(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<void> {
    await this.breakGlass.remove(principal, id);
  }

  @Get()
  @Requires(RBAC_PERMISSIONS['break-glass:read'])
  @Unaudited('what was opened stands in the ledger, with everything that was done')
  @ApiOperation({ summary: 'List emergencies' })
  @ApiOkResponse({ type: BreakGlassUseListDto })
  async uses(@CurrentPrincipal() principal: Principal, @Query() query: PagingDto): Promise<BreakGlassUseListDto> {
    const { items, next } = await this.breakGlass.uses(principal, pageById(query));
    return { items: items.map(useDto), next: nextLink('/v1/break-glass', query, next) };
  }

  @Post()
  @Requires(RBAC_PERMISSIONS['break-glass:open'])
  @Audited(RBAC_EVENTS['rbac.break-glass.open'], 'transaction')
  @ApiOperation({ summary: 'Break the glass', description: 'By a sealed account with a login at aal2: for an hour it may do nearly everything. An alert is raised, and every entry says so.' })
  @ApiCreatedResponse({ type: BreakGlassUseDto })
  @ApiConflictResponse({ description: 'Nobody has looked at the last time yet, or the account has a role.' })
  async open(@CurrentPrincipal() principal: Principal, @Body() { reason }: OpenBreakGlassDto): Promise<BreakGlassUseDto> {
    return useDto(await this.breakGlass.open(principal, reason));
  }

  @Post(':id/review')
  @HttpCode(200)
  @Requires(RBAC_PERMISSIONS['break-glass:review'])
  @NeedsApproval()
  @Audited(RBAC_EVENTS['rbac.break-glass.review'], 'transaction')
  @ApiOperation({ summary: 'Say what an emergency turned out to be', description: 'By somebody else, when it is over. Then the account can be used again.' })
  @ApiOkResponse({ type: BreakGlassUseDto })
  @ApiConflictResponse({ description: 'It is not over, or has been looked at.' })
  async review(@CurrentPrincipal() principal: Principal, @ApprovalRequest() request: ApprovableRequest, @Param('id', UuidParam) id: string, @Body() { findings }: ReviewBreakGlassDto): Promise<BreakGlassUseDto> {
    return useDto(await this.breakGlass.review(principal, request, id, findings));
  }
}
