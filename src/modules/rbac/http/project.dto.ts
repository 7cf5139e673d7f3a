import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import type { Project } from '../domain/project.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';

export class CreateProjectDto {
  @ApiProperty({ example: 'error-correction', pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$', description: 'Names the project in requests and image names; never changes.' })
  @IsString()
  @Matches(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
  slug!: string;

  @ApiProperty({ example: 'Error correction', minLength: 1, maxLength: 200, description: 'For people.' })
  @IsString()
  @Length(1, 200)
  name!: string;
}

export class UpdateProjectDto {
  @ApiProperty({ example: 'Error correction', minLength: 1, maxLength: 200, description: 'For people. The slug never changes.' })
  @IsString()
  @Length(1, 200)
  name!: string;
}

export class ProjectDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ example: 'error-correction' }) slug!: string;
  @ApiProperty({ example: 'Error correction' }) name!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null, description: 'From then on nothing new is made in it, and what is there can be read and taken away; null while it is in use.' }) archivedAt!: string | null;
  @ApiProperty({ example: true, description: 'Whether what cannot be undone takes a second person there (`PUT /v1/projects/:id/approvals`).' }) approvalsRequired!: boolean;
}

export class ProjectListDto {
  @ApiProperty({ type: [ProjectDto], description: 'Oldest first; those that the caller may see.' }) items!: ProjectDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/projects?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export function projectDto({ id, slug, name, createdAt, archivedAt, approvalsRequired }: Project): ProjectDto {
  return { id, slug, name, createdAt: createdAt.toISOString(), archivedAt: archivedAt?.toISOString() ?? null, approvalsRequired };
}
