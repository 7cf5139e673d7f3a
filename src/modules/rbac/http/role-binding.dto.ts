import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Matches } from 'class-validator';
import { PagingDto } from '#platform/http/paging.dto.js';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { UUID } from '#pure/uuid/uuid.js';
import { formatScope, type RoleBinding } from '../domain/role-binding.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const SUBJECT = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';
const SCOPE = /^(?:global|project:[a-z0-9-]{1,63})$/;
/** RFC 3339 in UTC, to the second or the millisecond. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/;

export class CreateRoleBindingDto {
  @ApiProperty({ format: 'uuid', example: SUBJECT, description: 'The user or service account.' })
  @IsString()
  @Matches(UUID)
  subjectId!: string;

  @ApiProperty({ example: 'researcher', description: 'The id or name of a role.' })
  @IsString()
  @Matches(/^[a-z0-9-]{1,63}$/)
  role!: string;

  @ApiProperty({ example: 'project:default', description: '`global`, or `project:` with the id or slug of a project.' })
  @IsString()
  @Matches(SCOPE)
  scope!: string;

  @ApiPropertyOptional({ format: 'date-time', example: '2027-01-01T00:00:00Z', description: 'From this instant on, the binding gives nothing.' })
  @UnlessAbsent()
  @IsString()
  @Matches(INSTANT)
  expiresAt?: string;
}

export class RoleBindingQueryDto extends PagingDto {
  @ApiPropertyOptional({ format: 'uuid', example: SUBJECT })
  @UnlessAbsent()
  @Matches(UUID)
  subjectId?: string;

  @ApiPropertyOptional({ example: 'researcher' })
  @UnlessAbsent()
  @Matches(/^[a-z0-9-]{1,63}$/)
  role?: string;
}

export class RoleBindingDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ format: 'uuid', example: SUBJECT }) subjectId!: string;
  @ApiProperty({ example: 'researcher' }) role!: string;
  @ApiProperty({ example: 'project:01900000-0000-7000-8000-000000000001' }) scope!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2027-01-01T00:00:00.000Z' }) expiresAt!: string | null;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) createdAt!: string;
  @ApiProperty({ example: SUBJECT, description: 'The principal who bound it, or the component that did (`bootstrap`).' }) createdBy!: string;
}

export class RoleBindingListDto {
  @ApiProperty({ type: [RoleBindingDto], description: 'Oldest first; those in scopes where the caller may see them.' }) items!: RoleBindingDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/role-bindings?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export function roleBindingDto({ id, subjectId, roleId, projectId, expiresAt, createdAt, createdBy }: RoleBinding): RoleBindingDto {
  return { id, subjectId, role: roleId, scope: formatScope(projectId), expiresAt: expiresAt?.toISOString() ?? null, createdAt: createdAt.toISOString(), createdBy };
}

/** The pattern lets a 31st of June through, and Date moves it to July: only an instant that reads back as written is one. */
export function parseInstant(text: string): Date {
  const instant = new Date(text);
  if (!Number.isNaN(instant.getTime()) && instant.toISOString().slice(0, 19) === text.slice(0, 19)) return instant;
  throw Fault.at(REQUEST_FAULTS['invalid-request'], '/expiresAt', 'wrong-format', 'an RFC 3339 instant in UTC');
}

/** The reference to a project, or null for the global scope. */
export function projectReferenceIn(scope: string): string | null {
  return scope === 'global' ? null : scope.slice('project:'.length);
}
