import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches } from 'class-validator';
import type { ServiceAccount } from '../domain/account.js';
import { USERNAME_PATTERN } from '../domain/username.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';

export class CreateServiceAccountDto {
  @ApiProperty({ example: 'nightly-calibration', pattern: USERNAME_PATTERN.source })
  @IsString()
  @Matches(USERNAME_PATTERN, { message: '1 to 64 of a-z, 0-9, ".", "_", "@", "-", beginning with a letter or digit' })
  name!: string;
}

export class ServiceAccountDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ example: 'nightly-calibration' }) name!: string;
  @ApiProperty({ enum: ['active', 'disabled'], example: 'active' }) status!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) createdAt!: string;
}

export class ServiceAccountListDto {
  @ApiProperty({ type: [ServiceAccountDto], description: 'In order of creation.' }) items!: ServiceAccountDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/service-accounts?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export function serviceAccountDtoOf(account: ServiceAccount): ServiceAccountDto {
  return { id: account.id, name: account.name, status: account.status, createdAt: account.createdAt.toISOString() };
}
