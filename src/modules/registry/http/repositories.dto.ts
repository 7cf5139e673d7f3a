import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { PagingDto } from '#platform/http/paging.dto.js';
import type { ListedManifest, ListedTag, ManifestDetail, Repository } from '../domain/inventory.js';
import { MANIFEST_STATES } from '../domain/manifest-state.js';

export const REPOSITORY = '01981b7e-a1c0-7f31-8c42-6d7e8f9a0b1c';
export const PROJECT = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const PERSON = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';
export const KEY = '01981b7e-b2d1-7a42-9d53-7e8f9a0b1c2d';
export const DIGEST = `sha256:${'2c'.repeat(32)}`;
const SIGNATURE = `sha256:${'9f'.repeat(32)}`;
const TIME = '2026-11-23T12:00:00.000Z';
const IMAGE = 'application/vnd.oci.image.manifest.v1+json';

export class RepositoryQueryDto extends PagingDto {
  @ApiPropertyOptional({ example: 'error-correction', description: 'Only of this project, by id or slug.' })
  @IsOptional()
  @Matches(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
  project?: string;
}

export class RepositoryDto {
  @ApiProperty({ format: 'uuid', example: REPOSITORY }) id!: string;
  @ApiProperty({ format: 'uuid', example: PROJECT }) projectId!: string;
  @ApiProperty({ example: 'error-correction/decoder', description: 'As clients pull from it: the project’s slug, and what follows it.' }) name!: string;
  @ApiProperty({ format: 'date-time', example: TIME, description: 'When something was pushed to it first.' }) createdAt!: string;
}

export class RepositoryListDto {
  @ApiProperty({ type: [RepositoryDto], description: 'Oldest first; those that the caller may pull from.' }) items!: RepositoryDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/registry/repositories?limit=50&cursor=${REPOSITORY}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export class ManifestDto {
  @ApiProperty({ example: DIGEST }) digest!: string;
  @ApiProperty({ example: IMAGE }) mediaType!: string;
  @ApiProperty({ type: String, nullable: true, example: 'application/vnd.oci.image.config.v1+json', description: 'Its own, else that of its config.' }) artifactType!: string | null;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'The digest of what it is about.' }) subject!: string | null;
  @ApiProperty({ example: false, description: 'It says something about another manifest and cannot be run: a signature, a bill of materials, a report. It is given out whatever its state is, unless it was revoked.' }) isEvidence!: boolean;
  @ApiProperty({ type: 'integer', example: 1183, description: 'Of the manifest itself.' }) sizeBytes!: number;
  @ApiProperty({ type: 'integer', example: 52428800, description: 'Of what it names: its config and layers.' }) contentBytes!: number;
  @ApiProperty({ enum: MANIFEST_STATES, example: 'released' }) state!: string;
  @ApiProperty({ type: String, nullable: true, example: 'Passed the acceptance run of 23 November.', description: 'As it was given, or what an evaluation found missing.' }) stateReason!: string | null;
  @ApiProperty({ format: 'date-time', example: TIME }) stateSince!: string;
  @ApiProperty({ example: true, description: 'Whether it was held against the policy, its keys and what refers to it as they are now. What is `verified` and was not counts as `quarantined`.' }) isEvaluated!: boolean;
  @ApiProperty({ type: 'integer', example: 3, description: 'Counts changes of the state; the ETag.' }) version!: number;
  @ApiProperty({ example: PERSON, description: 'The principal’s id.' }) pushedBy!: string;
  @ApiProperty({ format: 'date-time', example: TIME }) pushedAt!: string;
  @ApiProperty({ type: [String], example: ['latest', 'v1.2.0'], description: 'That point to it; a hundred at most.' }) tags!: readonly string[];
}

export class ManifestListDto {
  @ApiProperty({ type: [ManifestDto], description: 'In the order of their digests.' }) items!: ManifestDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/registry/repositories/${REPOSITORY}/manifests?limit=50&cursor=c2hhMjU2OjJj`, description: 'The next page; null on the last.' }) next!: string | null;
}

export class ReferrerDto {
  @ApiProperty({ example: SIGNATURE }) digest!: string;
  @ApiProperty({ example: IMAGE }) mediaType!: string;
  @ApiProperty({ type: String, nullable: true, example: 'application/spdx+json' }) artifactType!: string | null;
}

export class FoundSignatureDto {
  @ApiProperty({ example: SIGNATURE, description: 'Of the manifest that holds the signature.' }) manifestDigest!: string;
  @ApiProperty({ format: 'uuid', example: KEY, description: 'The project’s key or authority that it was made under.' }) trustedKeyId!: string;
  @ApiProperty({ enum: ['cosign', 'sigstore-bundle', 'notation'], example: 'cosign' }) format!: string;
  @ApiProperty({ format: 'date-time', example: TIME }) verifiedAt!: string;
}

export class ManifestDetailDto extends ManifestDto {
  @ApiProperty({ type: [ReferrerDto], description: 'What says that it is about this manifest, by digest; a hundred at most.' }) referrers!: ReferrerDto[];
  @ApiProperty({ type: [FoundSignatureDto], description: 'Those that were found good at the last evaluation.' }) signatures!: FoundSignatureDto[];
}

export class TagDto {
  @ApiProperty({ example: 'v1.2.0' }) name!: string;
  @ApiProperty({ example: DIGEST, description: 'What it points to.' }) digest!: string;
  @ApiProperty({ type: 'integer', example: 2, description: 'Grows with each move; no number is given twice, to whatever tag.' }) version!: number;
  @ApiProperty({ example: PERSON, description: 'The principal’s id.' }) movedBy!: string;
  @ApiProperty({ format: 'date-time', example: TIME }) movedAt!: string;
}

export class TagListDto {
  @ApiProperty({ type: [TagDto], description: 'Sorted by name.' }) items!: TagDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/registry/repositories/${REPOSITORY}/tags?limit=50&cursor=djEuMi4w`, description: 'The next page; null on the last.' }) next!: string | null;
}

export function repositoryDto({ id, projectId, name, createdAt }: Repository): RepositoryDto {
  return { id, projectId, name, createdAt: createdAt.toISOString() };
}

export function manifestDto({ stateSince, pushedAt, ...manifest }: ListedManifest): ManifestDto {
  return { ...manifest, stateSince: stateSince.toISOString(), pushedAt: pushedAt.toISOString() };
}

export function manifestDetailDto({ referrers, signatures, ...manifest }: ManifestDetail): ManifestDetailDto {
  return { ...manifestDto(manifest), referrers: [...referrers], signatures: signatures.map(({ verifiedAt, ...signature }) => ({ ...signature, verifiedAt: verifiedAt.toISOString() })) };
}

export function tagDto({ movedAt, ...tag }: ListedTag): TagDto {
  return { ...tag, movedAt: movedAt.toISOString() };
}
