import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsOptional, IsString, Length, Matches, ValidateNested } from 'class-validator';
import { UUID } from '#pure/uuid/uuid.js';
import type { UsageStanding } from '../blobs/quotas.js';
import { TAG_MISMATCHES } from '../domain/tag-checkpoint.js';
import type { CollectionReport, UpkeepRun } from '../domain/upkeep-run.js';
import { DIGEST } from './repositories.dto.js';

export const RUN = '01981b7e-c3d2-7e54-8f65-9a0b1c2d3e50';
const REPOSITORY = '01981b7e-c3d2-7e54-8f65-9a0b1c2d3e51';
const TIME = '2026-11-23T12:00:00.000Z';
/** sha256 or sha512. */
const DIGEST_TEXT = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** What every run has. */
class RunDto {
  @ApiProperty({ format: 'uuid', example: RUN }) id!: string;
  @ApiProperty({ example: 'registry-scrub', description: 'The principal’s id, or the name of what does it by itself.' }) startedBy!: string;
  @ApiProperty({ format: 'date-time', example: TIME }) startedAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: TIME, description: 'Null while it waits or runs, and of one that was cut off.' }) finishedAt!: string | null;
}

export class StartCollectionDto {
  @ApiProperty({ example: true, description: 'Only tells what would be removed. With `false` it is.' })
  @IsBoolean()
  dryRun!: boolean;
}

export class CollectionRunDto extends RunDto {
  @ApiProperty({ example: true }) dryRun!: boolean;
  @ApiProperty({ type: 'integer', example: 12, description: 'Blobs that a repository no longer shows.' }) hidden!: number;
  @ApiProperty({ type: 'integer', example: 9, description: 'Blobs that are no more.' }) removed!: number;
  @ApiProperty({ type: 'integer', example: 52428800 }) removedBytes!: number;
  @ApiProperty({ example: false, description: 'It ended at its time, after twenty seconds: another run goes on.' }) more!: boolean;
}

export class StartScrubDto {
  @ApiPropertyOptional({ format: 'uuid', example: REPOSITORY, description: 'Reads all blobs, manifests and tags of this repository. Without it, everything but the bytes of blobs is looked at, as once a day.' })
  @IsOptional()
  @Matches(UUID, { message: 'repositoryId must be the id of a repository' })
  repositoryId?: string;

  @ApiPropertyOptional({ example: DIGEST, description: 'Only this manifest of it, with all that it names.' })
  @IsOptional()
  @Matches(DIGEST_TEXT, { message: 'digest must be that of a manifest' })
  digest?: string;
}

export class ScrubFindingDto {
  @ApiProperty({ enum: ['missing-file', 'blob', 'manifest', 'tag'], example: 'missing-file' }) kind!: string;
  @ApiProperty({ example: DIGEST, description: 'Of the content; of a tag, what its row points to.' }) digest!: string;
  @ApiPropertyOptional({ format: 'uuid', example: REPOSITORY, description: 'Of a manifest or a tag. A blob is stored once for all.' }) repositoryId?: string;
  @ApiProperty({ type: [String], example: ['error-correction/decoder:latest'], description: 'That lead to it: twenty at most.' }) tags!: readonly string[];
}

export class ScrubRunDto extends RunDto {
  @ApiProperty({ type: 'integer', example: 1200, description: 'Files that were seen.' }) files!: number;
  @ApiProperty({ type: 'integer', example: 0, description: 'Files that no blob had known for a day, and that were removed.' }) orphans!: number;
  @ApiProperty({ type: 'integer', example: 0 }) orphanBytes!: number;
  @ApiProperty({ type: 'integer', example: 1, description: 'Blobs whose files are not there, or too short.' }) missing!: number;
  @ApiProperty({ type: 'integer', example: 0, description: 'Blobs that were read whole.' }) blobs!: number;
  @ApiProperty({ type: 'integer', example: 340 }) manifests!: number;
  @ApiProperty({ type: 'integer', example: 512 }) tags!: number;
  @ApiProperty({ type: 'integer', example: 1, description: 'Of all these, how many are not what was pushed.' }) damaged!: number;
}

export class ScrubRunDetailDto extends ScrubRunDto {
  @ApiProperty({ type: [ScrubFindingDto], description: 'The first hundred of them.' }) findings!: ScrubFindingDto[];
}

export class AcceptanceDto {
  @ApiProperty({ format: 'uuid', example: RUN, description: 'The checkpoint whose findings were looked at. If something else differs by now, nothing is accepted.' })
  @Matches(UUID, { message: 'runId must be the id of a checkpoint' })
  runId!: string;

  @ApiProperty({ example: 'The registry was restored from the backup of 22 November.', minLength: 1, maxLength: 500, description: 'For people; it stands in the ledger.' })
  @IsString()
  @Length(1, 500)
  reason!: string;
}

