import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsString, Matches, MaxLength } from 'class-validator';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import type { OAuthClient } from '../../domain/oauth-client.js';
import { formatScopes, requestedScopes } from '../../domain/scope-request.js';
import { USERNAME_PATTERN } from '../../domain/username.js';
import type { ClientDraft } from '../../oauth/clients.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const CREATOR = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';

export class ClientDraftDto {
  @ApiProperty({ example: 'lab-notebook', pattern: USERNAME_PATTERN.source, description: 'Shown to people before they let it in.' })
  @IsString()
  @Matches(USERNAME_PATTERN, { message: '1 to 64 of a-z, 0-9, ".", "_", "@", "-", beginning with a letter or digit' })
  name!: string;

  @ApiProperty({ example: 'read:data run:simulation', description: 'The most that its sessions may be given, separated by single spaces: none that the own token has not.' })
  @IsString()
  @MaxLength(1024)
  scope!: string;

  @ApiPropertyOptional({ example: false, default: false, description: 'Whether its tokens are bound to a key that it proves the possession of (RFC 9449).' })
  @UnlessAbsent()
  @IsBoolean()
  dpopRequired?: boolean;
}

/** Throws `invalid-request`. */
export function clientDraftOf({ name, scope, dpopRequired = false }: ClientDraftDto): ClientDraft {
  return { name, scopes: requestedScopes(scope), dpopRequired };
}

export class ClientDto {
  @ApiProperty({ format: 'uuid', example: ID, description: 'Its `client_id`.' }) id!: string;
  @ApiProperty({ example: 'lab-notebook' }) name!: string;
  @ApiProperty({ example: 'read:data run:simulation' }) scope!: string;
  @ApiProperty({ example: false }) dpopRequired!: boolean;
  @ApiProperty({ enum: ['active', 'disabled'], example: 'active' }) status!: string;
  @ApiProperty({ example: false, description: 'It is a part of the product, and can only be disabled.' }) builtin!: boolean;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: CREATOR }) createdBy!: string | null;
}

export class ClientListDto {
  @ApiProperty({ type: [ClientDto], description: 'In order of creation; the product’s own first.' }) items!: ClientDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/clients?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export function clientDtoOf({ id, name, scopes, dpopRequired, status, createdAt, createdBy }: OAuthClient): ClientDto {
  return { id, name, scope: formatScopes(new Set(scopes)), dpopRequired, status, builtin: createdBy === null, createdAt: createdAt.toISOString(), createdBy };
}
