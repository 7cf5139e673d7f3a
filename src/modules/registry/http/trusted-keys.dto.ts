import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, Length } from 'class-validator';
import { TRUSTED_KEY_KINDS, type TrustedKey, type TrustedKeyKind } from '../domain/trusted-key.js';
import { KEY, PROJECT } from './repositories.dto.js';

const PEM = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEs0tr+bUEGZvD7nnBVFQYuyZuVlsj\nAh8bvnlsYXUDsfVHbvu1pJTS7h9UrWyqhsNFvaGcPT0i1oy0UXzMDTYTAw==\n-----END PUBLIC KEY-----\n';

export class AddTrustedKeyDto {
  @ApiProperty({ example: 'Release signing, November 2026', minLength: 1, maxLength: 200, description: 'For people.' })
  @IsString()
  @Length(1, 200)
  label!: string;

  @ApiProperty({ enum: TRUSTED_KEY_KINDS, example: 'public-key', description: '`public-key` is for signatures of cosign, and Sigstore bundles; `certificate-authority` for Notation’s.' })
  @IsIn(TRUSTED_KEY_KINDS)
  kind!: TrustedKeyKind;

  @ApiProperty({ example: PEM, maxLength: 16_384, description: 'PEM: a public key (ECDSA, Ed25519, or RSA from 2048 bits), or an X.509 certificate.' })
  @IsString()
  @Length(1, 16_384)
  material!: string;
}

export class TrustedKeyDto {
  @ApiProperty({ format: 'uuid', example: KEY }) id!: string;
  @ApiProperty({ example: 'Release signing, November 2026' }) label!: string;
  @ApiProperty({ enum: TRUSTED_KEY_KINDS, example: 'public-key' }) kind!: TrustedKeyKind;
  @ApiProperty({ example: PEM, description: 'As it was given.' }) material!: string;
  @ApiProperty({ example: '5f'.repeat(32), description: 'SHA-256 of the key’s SPKI, or of the certificate, in hex.' }) fingerprint!: string;
  @ApiProperty({ example: '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f', description: 'The principal’s id.' }) addedBy!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-23T12:00:00.000Z' }) addedAt!: string;
}

export class TrustedKeyListDto {
  @ApiProperty({ type: [TrustedKeyDto], description: 'Oldest first.' }) items!: TrustedKeyDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/registry/projects/${PROJECT}/keys?limit=50&cursor=${KEY}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export function trustedKeyDto({ id, label, kind, material, fingerprint, addedBy, addedAt }: TrustedKey): TrustedKeyDto {
  return { id, label, kind, material, fingerprint, addedBy, addedAt: addedAt.toISOString() };
}
