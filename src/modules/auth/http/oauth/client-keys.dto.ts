import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsObject, IsString, Length, Matches, Max, Min } from 'class-validator';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import type { ClientKey } from '../../domain/oauth-client.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const CREATOR = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';
const JWK = { kty: 'EC', crv: 'P-256', x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0', alg: 'ES256', kid: '2026-11' };
/** When nobody says for how long. */
export const KEY_LIFETIME_DAYS = 365;

export class CreateClientKeyDto {
  @ApiProperty({ type: 'object', additionalProperties: true, example: JWK, description: 'The public key (RFC 7517): EC P-256 for ES256, Ed25519 for EdDSA, or RSA of 2048 to 4096 bits with `alg` RS256 or PS256. No private member, and no certificate.' })
  @IsObject()
  jwk!: Record<string, unknown>;

  @ApiPropertyOptional({ example: 'calibration host', minLength: 1, maxLength: 100, description: 'For people: where it is used.' })
  @UnlessAbsent()
  @IsString()
  @Length(1, 100)
  // Shown in terminals of others: no line breaks and no escape sequences.
  @Matches(/^[^\p{Cc}\u2028\u2029]*$/u, { message: 'text without control characters' })
  label?: string;

  @ApiPropertyOptional({ type: 'integer', example: 365, minimum: 1, maximum: 730, default: KEY_LIFETIME_DAYS })
  @UnlessAbsent()
  @IsInt()
  @Min(1)
  @Max(730)
  lifetimeDays?: number;
}

export class ClientKeyDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ example: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U', description: 'RFC 7638: a `kid` that assertions may always name.' }) thumbprint!: string;
  @ApiProperty({ type: String, nullable: true, example: '2026-11', description: 'The `kid` that it was given with.' }) kid!: string | null;
  @ApiProperty({ enum: ['ES256', 'EdDSA', 'RS256', 'PS256'], example: 'ES256', description: 'The one algorithm that it is good for.' }) algorithm!: string;
  @ApiProperty({ type: String, nullable: true, example: 'calibration host' }) label!: string | null;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) createdAt!: string;
  @ApiProperty({ format: 'uuid', example: CREATOR, description: 'The principal who gave it to the account.' }) createdBy!: string;
  @ApiProperty({ format: 'date-time', example: '2027-11-22T06:00:00.000Z', description: 'From this instant on it is refused.' }) expiresAt!: string;
}

export class ClientKeyListDto {
  @ApiProperty({ type: [ClientKeyDto], description: 'Oldest first; the expired for another 30 days.' }) items!: ClientKeyDto[];
}

export function clientKeyDtoOf({ id, thumbprint, kid, algorithm, label, createdAt, createdBy, expiresAt }: ClientKey): ClientKeyDto {
  return { id, thumbprint, kid, algorithm, label, createdAt: createdAt.toISOString(), createdBy, expiresAt: expiresAt.toISOString() };
}
