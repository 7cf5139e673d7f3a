import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Length, Matches, MaxLength, MinLength } from 'class-validator';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import { USERNAME_PATTERN } from '../../domain/username.js';
import type { MadeResetLink } from '../../passwords/reset-links.js';

/** Bounds what is read at all; how long a password may be is said in code points by the policy. */
const PASSWORD_UNITS_MAX = 4096;
const TOKEN_UNITS_MAX = 256;
const PASSWORD = '15 to 1024 characters; not one that is known from leaks, not made of the account’s or the product’s name.';

export class AcceptInviteDto {
  @ApiProperty({ example: 'qiv_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gNdYcUIgK', description: 'What stands behind the # of the link.', maxLength: TOKEN_UNITS_MAX, writeOnly: true })
  @IsString()
  @MaxLength(TOKEN_UNITS_MAX)
  token!: string;

  @ApiProperty({ example: 'seven grey geese under a bridge', description: PASSWORD, maxLength: PASSWORD_UNITS_MAX, writeOnly: true })
  @IsString()
  @MaxLength(PASSWORD_UNITS_MAX)
  password!: string;
}

export class RegisterDto {
  @ApiProperty({ example: 'alice', pattern: USERNAME_PATTERN.source })
  @IsString()
  @Matches(USERNAME_PATTERN, { message: '1 to 64 of a-z, 0-9, ".", "_", "@", "-", beginning with a letter or digit' })
  username!: string;

  @ApiProperty({ example: 'seven grey geese under a bridge', description: PASSWORD, maxLength: PASSWORD_UNITS_MAX, writeOnly: true })
  @IsString()
  @MaxLength(PASSWORD_UNITS_MAX)
  password!: string;

  @ApiPropertyOptional({ example: 'Alice Smith', minLength: 1, maxLength: 200 })
  @UnlessAbsent()
  @IsString()
  @Length(1, 200)
  @Matches(/^[^\p{Cc}\u2028\u2029]*$/u, { message: 'text without control characters' })
  displayName?: string;
}

export class NewAccountDto {
  @ApiProperty({ format: 'uuid', example: '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10' }) id!: string;
  @ApiProperty({ example: 'alice', description: 'What to log in with.' }) username!: string;
}

export class RequestResetDto {
  @ApiProperty({ example: 'alice', maxLength: 256 })
  @IsString()
  @MinLength(1)
  @MaxLength(256)
  username!: string;
}

export class ResetPasswordDto {
  @ApiProperty({ example: 'qpr_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gNdYcUIgK', description: 'What stands behind the # of the link.', maxLength: TOKEN_UNITS_MAX, writeOnly: true })
  @IsString()
  @MaxLength(TOKEN_UNITS_MAX)
  token!: string;

  @ApiProperty({ example: 'seven grey geese under a bridge', description: `${PASSWORD} 8 characters are enough for an account with a second factor.`, maxLength: PASSWORD_UNITS_MAX, writeOnly: true })
  @IsString()
  @MaxLength(PASSWORD_UNITS_MAX)
  newPassword!: string;
}

export class ResetLinkDto {
  @ApiProperty({ type: String, nullable: true, example: 'https://quantonium.example/password-reset#qpr_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gNdYcUIgK', description: 'Shown here and never again; null when it was mailed to the account’s address.' }) link!: string | null;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:30:00.000Z', description: 'From this instant on it is refused.' }) expiresAt!: string;
}

export function resetLinkDtoOf({ link, expiresAt }: MadeResetLink): ResetLinkDto {
  return { link, expiresAt: expiresAt.toISOString() };
}
