import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { ApprovalDecisions } from '../approval-decisions.js';
import { RBAC_EVENTS } from '../domain/rbac.events.js';
import { RBAC_PERMISSIONS } from '../domain/rbac.permissions.js';
import { approvalDto, ApprovalDto, ApprovalListDto, ApprovalQueryDto, RejectApprovalDto } from './approval.dto.js';

const SETTLED = 'It has been decided, or is over.';

/** What waits for a second person. Nobody makes one here: a request that takes one is answered with it. */
@ApiTags('approvals')
@ApiBearerAuth()
@Controller('v1/approvals')
export class ApprovalsController {
  constructor(private readonly decisions: ApprovalDecisions) {}

  @Get()
  @Requires(RBAC_PERMISSIONS['approvals:follow'])
  @Unaudited('what waits for somebody, read again and again by who waits and who decides')
  @ApiOperation({ summary: 'List approvals', description: "One's own, and those of scopes where one has `approvals:read`." })
  @ApiOkResponse({ type: ApprovalListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: ApprovalQueryDto): Promise<ApprovalListDto> {
    const { items, next } = await this.decisions.list(principal, query.state, pageById(query));
    return { items: items.map(approvalDto), next: nextLink('/v1/approvals', query, next, query.state === undefined ? {} : { state: query.state }) };
  }

  @Get(':id')
  @Requires(RBAC_PERMISSIONS['approvals:follow'])
  @Unaudited('polled by who waits for it')
  @ApiOperation({ summary: 'Get an approval' })
  @ApiOkResponse({ type: ApprovalDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<ApprovalDto> {
    return approvalDto(await this.decisions.get(principal, id));
  }

  @Post(':id/approve')
  @HttpCode(200)
  @Requires(RBAC_PERMISSIONS['approvals:decide'])
  @Audited(RBAC_EVENTS['rbac.approval.approve'], 'transaction')
  @ApiOperation({
    summary: 'Approve what somebody asked for',
    description: 'By a person with a login at aal2 who may do it themselves, and is neither who asked nor an account that they made or set the credentials of within seven days. It does nothing yet: who asked repeats the identical request with `Approval-Id`.',
  })
  @ApiOkResponse({ type: ApprovalDto })
  @ApiConflictResponse({ description: SETTLED })
  async approve(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<ApprovalDto> {
    return approvalDto(await this.decisions.approve(principal, id));
  }

  @Post(':id/reject')
  @HttpCode(200)
  @Requires(RBAC_PERMISSIONS['approvals:decide'])
  @Audited(RBAC_EVENTS['rbac.approval.reject'], 'transaction')
  @ApiOperation({ summary: 'Reject what somebody asked for', description: 'By who could approve it.' })
  @ApiOkResponse({ type: ApprovalDto })
  @ApiConflictResponse({ description: SETTLED })
  async reject(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Body() { reason }: RejectApprovalDto): Promise<ApprovalDto> {
    return approvalDto(await this.decisions.reject(principal, id, reason ?? null));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires(RBAC_PERMISSIONS['approvals:withdraw'])
  @Audited(RBAC_EVENTS['rbac.approval.withdraw'], 'transaction')
  @ApiOperation({ summary: 'Withdraw what one asked for', description: 'While nobody has decided.' })
  @ApiNoContentResponse({ description: 'Nobody decides about it any more.' })
  @ApiConflictResponse({ description: SETTLED })
  async withdraw(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<void> {
    await this.decisions.withdraw(principal, id);
  }
}
