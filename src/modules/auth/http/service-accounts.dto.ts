import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsString, Matches } from 'class-validator';
import { PagingDto } from '#platform/http/paging.dto.js';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import { UUID } from '#pure/uuid/uuid.js';
import type { ServiceAccount } from '../domain/account.js';
import { USERNAME_PATTERN } from '../domain/username.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const OWNER = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';

const NAME_RULE = '1 to 64 of a-z, 0-9, ".", "_", "@", "-", beginning with a letter or digit';
const BOUND = 'Whether each token of it is bound to a key whose possession it proves (RFC 9449), or to its client certificate (RFC 8705).';

export class CreateServiceAccountDto {
  @ApiProperty({ example: 'nightly-calibration', pattern: USERNAME_PATTERN.source })
  @IsString()
  @Matches(USERNAME_PATTERN, { message: NAME_RULE })
  name!: string;

  @ApiPropertyOptional({ example: false, default: false, description: BOUND })
  @UnlessAbsent()
  @IsBoolean()
  dpopRequired?: boolean;
}

/** What is absent stays as it is. */
export class UpdateServiceAccountDto {
  @ApiPropertyOptional({ example: 'nightly-calibration', pattern: USERNAME_PATTERN.source })
  @UnlessAbsent()
  @IsString()
  @Matches(USERNAME_PATTERN, { message: NAME_RULE })
  name?: string;

  @ApiPropertyOptional({ example: true, description: BOUND })
  @UnlessAbsent()
  @IsBoolean()
  dpopRequired?: boolean;
}

export class HandOverDto {
  @ApiProperty({ format: 'uuid', example: OWNER, description: 'A user with an active account.' })
  @IsString()
  @Matches(UUID)
  ownerId!: string;
}

export class ServiceAccountQueryDto extends PagingDto {
  @ApiPropertyOptional({ enum: ['active', 'disabled'], example: 'active', description: 'Only those in this state.' })
  @UnlessAbsent()
  @IsIn(['active', 'disabled'])
  status?: 'active' | 'disabled';

  @ApiPropertyOptional({ example: 'nightly-calibration', pattern: USERNAME_PATTERN.source, description: 'Only the one of exactly this name.' })
  @UnlessAbsent()
  @Matches(USERNAME_PATTERN)
  name?: string;

  @ApiPropertyOptional({ format: 'uuid', example: OWNER, description: 'Only those that this person answers for.' })
  @UnlessAbsent()
  @Matches(UUID)
  ownerId?: string;
}

export class ServiceAccountDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ example: 'nightly-calibration' }) name!: string;
  @ApiProperty({ enum: ['active', 'disabled'], example: 'active' }) status!: string;
  @ApiProperty({ format: 'uuid', example: OWNER, description: 'The person who answers for it: it may do nothing that they may not.' }) ownerId!: string;
  @ApiProperty({ enum: ['active', 'disabled'], example: 'active', description: 'While its owner is disabled, the account may do nothing.' }) ownerStatus!: string;
  @ApiProperty({ example: false, description: 'Whether it is given nothing that is not bound to a key or a certificate which it has.' }) dpopRequired!: boolean;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: OWNER, description: 'Who made the account: a user or another service account.' }) createdBy!: string | null;
}

export class ServiceAccountListDto {
  @ApiProperty({ type: [ServiceAccountDto], description: 'In order of creation.' }) items!: ServiceAccountDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/service-accounts?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export function serviceAccountDtoOf(account: ServiceAccount): ServiceAccountDto {
  return { id: account.id, name: account.name, status: account.status, ownerId: account.ownerId, ownerStatus: account.ownerStatus, dpopRequired: account.dpopRequired, createdAt: account.createdAt.toISOString(), createdBy: account.createdBy };
}