export class TakeTagCheckpointDto {
  @ApiPropertyOptional({ type: AcceptanceDto, description: 'Accepts the tags as they stand: each is moved to where it is, with an entry.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => AcceptanceDto)
  accept?: AcceptanceDto;
}

export class TagFindingDto {
  @ApiProperty({ enum: TAG_MISMATCHES, example: 'rolled-back' }) kind!: string;
  @ApiProperty({ format: 'uuid', example: REPOSITORY }) repositoryId!: string;
  @ApiProperty({ example: 'error-correction/decoder' }) repository!: string;
  @ApiProperty({ example: 'latest' }) tag!: string;
  @ApiProperty({ type: String, nullable: true, example: DIGEST, description: 'Where it stands; null: there is no such tag.' }) digest!: string | null;
  @ApiProperty({ type: 'integer', nullable: true, example: 3 }) version!: number | null;
  @ApiProperty({ type: String, nullable: true, example: `sha256:${'9f'.repeat(32)}`, description: 'Where the ledger says that it stands; null: there should be none.' }) recordedDigest!: string | null;
  @ApiProperty({ type: 'integer', nullable: true, example: 5 }) recordedVersion!: number | null;
}

export class TagCheckpointDto extends RunDto {
  @ApiProperty({ type: 'integer', nullable: true, example: 512, description: 'Leaves of the tree. Null, as what follows, until it has ended.' }) tags!: number | null;
  @ApiProperty({ type: String, nullable: true, example: 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=', description: 'Root of the Merkle tree (RFC 6962) over all tags, base64.' }) rootHash!: string | null;
  @ApiProperty({ type: 'integer', nullable: true, example: 1795435200000, description: 'Milliseconds since 1970.' }) takenAtMillis!: number | null;
  @ApiProperty({ type: String, nullable: true, example: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k', description: 'Of the purpose `registry`.' }) keyId!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '9f3kqw==', description: 'Ed25519, base64.' }) signature!: string | null;
  @ApiProperty({ type: 'integer', example: 1, description: 'Tags that stand elsewhere than the ledger says.' }) mismatches!: number;
  @ApiProperty({ example: true, description: 'Whether the record of tags was as the checkpoint before had left it. If not, it was made again from the ledger.' }) isRecordWhole!: boolean;
  @ApiProperty({ example: false, description: 'Whether the ledger knew a later checkpoint than the registry’s rows: they come from a backup.' }) isBehindLedger!: boolean;
}

export class TagCheckpointDetailDto extends TagCheckpointDto {
  @ApiProperty({ type: [TagFindingDto], description: 'The first hundred mismatches.' }) findings!: TagFindingDto[];
}

export class CollectionRunListDto {
  @ApiProperty({ type: [CollectionRunDto], description: 'Newest first.' }) items!: CollectionRunDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/registry/gc-runs?limit=50&cursor=${RUN}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export class ScrubRunListDto {
  @ApiProperty({ type: [ScrubRunDto], description: 'Newest first.' }) items!: ScrubRunDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/registry/scrub-runs?limit=50&cursor=${RUN}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export class TagCheckpointListDto {
  @ApiProperty({ type: [TagCheckpointDto], description: 'Newest first.' }) items!: TagCheckpointDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/registry/tag-checkpoints?limit=50&cursor=${RUN}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export class UsageDto {
  @ApiProperty({ type: 'integer', example: 52428800, description: 'Bytes of the project’s blobs, each counted once.' }) usedBytes!: number;
  @ApiProperty({ type: 'integer', example: 1048576, description: 'Bytes that open uploads have announced.' }) reservedBytes!: number;
  @ApiProperty({ type: 'integer', nullable: true, example: 10737418240, description: 'Null: as many as there is room for.' }) quotaBytes!: number | null;
}

const NOT_COLLECTED: CollectionReport = { hidden: 0, removed: 0, removedBytes: 0, more: false };
const NOT_SCRUBBED = { files: 0, orphans: 0, orphanBytes: 0, missing: 0, blobs: 0, manifests: 0, tags: 0, damaged: 0, findings: [] };
const NOT_TAKEN = { tags: null, rootHash: null, takenAtMillis: null, keyId: null, signature: null, mismatches: 0, isRecordWhole: true, isBehindLedger: false, findings: [] };

function runDto({ id, startedBy, startedAt, finishedAt }: UpkeepRun): RunDto {
  return { id, startedBy, startedAt: startedAt.toISOString(), finishedAt: finishedAt?.toISOString() ?? null };
}

/** What the engine has written, and of what has not ended what there is. */
export function collectionRunDto(run: UpkeepRun): CollectionRunDto {
  return { ...runDto(run), dryRun: run.dryRun, ...NOT_COLLECTED, ...run.report };
}

export function scrubRunDetailDto(run: UpkeepRun): ScrubRunDetailDto {
  return { ...runDto(run), ...NOT_SCRUBBED, ...run.report };
}

/** Of a list: a hundred runs with a hundred findings each are told one by one. */
export function scrubRunDto(run: UpkeepRun): ScrubRunDto {
  const { findings: _, ...counts } = scrubRunDetailDto(run);
  return counts;
}

export function tagCheckpointDetailDto(run: UpkeepRun): TagCheckpointDetailDto {
  const { runId: _, findingsDigest: __, ...report } = run.report;
  return { ...runDto(run), ...NOT_TAKEN, ...report };
}

export function tagCheckpointDto(run: UpkeepRun): TagCheckpointDto {
  const { findings: _, ...counts } = tagCheckpointDetailDto(run);
  return counts;
}

export function usageDto({ usedBytes, reservedBytes, quotaBytes }: UsageStanding): UsageDto {
  return { usedBytes, reservedBytes, quotaBytes };
}
