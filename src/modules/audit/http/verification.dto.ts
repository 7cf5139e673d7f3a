import { ApiProperty } from '@nestjs/swagger';
import { RUN_STATES, type VerificationRun } from '../domain/verification-run.js';

/** A verification of the whole log. */
export class VerificationDto {
  @ApiProperty({ format: 'uuid', example: '019a94de-4b70-7c00-8000-000000000002' }) id!: string;
  @ApiProperty({ enum: RUN_STATES, example: 'passed' }) state!: string;
  @ApiProperty({ example: '019a94de-4b70-7c00-8000-000000000003', description: 'Id of who asked, or `night`.' }) requestedBy!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) requestedAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-11-22T06:00:24.000Z' }) finishedAt!: string | null;
  @ApiProperty({ type: 'integer', example: 1_000_000, description: 'Leaves of the tree that is verified; 0 before it has begun.' }) size!: number;
  @ApiProperty({ type: 'integer', example: 1_000_000, description: 'Leaves that have been verified so far.' }) verified!: number;
  @ApiProperty({ minimum: 0, maximum: 1, example: 1 }) progress!: number;
  @ApiProperty({ type: [String], example: [], description: 'What contradicts itself, a sentence each; 100 at most.' }) mismatches!: string[];
}

export class VerificationListDto {
  @ApiProperty({ type: [VerificationDto], description: 'Newest first.' }) items!: VerificationDto[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Address of the next page.' }) next!: string | null;
}

export function verificationDto(run: VerificationRun): VerificationDto {
  const isOver = run.finishedAt !== null;
  return {
    id: run.id,
    state: run.state,
    requestedBy: run.requestedBy,
    requestedAt: run.requestedAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
    size: run.size,
    verified: run.verified,
    progress: isOver ? 1 : run.size === 0 ? 0 : run.verified / run.size,
    mismatches: [...run.mismatches],
  };
}
