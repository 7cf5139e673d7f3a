import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, Matches, Max, Min } from 'class-validator';
import { UUID } from '#pure/uuid/uuid.js';

/** Decimal digits and nothing else, up to 2^53 - 1: a tree's size. Other text stays text, and is refused. */
function treeSize(value: unknown): unknown {
  return typeof value === 'string' && /^(?:0|[1-9]\d{0,15})$/.test(value) ? Number(value) : value;
}

export class InclusionQuery {
  @ApiProperty({ type: 'string', format: 'uuid', example: '019a94de-4b70-7c00-8000-000000000001', description: 'Id of an entry.' })
  @Matches(UUID, { message: 'entry must be a lower-case UUID' })
  entry!: string;
}

export class ConsistencyQuery {
  @ApiProperty({ type: 'integer', minimum: 1, example: 5, description: 'Size of the earlier tree.' })
  @Transform(({ value }) => treeSize(value))
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  from!: number;

  @ApiProperty({ type: 'integer', minimum: 1, example: 17, description: 'Size of the later tree, at most that of the last checkpoint.' })
  @Transform(({ value }) => treeSize(value))
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  to!: number;
}

export class Proof {
  @ApiProperty({ type: 'integer', example: 5, description: 'Inclusion: index of the leaf. Consistency: size of the earlier tree.' })
  from!: number;

  @ApiProperty({ type: 'integer', example: 17, description: 'Size of the tree that the proof leads to.' })
  size!: number;

  @ApiProperty({ type: [String], example: ['gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ='], description: 'Hashes of RFC 6962, base64.' })
  hashes!: string[];
}
