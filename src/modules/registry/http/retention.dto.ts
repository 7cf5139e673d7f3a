import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import type { RetentionReport } from '../domain/retention-report.js';
import type { UpkeepRun } from '../domain/upkeep-run.js';
import { DIGEST, PROJECT } from './repositories.dto.js';

export const RUN = '01981b7e-c3d2-7e54-8f65-9a0b1c2d3e4f';
const TIME = '2026-11-23T12:00:00.000Z';

export class StartRetentionRunDto {
  @ApiProperty({ example: true, description: 'Only tells what would be deleted. With `false` it is deleted.' })
  @IsBoolean()
  dryRun!: boolean;
}

export class RetentionKeptDto {
  @ApiProperty({ enum: ['tag', 'manifest'], example: 'tag' }) what!: string;
  @ApiProperty({ example: 'latest-pushed', description: 'The condition of a rule (`keep-all`, `latest-pushed`, `latest-pulled`, `pushed-within`, `pulled-within`), `no-rule` where none speaks of it, `immutable`, `state` (released, deprecated or revoked), `grace`, `tag`, `untagged-within`, and `index` or `subject` for what belongs to something that stays.' }) reason!: string;
  @ApiProperty({ type: 'integer', example: 10 }) count!: number;
}

export class RetentionDeletedDto {
  @ApiProperty({ example: 'error-correction/decoder' }) repository!: string;
  @ApiProperty({ type: String, nullable: true, example: 'nightly-2026-08-01', description: 'Null: the manifest itself.' }) tag!: string | null;
  @ApiProperty({ example: DIGEST }) digest!: string;
  @ApiProperty({ enum: ['expired', 'tags-expired', 'untagged', 'index', 'subject'], example: 'expired', description: '`expired`: rules speak of the tag, and none keeps it. `tags-expired`: the last of its tags goes. `untagged`: nothing held it for long. `index`, `subject`: with the index that named it, or what it was about.' }) reason!: string;
}

export class RetentionRunDto {
  @ApiProperty({ format: 'uuid', example: RUN }) id!: string;
  @ApiProperty({ format: 'uuid', example: PROJECT }) projectId!: string;
  @ApiProperty({ example: true }) dryRun!: boolean;
  @ApiProperty({ example: 'registry-retention', description: 'The principal’s id, or the name of the daily job.' }) startedBy!: string;
  @ApiProperty({ format: 'date-time', example: TIME }) startedAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: TIME, description: 'Null while it runs, and of one that was cut off.' }) finishedAt!: string | null;
  @ApiProperty({ type: 'integer', example: 12, description: 'Repositories that were looked at.' }) repositories!: number;
  @ApiProperty({ type: 'integer', example: 31, description: 'Tags that were deleted, or would be.' }) tags!: number;
  @ApiProperty({ type: 'integer', example: 64, description: 'Manifests that were deleted, or would be.' }) manifests!: number;
  @ApiProperty({ type: 'integer', example: 40 }) keptTags!: number;
  @ApiProperty({ type: 'integer', example: 95 }) keptManifests!: number;
  @ApiProperty({ type: 'integer', example: 0, description: 'Tags and manifests that were to go, and were pushed, pulled, moved, signed or decided about while the run was under way.' }) leftAlone!: number;
  @ApiProperty({ example: false, description: 'It ended before the end, at its time or because the policy was changed: another run goes on.' }) more!: boolean;
}

export class RetentionRunDetailDto extends RetentionRunDto {
  @ApiProperty({ type: [RetentionKeptDto], description: 'Why the rest is there.' }) kept!: RetentionKeptDto[];
  @ApiProperty({ type: [RetentionDeletedDto], description: 'What was deleted, or would be: two hundred at most. What was deleted is in the ledger too, each by itself.' }) deleted!: RetentionDeletedDto[];
}

export class RetentionRunListDto {
  @ApiProperty({ type: [RetentionRunDto], description: 'Newest first.' }) items!: RetentionRunDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/registry/projects/${PROJECT}/retention-runs?limit=50&cursor=${RUN}`, description: 'The next page; null on the last.' }) next!: string | null;
}

/** What the engine has written, all of it or nothing: until it has ended there is none. */
function reportOf({ report }: UpkeepRun): RetentionReport {
  return { repositories: 0, tags: 0, manifests: 0, keptTags: 0, keptManifests: 0, leftAlone: 0, more: false, kept: [], deleted: [], ...report };
}

export function retentionRunDto(run: UpkeepRun): RetentionRunDto {
  const { kept: _, deleted: __, ...counts } = reportOf(run);
  return { id: run.id, projectId: run.projectId!, dryRun: run.dryRun, startedBy: run.startedBy, startedAt: run.startedAt.toISOString(), finishedAt: run.finishedAt?.toISOString() ?? null, ...counts };
}

export function retentionRunDetailDto(run: UpkeepRun): RetentionRunDetailDto {
  const { kept, deleted } = reportOf(run);
  return { ...retentionRunDto(run), kept: [...kept], deleted: [...deleted] };
}
