import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, MaxLength, MinLength } from 'class-validator';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import type { Principal } from '#pure/principal/principal.js';
import type { User } from '../domain/account.js';
import { formatScopes } from '../domain/scope-request.js';
import type { IssuedToken } from '../token-issuer.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';

/** Bounds what is read at all; how long a password may be is said in code points by the policy. */
const PASSWORD_UNITS_MAX = 4096;

export class LoginDto {
  @ApiProperty({ example: 'alice', maxLength: 256 })
  @IsString()
  @MinLength(1)
  @MaxLength(256)
  username!: string;

  @ApiProperty({ example: 'seven grey geese under a bridge', maxLength: PASSWORD_UNITS_MAX, writeOnly: true })
  @IsString()
  @MinLength(1)
  @MaxLength(PASSWORD_UNITS_MAX)
  password!: string;

  @ApiPropertyOptional({ example: 'read:data run:simulation', description: 'What the token may be used for, separated by single spaces (RFC 6749 §3.3); everything when absent.' })
  @UnlessAbsent()
  @IsString()
  @MaxLength(1024)
  scope?: string;
}

export class CertificateLoginDto {
  @ApiPropertyOptional({ example: 'read:data run:simulation', description: 'What the token may be used for, separated by single spaces (RFC 6749 §3.3); everything when absent.' })
  @UnlessAbsent()
  @IsString()
  @MaxLength(1024)
  scope?: string;
}

/** The members of RFC 6749 §5.1. */
export class TokenDto {
  @ApiProperty({ example: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6Ii4uLiJ9.eyJpc3MiOiIuLi4ifQ.c2lnbmF0dXJl', description: 'Send it as `Authorization: Bearer …`, or `DPoP …` if that is its type.' }) access_token!: string;
  @ApiProperty({ enum: ['Bearer', 'DPoP'], example: 'Bearer', description: 'DPoP: bound to the key whose proof came with the request, and good with further proofs of it (RFC 9449).' }) token_type!: 'Bearer' | 'DPoP';
  @ApiProperty({ type: 'integer', example: 600, description: 'Seconds.' }) expires_in!: number;
  @ApiPropertyOptional({ example: 'qrt_7mYbP0s0bTqk1lZcXWqJ3uYF0l3oHqg2vR8nKjT5xYwEd9aBcDeF', description: 'Good for one exchange at `POST /v1/auth/refresh`; absent where the session is not refreshed.' }) refresh_token?: string;
  @ApiProperty({ example: 'read:data run:simulation' }) scope!: string;
}

export function tokenDtoOf({ accessToken, tokenType, expiresInSeconds, refreshToken, scopes }: IssuedToken): TokenDto {
  return { access_token: accessToken, token_type: tokenType, expires_in: expiresInSeconds, ...(refreshToken === null ? {} : { refresh_token: refreshToken }), scope: formatScopes(scopes) };
}

export class ChangePasswordDto {
  @ApiProperty({ example: '8x2kq-0v5nd-7hj3w-c9tza-4mger', maxLength: PASSWORD_UNITS_MAX, writeOnly: true })
  @IsString()
  @MinLength(1)
  @MaxLength(PASSWORD_UNITS_MAX)
  currentPassword!: string;

  @ApiProperty({ example: 'seven grey geese under a bridge', description: '15 to 1024 characters; not a common password, not made of the account’s or the product’s name.', maxLength: PASSWORD_UNITS_MAX, writeOnly: true })
  @IsString()
  @MaxLength(PASSWORD_UNITS_MAX)
  newPassword!: string;
}

export class AccountDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ enum: ['user', 'service'], example: 'user' }) kind!: string;
  @ApiProperty({ type: String, nullable: true, example: 'alice', description: 'Null for a service account.' }) username!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'Alice Smith' }) displayName!: string | null;
  @ApiProperty({ example: false, description: 'When true, only the routes of the own account are open.' }) mustChangePassword!: boolean;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: ID }) sessionId!: string | null;
  @ApiProperty({ example: 'read:data run:simulation' }) scope!: string;
  @ApiProperty({ enum: ['aal1', 'aal2', 'aal3'], example: 'aal1' }) assurance!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) authenticatedAt!: string;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: null, description: 'The one project that the token is for.' }) projectId!: string | null;
}

export function accountDtoOf(principal: Principal, user: User | null): AccountDto {
  return {
    id: principal.id,
    kind: principal.kind,
    username: user?.username ?? null,
    displayName: user?.displayName ?? null,
    mustChangePassword: principal.mustChangePassword,
    sessionId: principal.sessionId,
    scope: formatScopes(principal.scopes),
    assurance: principal.assurance,
    authenticatedAt: new Date(principal.authenticatedAtSeconds * 1000).toISOString(),
    projectId: principal.projectId,
  };
}
