import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AccountErasure } from '#modules/auth/index.js';
import { Approvals, PolicyDecision } from '#modules/rbac/index.js';
import { ApprovalRequest } from '#platform/http/approval-request.js';
import { Audited, NeedsApproval, Requires } from '#platform/http/annotations.js';
import { CurrentPrincipal } from '#platform/http/parameters.js';
import type { ApprovableRequest, ApprovalNeed } from '#pure/approval/approval.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import { AUDIT_PERMISSIONS } from '../domain/audit.permissions.js';
import { SubjectErasure } from '../privacy/subject-erasure.js';
import { ErasureDto, ErasureRequest } from './erasure.dto.js';

const PERMISSION = AUDIT_PERMISSIONS['audit:erase'];

@ApiTags('audit')
@Controller('v1/audit')
export class ErasureController {
  constructor(
    private readonly erasure: SubjectErasure,
    private readonly accounts: AccountErasure,
    private readonly policy: PolicyDecision,
    private readonly approvals: Approvals,
  ) {}

  @Post('erasure')
  @Requires(PERMISSION)
  @NeedsApproval()
  @Audited(AUDIT_EVENTS['audit.subject.erase'], 'transaction')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Erase a person',
    description: 'Destroys the keys of what the ledger holds of them, and empties their account. Nothing brings it back. Not before 90 days after they were last active, nor while an alert about them is not resolved.',
  })
  @ApiOkResponse({ type: ErasureDto })
  async erase(@CurrentPrincipal() principal: Principal, @ApprovalRequest() request: ApprovableRequest, @Body() { subject }: ErasureRequest): Promise<ErasureDto> {
    await this.policy.require(principal, PERMISSION, null);
    const { erasedAt, keysDestroyed } = await this.erasure.erase(principal, subject, (tx) => this.accounts.erase(tx, principal, subject), (tx) => this.approvals.require(tx, principal, request, needOf(subject)));
    return { subject, erasedAt: erasedAt.toISOString(), keysDestroyed };
  }
}

const needOf = (subject: string): ApprovalNeed => ({
  permission: PERMISSION.name,
  projectId: null,
  target: { type: 'principal', uid: subject, version: null },
  summary: `Erase ${subject} from the ledger and from the accounts, for ever`,
});
