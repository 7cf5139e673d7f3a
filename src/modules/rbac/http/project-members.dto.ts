import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsString, Matches, ValidateNested } from 'class-validator';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import type { ProjectMember } from '../project-members.js';
import { roleBindingDto, RoleBindingDto } from './role-binding.dto.js';

const SUBJECT = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';
const PROJECT = '01900000-0000-7000-8000-000000000001';
const ROLES_MAX = 16;

export class MemberRoleDto {
  @ApiProperty({ example: 'researcher', description: 'The id or name of a role.' })
  @IsString()
  @Matches(/^[a-z0-9-]{1,63}$/)
  role!: string;

  @ApiPropertyOptional({ format: 'date-time', example: '2027-01-01T00:00:00Z', description: 'From this instant on, it gives nothing.' })
  @UnlessAbsent()
  @IsString()
  @Matches(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/)
  expiresAt?: string;
}

export class PutMemberDto {
  @ApiProperty({ type: [MemberRoleDto], minItems: 1, maxItems: ROLES_MAX, description: 'All the roles that the subject is to have in the project; those that it has and that are not named are taken away.' })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(ROLES_MAX)
  @ValidateNested({ each: true })
  @Type(() => MemberRoleDto)
  roles!: MemberRoleDto[];
}

export class ProjectMemberDto {
  @ApiProperty({ format: 'uuid', example: SUBJECT, description: 'A user or service account.' }) subjectId!: string;
  @ApiProperty({ type: [RoleBindingDto], description: 'What it was given in this project, oldest first. Roles that it has globally are not among them.' }) bindings!: RoleBindingDto[];
}

export class ProjectMemberListDto {
  @ApiProperty({ type: [ProjectMemberDto], description: 'By subject.' }) items!: ProjectMemberDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/projects/${PROJECT}/members?limit=50&cursor=${SUBJECT}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export function projectMemberDto({ subjectId, bindings }: ProjectMember): ProjectMemberDto {
  return { subjectId, bindings: bindings.map(roleBindingDto) };
}
