import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { UUID } from '#pure/uuid/uuid.js';
import type { BreakGlassAccount, BreakGlassUse } from '../domain/break-glass.js';

const ID = '01981b7e-9a10-7c1e-9f39-0d3c5e1f9a10';
const SUBJECT = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';
const AT = '2026-11-22T06:00:00.000Z';

export class EnrollBreakGlassDto {
  @ApiProperty({ format: 'uuid', example: SUBJECT, description: 'A user without a role.' })
  @IsString()
  @Matches(UUID)
  principalId!: string;
}

export class OpenBreakGlassDto {
  @ApiProperty({ example: 'Both owners are out of reach, and the registry serves a bad image.', minLength: 10, maxLength: 500, description: 'Why; read by who looks at it afterwards.' })
  @IsString()
  @Length(10, 500)
  reason!: string;
}

export class ReviewBreakGlassDto {
  @ApiProperty({ example: 'The image was withdrawn, and nothing else was done.', minLength: 1, maxLength: 2000, description: 'What was found.' })
  @IsString()
  @Length(1, 2000)
  findings!: string;
}

export class BreakGlassAccountDto {
  @ApiProperty({ format: 'uuid', example: SUBJECT, description: 'The user.' }) principalId!: string;
  @ApiProperty({ format: 'date-time', example: AT, description: 'Since when it may be used.' }) enrolledAt!: string;
  @ApiProperty({ format: 'uuid', example: SUBJECT, description: 'Who enrolled it.' }) enrolledBy!: string;
}

export class BreakGlassAccountListDto {
  @ApiProperty({ type: [BreakGlassAccountDto], description: 'By id.' }) items!: BreakGlassAccountDto[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'The next page; null on the last.' }) next!: string | null;
}

export class BreakGlassUseDto {
  @ApiProperty({ format: 'uuid', example: ID, description: 'Stands as `breakGlass` in every entry of the ledger that it led to.' }) id!: string;
  @ApiProperty({ format: 'uuid', example: SUBJECT, description: 'The account.' }) principalId!: string;
  @ApiProperty({ example: 'Both owners are out of reach, and the registry serves a bad image.', description: 'Why.' }) reason!: string;
  @ApiProperty({ format: 'date-time', example: AT, description: 'When it began.' }) openedAt!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T07:00:00.000Z', description: 'When it ends, or ended.' }) endsAt!: string;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: null, description: 'Who looked at it; until somebody has, the account is not used again.' }) reviewedBy!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null, description: 'When that was.' }) reviewedAt!: string | null;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'What they found.' }) findings!: string | null;
}

export class BreakGlassUseListDto {
  @ApiProperty({ type: [BreakGlassUseDto], description: 'The newest first.' }) items!: BreakGlassUseDto[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'The next page; null on the last.' }) next!: string | null;
}

export function accountDto({ id, enrolledAt, enrolledBy }: BreakGlassAccount): BreakGlassAccountDto {
  return { principalId: id, enrolledAt: enrolledAt.toISOString(), enrolledBy };
}

export function useDto({ openedAt, endsAt, reviewedAt, ...use }: BreakGlassUse): BreakGlassUseDto {
  return { ...use, openedAt: openedAt.toISOString(), endsAt: endsAt.toISOString(), reviewedAt: reviewedAt?.toISOString() ?? null };
}
