import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsString, Length, Matches, Max, Min } from 'class-validator';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import type { ClientSecret } from '../domain/account.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const CREATOR = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';
/** When nobody says for how long. */
export const LIFETIME_DAYS = 90;

export class CreateClientSecretDto {
  @ApiPropertyOptional({ example: 'calibration host', minLength: 1, maxLength: 100, description: 'For people: where it is used.' })
  @UnlessAbsent()
  @IsString()
  @Length(1, 100)
  // Shown in terminals of others: no line breaks and no escape sequences.
  @Matches(/^[^\p{Cc}\u2028\u2029]*$/u, { message: 'text without control characters' })
  label?: string;

  @ApiPropertyOptional({ type: 'integer', example: 30, minimum: 1, maximum: 365, default: LIFETIME_DAYS })
  @UnlessAbsent()
  @IsInt()
  @Min(1)
  @Max(365)
  lifetimeDays?: number;
}

export class ClientSecretDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ type: String, nullable: true, example: 'calibration host' }) label!: string | null;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) createdAt!: string;
  @ApiProperty({ format: 'uuid', example: CREATOR, description: 'The principal who made it, and has seen it.' }) createdBy!: string;
  @ApiProperty({ format: 'date-time', example: '2027-02-20T06:00:00.000Z', description: 'From this instant on it is refused.' }) expiresAt!: string;
}

export class NewClientSecretDto extends ClientSecretDto {
  @ApiProperty({ example: 'qcs_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gNdYcUIgK', description: 'Shown here and never again.' }) secret!: string;
}

export class ClientSecretListDto {
  @ApiProperty({ type: [ClientSecretDto], description: 'Oldest first; the expired for another 30 days.' }) items!: ClientSecretDto[];
}

export function clientSecretDtoOf({ id, label, createdAt, createdBy, expiresAt }: ClientSecret): ClientSecretDto {
  return { id, label, createdAt: createdAt.toISOString(), createdBy, expiresAt: expiresAt.toISOString() };
}
