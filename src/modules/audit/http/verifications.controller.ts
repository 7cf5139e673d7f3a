import { Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { PolicyDecision } from '#modules/rbac/index.js';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import { AUDIT_PERMISSIONS } from '../domain/audit.permissions.js';
import { VerificationRequests } from '../verification/verification-requests.js';
import { VerificationDto, verificationDto, VerificationListDto } from './verification.dto.js';

const PATH = '/v1/audit/verifications';
const PERMISSION = AUDIT_PERMISSIONS['audit:verify'];

/** Verifications of the whole log. It belongs to no project, and neither does the right to have it verified. */
@ApiTags('audit')
@Controller('v1/audit')
export class VerificationsController {
  constructor(
    private readonly requests: VerificationRequests,
    private readonly policy: PolicyDecision,
  ) {}

  @Post('verify')
  @Requires(PERMISSION)
  @Audited(AUDIT_EVENTS['audit.verify.request'], 'transaction')
  @HttpCode(202)
  @ApiOperation({ summary: 'Have the whole ledger verified', description: 'From the bytes of every entry to the signatures of every checkpoint, in the background. While one is open, it is the answer.' })
  @ApiAcceptedResponse({ type: VerificationDto, description: '`Location` is where to ask.' })
  async verify(
    @CurrentPrincipal() principal: Principal,
    @IdempotencyRequest() idempotent: IdempotentRequest | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VerificationDto> {
    await this.policy.require(principal, PERMISSION, null);
    const run = await this.requests.request(principal, idempotent);
    void reply.header('Location', `${PATH}/${run.id}`);
    return verificationDto(run);
  }

  @Get('verifications')
  @Requires(PERMISSION)
  @Unaudited('it shows sizes and results; what failed is in the ledger')
  @ApiOperation({ summary: 'List verifications, newest first' })
  @ApiOkResponse({ type: VerificationListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() page: PagingDto): Promise<VerificationListDto> {
    await this.policy.require(principal, PERMISSION, null);
    const { items, next } = await this.requests.list(principal, pageById(page));
    return { items: items.map(verificationDto), next: nextLink(PATH, page, next) };
  }

  @Get('verifications/:id')
  @Requires(PERMISSION)
  @Unaudited('a poll of how far a verification has come')
  @ApiOperation({ summary: 'See a verification' })
  @ApiOkResponse({ type: VerificationDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<VerificationDto> {
    await this.policy.require(principal, PERMISSION, null);
    return verificationDto(await this.requests.get(principal, id));
  }
}
