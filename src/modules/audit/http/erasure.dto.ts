import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches } from 'class-validator';
import { UUID } from '#pure/uuid/uuid.js';

export class ErasureRequest {
  @ApiProperty({ format: 'uuid', example: '019a94de-4b70-7c00-8000-000000000004', description: 'Id of the user or service account.' })
  @IsString()
  @Matches(UUID)
  subject!: string;
}

/** What was done. */
export class ErasureDto {
  @ApiProperty({ format: 'uuid', example: '019a94de-4b70-7c00-8000-000000000004' }) subject!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) erasedAt!: string;
  @ApiProperty({ type: 'integer', example: 7, description: 'One a month in which the ledger held something of theirs.' }) keysDestroyed!: number;
}
