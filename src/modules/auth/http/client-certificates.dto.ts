import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Length, Matches, MaxLength } from 'class-validator';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import type { ClientCertificate } from '../domain/account.js';
import { CERTIFICATE_TEXT_MAX } from '../domain/presented-certificate.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const CREATOR = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';

export class CreateClientCertificateDto {
  @ApiProperty({ example: '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIBATAKBggqhkjOPQQDAjAcMRowGAYDVQQDDBFhdXRob3Jp\n-----END CERTIFICATE-----\n', maxLength: CERTIFICATE_TEXT_MAX, description: 'One X.509 certificate in PEM, of an authority that TLS_CLIENT_CA_FILE names.' })
  @IsString()
  @MaxLength(CERTIFICATE_TEXT_MAX)
  certificate!: string;

  @ApiPropertyOptional({ example: 'calibration host', minLength: 1, maxLength: 100, description: 'For people: where it is used.' })
  @UnlessAbsent()
  @IsString()
  @Length(1, 100)
  // Shown in terminals of others: no line breaks and no escape sequences.
  @Matches(/^[^\p{Cc}\u2028\u2029]*$/u, { message: 'text without control characters' })
  label?: string;
}

export class ClientCertificateDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ example: 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0', description: 'SHA-256 of the certificate in base64url: `x5t#S256` of RFC 8705 §3.1.' }) thumbprint!: string;
  @ApiProperty({ type: String, nullable: true, example: 'calibration host' }) label!: string | null;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) createdAt!: string;
  @ApiProperty({ format: 'uuid', example: CREATOR, description: 'The principal who gave it to the account.' }) createdBy!: string;
  @ApiProperty({ format: 'date-time', example: '2027-02-20T06:00:00.000Z', description: 'The end of the certificate itself.' }) expiresAt!: string;
}

export class ClientCertificateListDto {
  @ApiProperty({ type: [ClientCertificateDto], description: 'Oldest first; the expired for another 30 days.' }) items!: ClientCertificateDto[];
}

export function clientCertificateDtoOf({ id, thumbprint, label, createdAt, createdBy, expiresAt }: ClientCertificate): ClientCertificateDto {
  return { id, thumbprint, label, createdAt: createdAt.toISOString(), createdBy, expiresAt: expiresAt.toISOString() };
}
