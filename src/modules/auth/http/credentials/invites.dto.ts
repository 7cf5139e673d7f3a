import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, IsString, Length, Matches, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Invite, INVITE_LIFETIME_HOURS, INVITE_LIFETIME_HOURS_MAX, INVITE_ROLES_MAX } from '../../domain/invite.js';
import { USERNAME_PATTERN } from '../../domain/username.js';
import type { MadeInvite, NewInvite, WantedRole } from '../../invites/invites.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const INVITER = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';
const SCOPE = /^(?:global|project:[a-z0-9-]{1,63})$/;
/** RFC 3339 in UTC, to the second or the millisecond. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/;
/** As HTML has it: what mail servers take, and nothing that could end a header or an envelope. */
export const EMAIL = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,186}[A-Za-z0-9])?$/;

export class InvitedRoleDto {
  @ApiProperty({ example: 'researcher', description: 'The id or name of a role.' })
  @IsString()
  @Matches(/^[a-z0-9-]{1,63}$/)
  role!: string;

  @ApiProperty({ example: 'project:default', description: '`global`, or `project:` with the id or slug of a project.' })
  @IsString()
  @Matches(SCOPE)
  scope!: string;

  @ApiPropertyOptional({ format: 'date-time', example: '2027-01-01T00:00:00Z', description: 'From this instant on, it gives nothing.' })
  @UnlessAbsent()
  @IsString()
  @Matches(INSTANT)
  expiresAt?: string;
}

export class CreateInviteDto {
  @ApiProperty({ example: 'alice', pattern: USERNAME_PATTERN.source, description: 'What the account will be called.' })
  @IsString()
  @Matches(USERNAME_PATTERN, { message: '1 to 64 of a-z, 0-9, ".", "_", "@", "-", beginning with a letter or digit' })
  username!: string;

  @ApiPropertyOptional({ example: 'Alice Smith', minLength: 1, maxLength: 200 })
  @UnlessAbsent()
  @IsString()
  @Length(1, 200)
  @Matches(/^[^\p{Cc}\u2028\u2029]*$/u, { message: 'text without control characters' })
  displayName?: string;

  @ApiPropertyOptional({ example: 'alice@example.com', maxLength: 254, description: 'Where the link goes, if this server sends mail; and later links to the account, which nobody but an administrator leads elsewhere.' })
  @UnlessAbsent()
  @IsString()
  @MaxLength(254)
  @Matches(EMAIL, { message: 'an e-mail address' })
  email?: string;

  @ApiPropertyOptional({ type: [InvitedRoleDto], maxItems: INVITE_ROLES_MAX, description: 'The roles that the account will have: none that the caller could not give by this token, now and at the acceptance. None when absent.' })
  @UnlessAbsent()
  @IsArray()
  @ArrayMaxSize(INVITE_ROLES_MAX)
  @ValidateNested({ each: true })
  @Type(() => InvitedRoleDto)
  roles?: InvitedRoleDto[];

  @ApiPropertyOptional({ type: 'integer', example: 24, minimum: 1, maximum: INVITE_LIFETIME_HOURS_MAX, default: INVITE_LIFETIME_HOURS })
  @UnlessAbsent()
  @IsInt()
  @Min(1)
  @Max(INVITE_LIFETIME_HOURS_MAX)
  lifetimeHours?: number;
}

export class PromisedRoleDto {
  @ApiProperty({ example: 'researcher' }) role!: string;
  @ApiProperty({ example: 'project:01900000-0000-7000-8000-000000000001' }) scope!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2027-01-01T00:00:00.000Z' }) expiresAt!: string | null;
}

export class InviteDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ example: 'alice' }) username!: string;
  @ApiProperty({ type: String, nullable: true, example: 'Alice Smith' }) displayName!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'alice@example.com' }) email!: string | null;
  @ApiProperty({ type: [PromisedRoleDto], description: 'What it gives, if who invited can still give it.' }) roles!: PromisedRoleDto[];
  @ApiProperty({ format: 'uuid', example: INVITER, description: 'The principal who invited.' }) invitedBy!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) createdAt!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-25T06:00:00.000Z', description: 'From this instant on it is refused.' }) expiresAt!: string;
}

export class MadeInviteDto extends InviteDto {
  @ApiProperty({ type: String, nullable: true, example: 'https://quantonium.example/invite#qiv_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gNdYcUIgK', description: 'Shown here and never again; null when it was mailed. Whoever has it makes the account.' }) link!: string | null;
}

export class InviteListDto {
  @ApiProperty({ type: [InviteDto], description: 'In order of creation: those that wait, and for a week those that have expired.' }) items!: InviteDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/users/invites?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export function newInviteOf({ username, displayName, email, roles = [], lifetimeHours = INVITE_LIFETIME_HOURS }: CreateInviteDto): NewInvite {
  return { username, displayName: displayName ?? null, email: email ?? null, lifetimeHours, roles: roles.map(wantedRoleOf) };
}

function wantedRoleOf({ role, scope, expiresAt }: InvitedRoleDto, index: number): WantedRole {
  const instant = expiresAt === undefined ? null : new Date(expiresAt);
  // The pattern lets a 31st of June through, and Date moves it to July.
  if (instant !== null && (Number.isNaN(instant.getTime()) || instant.toISOString().slice(0, 19) !== expiresAt!.slice(0, 19))) {
    throw Fault.at(REQUEST_FAULTS['invalid-request'], `/roles/${index}/expiresAt`, 'wrong-format', 'an RFC 3339 instant in UTC');
  }
  return { role, project: scope === 'global' ? null : scope.slice('project:'.length), expiresAt: instant };
}

export function inviteDtoOf({ id, username, displayName, email, roles, invitedBy, createdAt, expiresAt }: Invite): InviteDto {
  return {
    id,
    username,
    displayName,
    email,
    roles: roles.map(({ roleId, projectId, expiresAt: end }) => ({ role: roleId, scope: projectId === null ? 'global' : `project:${projectId}`, expiresAt: end?.toISOString() ?? null })),
    invitedBy,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}

export function madeInviteDtoOf({ invite, link }: MadeInvite): MadeInviteDto {
  return { ...inviteDtoOf(invite), link };
}
