import { ApiProperty, ApiPropertyOptional, IntersectionType, OmitType, PartialType, PickType } from '@nestjs/swagger';
import { IsIn, IsString, Length, Matches, MaxLength, ValidateIf } from 'class-validator';
import { PagingDto } from '#platform/http/paging.dto.js';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import { USERNAME_PATTERN } from '../domain/username.js';
import type { User } from '../domain/account.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';

export class CreateUserDto {
  @ApiProperty({ example: 'alice', pattern: USERNAME_PATTERN.source })
  @IsString()
  @Matches(USERNAME_PATTERN, { message: '1 to 64 of a-z, 0-9, ".", "_", "@", "-", beginning with a letter or digit' })
  username!: string;

  @ApiPropertyOptional({ example: 'seven grey geese under a bridge', description: 'To be changed at the first login. Without it a one-time password is made and shown once.', writeOnly: true })
  @UnlessAbsent()
  @IsString()
  @MaxLength(4096)
  password?: string;

  @ApiPropertyOptional({ example: 'Alice Smith', minLength: 1, maxLength: 200 })
  @UnlessAbsent()
  @IsString()
  @Length(1, 200)
  // Shown in terminals and logs of others: no line breaks and no escape sequences.
  @Matches(/^[^\p{Cc}\u2028\u2029]*$/u, { message: 'text without control characters' })
  displayName?: string;
}

export class UpdateUserDto {
  @ApiProperty({ type: String, nullable: true, example: 'Alice Smith', minLength: 1, maxLength: 200, description: 'What others see beside the username; null takes it away.' })
  @ValidateIf((_, value: unknown) => value !== null)
  @IsString()
  @Length(1, 200)
  @Matches(/^[^\p{Cc}\u2028\u2029]*$/u, { message: 'text without control characters' })
  displayName!: string | null;
}

export class UserQueryDto extends PagingDto {
  @ApiPropertyOptional({ enum: ['active', 'disabled'], example: 'active', description: 'Only those in this state.' })
  @UnlessAbsent()
  @IsIn(['active', 'disabled'])
  status?: 'active' | 'disabled';

  @ApiPropertyOptional({ example: 'alice', pattern: USERNAME_PATTERN.source, description: 'Only the one of exactly this name.' })
  @UnlessAbsent()
  @Matches(USERNAME_PATTERN)
  username?: string;
}

export class UserDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ example: 'alice' }) username!: string;
  @ApiProperty({ type: String, nullable: true, example: 'Alice Smith' }) displayName!: string | null;
  @ApiProperty({ enum: ['active', 'disabled'], example: 'active' }) status!: string;
  @ApiProperty({ example: true }) mustChangePassword!: boolean;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: ID, description: 'Who made the account; null for one that the first start or a recovery made.' }) createdBy!: string | null;
}

export class CreatedUserDto extends UserDto {
  @ApiPropertyOptional({ example: '8x2kq-0v5nd-7hj3w-c9tza-4mger', description: 'Shown in this answer and never again; absent when a password was given.' }) oneTimePassword?: string;
}

/** Without what the caller's roles keep back. */
export class ShownUserDto extends IntersectionType(PickType(UserDto, ['id']), PartialType(OmitType(UserDto, ['id']))) {}

export class UserListDto {
  @ApiProperty({ type: [ShownUserDto], description: 'In order of creation.' }) items!: ShownUserDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/users?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export function userDtoOf(user: User): UserDto {
  return {
    id: user.id,
    username: user.username,
    displayName: user.displayName,
    status: user.status,
    mustChangePassword: user.mustChangePassword,
    createdAt: user.createdAt.toISOString(),
    createdBy: user.createdBy,
  };
}
