import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { PAGE_LIMIT_MAX, strictDecimal } from '#platform/http/paging.dto.js';
import { UUID } from '#pure/uuid/uuid.js';
import { IONQ_STATUSES } from './ionq-status.js';

export const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const METADATA = { type: 'object', additionalProperties: true, example: { shots: '100', experiment: 'ghz' }, description: 'As it was submitted.' } as const;

const CHILDREN = { type: 'array', items: { type: 'string', format: 'uuid' }, example: ['01981b7e-5c44-7c1e-9f39-0d3c5e1f9a11'], description: 'Of a job of several circuits: the ids by which each of them can be asked for, in their order.' } satisfies ApiPropertyOptions;

/** The query of a list, in IonQ's words. */
export class IonqListDto {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: PAGE_LIMIT_MAX, default: 50, example: 20, description: 'How many jobs at most.' })
  @IsOptional()
  @Transform(({ value }) => strictDecimal(value))
  @IsInt()
  @Min(1)
  @Max(PAGE_LIMIT_MAX)
  limit: number = 50;

  @ApiPropertyOptional({ format: 'uuid', example: ID, description: 'Where to go on: the `next` of the page before.' })
  @IsOptional()
  @Matches(UUID)
  next?: string;

  @ApiPropertyOptional({ enum: Object.keys(IONQ_STATUSES), example: 'completed', description: 'Only jobs of this status.' })
  @IsOptional()
  @IsIn(Object.keys(IONQ_STATUSES))
  status?: string;
}

/** How what was measured in several ways is put together: nothing here is. Taken, since clients send it, and without effect. */
export class IonqResultsDto {
  @ApiPropertyOptional({ example: 'false', description: 'Without effect: nothing was debiased.' })
  @IsOptional()
  @IsString()
  @MaxLength(16)
  sharpen?: string;

  @ApiPropertyOptional({ example: 'average', description: 'Without effect: nothing was debiased.' })
  @IsOptional()
  @IsString()
  @MaxLength(16)
  aggregation?: string;
}

/** What happened to a job. */
export class IonqStateDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ example: 'canceled', description: 'One that runs is stopped within a second or so, and until then told as running.' }) status!: string;
}

export class IonqV03AcceptedDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ example: 'ready' }) status!: string;
  @ApiProperty({ type: 'integer', example: 1_763_800_000, description: 'Seconds since 1970.' }) request!: number;
}

export class IonqV04AcceptedDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ example: 'ready' }) status!: string;
  @ApiProperty({ type: String, nullable: true, example: null }) session_id!: null;
}

export class IonqNoiseDto {
  @ApiProperty({ enum: ['ideal'], example: 'ideal' }) model!: string;
  @ApiProperty({ type: 'integer', example: 7, description: 'Of the counts: chosen at random where none was given.' }) seed!: number;
}

export class IonqFailureDto {
  @ApiProperty({ example: 'The worker could not allocate the state.' }) error!: string;
  @ApiProperty({ example: 'out-of-memory' }) code!: string;
}

/** A job in the words of v0.3. */
export class IonqV03JobDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ enum: ['ready', 'running', 'completed', 'failed', 'canceled'], example: 'completed' }) status!: string;
  @ApiProperty({ type: String, nullable: true, example: 'GHZ' }) name!: string | null;
  @ApiProperty({ example: 'simulator' }) target!: string;
  @ApiProperty({ type: IonqNoiseDto }) noise!: IonqNoiseDto;
  @ApiProperty(METADATA) metadata!: object;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: { meas_mapped: [0, 1] }, description: 'As they were submitted.' }) registers?: object;
  @ApiProperty({ type: 'integer', example: 100 }) shots!: number;
  @ApiProperty({ type: 'integer', example: 2 }) qubits!: number;
  @ApiProperty({ type: 'integer', example: 1 }) circuits!: number;
  @ApiPropertyOptional(CHILDREN) children?: string[];
  @ApiProperty({ type: 'number', example: 0, description: 'Nothing is charged in money.' }) cost_usd!: number;
  @ApiProperty({ type: 'integer', example: 1_763_800_000, description: 'When it was submitted; all times in seconds since 1970.' }) request!: number;
  @ApiPropertyOptional({ type: 'integer', example: 1_763_800_001, description: 'When it began to run.' }) start?: number;
  @ApiPropertyOptional({ type: 'integer', example: 1_763_800_002, description: 'When it ended.' }) response?: number;
  @ApiPropertyOptional({ type: 'integer', example: 12, description: 'Milliseconds from beginning to end.' }) execution_time?: number;
  @ApiPropertyOptional({ example: `/v0.3/jobs/${ID}/results`, description: 'Of a job that is completed.' }) results_url?: string;
  @ApiPropertyOptional({ type: IonqFailureDto, description: 'Of a job that failed.' }) failure?: IonqFailureDto;
}

