import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsString, Length, Matches } from 'class-validator';
import type { Separation } from '../domain/separation.js';

const ID = '01981b7e-8b30-7e4f-b2a1-3d5c7e9f1a23';
const PERSON = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';
const REASON = 'Who releases images must not be who approves them.';

export class CreateSeparationDto {
  @ApiProperty({ type: [String], minItems: 2, maxItems: 2, example: ['operator', 'key-manager'], description: 'Two roles, by id or name.' })
  @IsArray()
  @ArrayMinSize(2)
  @ArrayMaxSize(2)
  @IsString({ each: true })
  @Matches(/^[a-z0-9-]{1,63}$/, { each: true })
  roles!: string[];

  @ApiProperty({ example: REASON, minLength: 1, maxLength: 500, description: 'For people.' })
  @IsString()
  @Length(1, 500)
  reason!: string;
}

export class SeparationDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ type: [String], example: ['key-manager', 'operator'], description: 'Ids.' }) roles!: readonly string[];
  @ApiProperty({ example: REASON }) reason!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T12:00:00.000Z' }) createdAt!: string;
  @ApiProperty({ example: PERSON }) createdBy!: string;
}

export class SeparationListDto {
  @ApiProperty({ type: [SeparationDto], description: 'Oldest first; those of the product, auditor beside whatever writes and owner beside whatever denies, are not among them.' }) items!: SeparationDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/rbac/separations?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export function separationDto({ id, roles, reason, createdAt, createdBy }: Separation): SeparationDto {
  return { id, roles, reason, createdAt: createdAt.toISOString(), createdBy };
}
