import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, Length } from 'class-validator';
import { PagingDto } from '#platform/http/paging.dto.js';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import { type Approval, APPROVAL_STATES, type ApprovalState, SUMMARY_CHARACTERS_MAX } from '../domain/approval.js';
import { formatScope } from '../domain/role-binding.js';

const ID = '01981b7e-9a10-7c1e-9f39-0d3c5e1f9a10';
const SUBJECT = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';

export class ApprovalQueryDto extends PagingDto {
  @ApiPropertyOptional({ enum: APPROVAL_STATES, example: 'pending', description: 'Only those in this state.' })
  @UnlessAbsent()
  @IsIn(APPROVAL_STATES)
  state?: ApprovalState;
}

export class RejectApprovalDto {
  @ApiPropertyOptional({ example: 'Ask again after the release.', minLength: 1, maxLength: SUMMARY_CHARACTERS_MAX, description: 'For who asked.' })
  @UnlessAbsent()
  @IsString()
  @Length(1, SUMMARY_CHARACTERS_MAX)
  reason?: string;
}

export class ApprovalTargetDto {
  @ApiProperty({ example: 'key', description: 'The kind of thing.' }) type!: string;
  @ApiProperty({ example: SUBJECT, description: 'Which one.' }) uid!: string;
  @ApiProperty({ type: 'integer', nullable: true, example: 3, description: 'The version that the approval is for; changed since, it takes another one.' }) version!: number | null;
}

export class ApprovalDto {
  @ApiProperty({ format: 'uuid', example: ID, description: 'What the request is repeated with, in `Approval-Id`, once it is approved.' }) id!: string;
  @ApiProperty({ enum: APPROVAL_STATES, example: 'pending', description: 'Only a pending one is decided, and only an approved one used, once.' }) state!: ApprovalState;
  @ApiProperty({ format: 'uuid', example: SUBJECT, description: 'Who asked, and may use it.' }) requesterId!: string;
  @ApiProperty({ example: 'GET /v1/transit/export/:kind/:name', description: 'Method and pattern of the request.' }) route!: string;
  @ApiProperty({ example: 'keys:export', description: 'What who approves must be permitted too.' }) permission!: string;
  @ApiProperty({ example: 'project:01900000-0000-7000-8000-000000000001', description: '`global`, or the project.' }) scope!: string;
  @ApiProperty({ type: ApprovalTargetDto, example: { type: 'key', uid: SUBJECT, version: 3 }, description: 'What it would be done to.' }) target!: ApprovalTargetDto;
  @ApiProperty({ example: 'Export the encryption-key of the key orders in clear', description: 'What would happen.' }) summary!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z', description: 'When it was asked for.' }) createdAt!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-23T06:00:00.000Z', description: 'Not used before, it is never used.' }) expiresAt!: string;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: null, description: 'Who approved, rejected or withdrew it.' }) decidedBy!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null, description: 'When that was.' }) decidedAt!: string | null;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why it was rejected.' }) reason!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null, description: 'When the deed was done.' }) usedAt!: string | null;
}

export class ApprovalListDto {
  @ApiProperty({ type: [ApprovalDto], description: "The newest first: one's own, and those of scopes where one may see them." }) items!: ApprovalDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/approvals?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export function approvalDto({ projectId, target, createdAt, expiresAt, decidedAt, usedAt, ...approval }: Approval): ApprovalDto {
  const { id, state, requesterId, route, permission, summary, decidedBy, reason } = approval;
  return {
    id,
    state,
    requesterId,
    route,
    permission,
    scope: formatScope(projectId),
    target: { ...target },
    summary,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    decidedBy,
    decidedAt: decidedAt?.toISOString() ?? null,
    reason,
    usedAt: usedAt?.toISOString() ?? null,
  };
}