export class IonqV03ListDto {
  @ApiProperty({ type: [IonqV03JobDto], description: 'Newest first.' }) jobs!: IonqV03JobDto[];
  @ApiPropertyOptional({ format: 'uuid', example: ID, description: 'For the next page; absent on the last.' }) next?: string;
}

export class IonqStatsDto {
  @ApiProperty({ type: 'integer', example: 2 }) qubits!: number;
  @ApiProperty({ type: 'integer', example: 1 }) circuits!: number;
}

class IonqPlaceDto {
  @ApiProperty({ example: `/v0.4/jobs/${ID}/results/probabilities`, description: 'As IonQ’s API writes it: clients put their own base before it.' }) url!: string;
}

export class IonqResultPlacesDto {
  @ApiProperty({ type: IonqPlaceDto }) probabilities!: IonqPlaceDto;
}

/** A job in the words of v0.4. */
export class IonqV04JobDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ enum: ['ready', 'started', 'completed', 'failed', 'canceled'], example: 'completed' }) status!: string;
  @ApiProperty({ enum: ['ionq.circuit.v1', 'ionq.multi-circuit.v1'], example: 'ionq.circuit.v1' }) type!: string;
  @ApiProperty({ example: 'simulator' }) backend!: string;
  @ApiProperty({ example: false }) dry_run!: boolean;
  @ApiProperty({ format: 'uuid', example: ID }) submitter_id!: string;
  @ApiProperty({ format: 'uuid', example: ID }) project_id!: string;
  @ApiProperty({ type: String, nullable: true, example: null }) session_id!: null;
  @ApiProperty({ type: String, nullable: true, example: 'GHZ' }) name!: string | null;
  @ApiProperty(METADATA) metadata!: object;
  @ApiProperty({ type: 'integer', example: 100 }) shots!: number;
  @ApiProperty({ type: IonqNoiseDto }) noise!: IonqNoiseDto;
  @ApiPropertyOptional(CHILDREN) child_job_ids?: string[];
  @ApiPropertyOptional({ format: 'uuid', example: ID, description: 'Of one circuit of several: their job.' }) parent_job_id?: string;
  @ApiProperty({ type: IonqStatsDto }) stats!: IonqStatsDto;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) submitted_at!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-11-22T06:00:00.020Z' }) started_at!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-11-22T06:00:00.040Z' }) completed_at!: string | null;
  @ApiProperty({ type: 'integer', nullable: true, example: 20, description: 'From beginning to end.' }) execution_duration_ms!: number | null;
  @ApiProperty({ type: IonqResultPlacesDto, nullable: true, example: { probabilities: { url: `/v0.4/jobs/${ID}/results/probabilities` } }, description: 'Of a job that is completed.' }) results!: IonqResultPlacesDto | null;
  @ApiPropertyOptional({ type: IonqFailureDto, description: 'Of a job that failed.' }) failure?: IonqFailureDto;
}

export class IonqV04ListDto {
  @ApiProperty({ type: [IonqV04JobDto], description: 'Newest first.' }) jobs!: IonqV04JobDto[];
  @ApiPropertyOptional({ format: 'uuid', example: ID, description: 'For the next page; absent on the last.' }) next?: string;
}

/** A machine that jobs can be for. */
export class IonqBackendDto {
  @ApiProperty({ example: 'simulator' }) backend!: string;
  @ApiProperty({ example: 'available' }) status!: string;
  @ApiProperty({ type: 'integer', example: 28, description: 'Of any circuit; what has more structure may have more.' }) qubits!: number;
  @ApiProperty({ type: 'integer', example: 0, description: 'Not measured.' }) average_queue_time!: number;
  @ApiProperty({ type: [String], example: ['x', 'h', 'cnot'], description: 'Of the set qis.' }) supported_gates!: string[];
  @ApiProperty({ type: [String], example: ['gpi', 'gpi2', 'ms', 'zz'] }) supported_native_gates!: string[];
  @ApiProperty({ type: [String], example: [], description: 'None.' }) supported_error_mitigations!: string[];
}

export class IonqCharacterizationsDto {
  @ApiProperty({ type: 'array', items: { type: 'object' }, example: [], description: 'A simulator has nothing to be measured.' }) characterizations!: object[];
}
