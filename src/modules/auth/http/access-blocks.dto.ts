import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIP } from 'class-validator';
import { PagingDto } from '#platform/http/paging.dto.js';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import type { SourceBlock } from '../domain/source-block.js';

const ID = '01981b7e-7a10-7f3c-8c2b-1d2e3f4a5b6c';
/** 96 bits of the digest, as the ledger shows its own. */
const SOURCE_BYTES = 12;

export class AccessBlockQueryDto extends PagingDto {
  @ApiPropertyOptional({ example: '192.0.2.7', description: 'Only the block of this address; of IPv6, of its /64.' })
  @UnlessAbsent()
  @IsIP()
  address?: string;
}

export class AccessBlockDto {
  @ApiProperty({ format: 'uuid', example: ID, description: 'The entry of the ledger about it has this as its target; in it, for who may read personal data, stands the address.' }) id!: string;
  @ApiProperty({ example: '3q2-796tvu_erb7v', description: 'A keyed digest of the address (of IPv6, of its /64): the same for each block of it.' }) source!: string;
  @ApiProperty({ type: 'integer', example: 2, description: 'How many times in a row it went on after it had been refused.' }) offences!: number;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) beganAt!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:02:00.000Z', description: 'It ends by itself.' }) endsAt!: string;
}

export class AccessBlockListDto {
  @ApiProperty({ type: [AccessBlockDto], description: 'Those in force, oldest first.' }) items!: AccessBlockDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/access/blocks?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export function accessBlockDtoOf({ id, source, offences, beganAt, endsAt }: SourceBlock): AccessBlockDto {
  return { id, source: source.subarray(0, SOURCE_BYTES).toString('base64url'), offences, beganAt: beganAt.toISOString(), endsAt: endsAt.toISOString() };
}
