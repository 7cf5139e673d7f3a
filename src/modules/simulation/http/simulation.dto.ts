import { ApiProperty, ApiPropertyOptional, getSchemaPath, IntersectionType, OmitType, PartialType, PickType } from '@nestjs/swagger';
import { type Job, PRIORITIES } from '../domain/job.js';
import { SHOWN_STATUSES } from '../domain/job-status.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const DIGEST = 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** All amplitudes. */
export class StateVectorDto {
  @ApiProperty({ type: 'integer', example: 2, description: 'As declared; bit j of an index is qubit j.' }) qubits!: number;
  @ApiProperty({ enum: ['complex128-le'], example: 'complex128-le', description: 'Real and imaginary parts in turn, as little-endian doubles.' }) format!: string;
  @ApiProperty({ example: 'zTt/Zp6g5j8AAAAAAAAAAA==', description: '16 bytes an amplitude.' }) base64!: string;
}

export class ProbabilitiesDto {
  @ApiProperty({ type: [Number], example: [0, 1], description: 'The first of them is the rightmost character.' }) qubits!: number[];
  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' }, example: { '00': 0.5, '11': 0.5 }, description: 'What cannot occur is left out.' }) values!: Record<string, number>;
}

export class DensityMatrixDto {
  @ApiProperty({ type: [Number], example: [0], description: 'Bit j of a row or column is the j-th of them.' }) qubits!: number[];
  @ApiProperty({
    type: 'array', items: { type: 'array', items: { type: 'array', minItems: 2, maxItems: 2, items: { type: 'number' } } }, example: [[[0.5, 0], [0, 0]], [[0, 0], [0.5, 0]]],
    description: 'Row by row, real and imaginary part.',
  })
  matrix!: [number, number][][];
}

/** Qubits that nothing connects with the others. */
export class ComponentDto {
  @ApiProperty({ type: [Number], example: [0, 1, 2], description: 'As declared.' }) qubits!: number[];
  @ApiProperty({ example: 'statevector', description: 'What they were simulated by.' }) method!: string;
}

/** What a run found. The served bytes are the canonical JSON of it; this class only describes them. */
export class ResultDto {
  @ApiProperty({
    type: 'object', additionalProperties: { type: 'integer' }, example: { '00': 503, '11': 497 },
    description: 'How often each bit string was measured. The rightmost character is classical bit 0; the first register is rightmost. Empty where counts were not asked for.',
  })
  counts!: Record<string, number>;
  @ApiPropertyOptional({ type: [String], example: ['00', '11', '11'], description: 'The outcome of every shot, in their order.' })
  memory?: string[];
  @ApiPropertyOptional({ type: StateVectorDto })
  statevector?: StateVectorDto;
  @ApiPropertyOptional({ type: [ProbabilitiesDto], description: 'In the order in which they were asked for, as the next two.' })
  probabilities?: ProbabilitiesDto[];
  @ApiPropertyOptional({ type: [DensityMatrixDto], description: 'Reduced density matrices.' })
  densityMatrices?: DensityMatrixDto[];
  @ApiPropertyOptional({ type: [Number], example: [1, 0.707], description: 'Expectation values.' })
  expectations?: number[];
  @ApiProperty({ type: 'integer', example: 1000 }) shots!: number;
  @ApiProperty({ type: 'integer', example: 7 }) seed!: number;
  @ApiProperty({ example: 'statevector', description: '`per-component` where components were run by different methods.' }) method!: string;
  @ApiPropertyOptional({ type: [ComponentDto], description: 'Of a program whose qubits fall apart into several groups: each was run by itself.' })
  components?: ComponentDto[];
  @ApiProperty({ enum: ['single', 'double'], example: 'double' }) precision!: string;
  @ApiProperty({ example: '1', description: 'The same program, shots, seed, precision and engine version give the same counts.' }) engineVersion!: string;
  @ApiProperty({ example: 'wasm-fused', description: 'The form of arithmetic: `plain` is the same on every machine, `wasm-fused` and `wasm-unfused` differ in their rounding. The promise of equal counts holds for one variant.' }) kernelVariant!: string;
  @ApiProperty({ example: 3.2, description: 'Time in the worker thread.' }) durationMillis!: number;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: { theta: 0.7853981633974483 }, description: 'Of a program with inputs: what it was given.' })
  parameters?: Record<string, unknown>;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: { readout: [{ p01: 0.01, p10: 0.02 }] }, description: 'Of a run with noise: as it was asked for.' })
  noise?: object;
  @ApiProperty({ example: DIGEST, description: "Of the program's source." }) programDigest!: string;
  @ApiProperty({ example: DIGEST, description: 'SHA-256 over the RFC 8785 form of this object without this member; what the ledger holds and the signature covers.' }) digest!: string;
}

/** What stands in the result of a simulation of several circuits for one of them. */
export class ItemResultDto extends OmitType(ResultDto, ['digest']) {
  @ApiPropertyOptional({ example: 'Bell pair', description: 'Of a program that was given a name.' }) name?: string;
}

/** What a batch or sweep found. */
export class BatchResultDto {
  @ApiProperty({ type: [ItemResultDto], description: 'In the order of the programs, or of the points of the sweep.' }) results!: ItemResultDto[];
  @ApiProperty({ type: 'integer', example: 1000, description: 'Of each of them.' }) shots!: number;
  @ApiProperty({ type: 'integer', example: 7, description: 'Of the first of them; that of the next is one more, so that each can be run again by itself.' }) seed!: number;
  @ApiProperty({ enum: ['single', 'double'], example: 'double' }) precision!: string;
  @ApiProperty({ example: '2' }) engineVersion!: string;
  @ApiProperty({ example: 3200.5, description: 'Time in worker threads, all together.' }) durationMillis!: number;
  @ApiProperty({ example: DIGEST, description: "Of the program's source; of programs that differ, over the digests of their sources, one a line." }) programDigest!: string;
  @ApiProperty({ example: DIGEST, description: 'SHA-256 over the RFC 8785 form of this object without this member: one digest for all results.' }) digest!: string;
}

/** Why a simulation failed. */
export class SimulationErrorDto {
  @ApiProperty({ enum: ['worker-lost', 'deadline-passed', 'out-of-memory', 'time-limit', 'result-too-large', 'loop-limit', 'engine-failure'], example: 'worker-lost' }) code!: string;
  @ApiProperty({ example: 'The simulation was started 3 times, and its worker was lost each time.' }) detail!: string;
}

/** To be checked with the server's published key of the purpose `result`, by its id. */
export class ResultSignatureDto {
  @ApiProperty({ example: 'Ed25519' }) algorithm!: string;
  @ApiProperty({ example: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k' }) keyId!: string;
  @ApiProperty({ example: 'lfSxmbcnPOfYAq0', description: "base64url, over the ASCII bytes of the result's digest." }) value!: string;
}

/** Of a job of one circuit, and of a batch or sweep. */
export const RESULTS = [ResultDto, BatchResultDto].map((type) => ({ $ref: getSchemaPath(type) }));

/** A simulation as its project sees it: without the program, which the client has. */
export class SimulationDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ type: String, nullable: true, example: 'Bell pair' }) name!: string | null;
  @ApiProperty({ example: 'default', description: "The project's slug." }) project!: string;
  @ApiProperty({ enum: SHOWN_STATUSES, example: 'succeeded', description: '`succeeded` as soon as the result is signed.' }) status!: string;
  @ApiProperty({ enum: PRIORITIES, example: 'normal' }) priority!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null, description: 'When it fails unless it has finished.' }) deadline!: string | null;
  @ApiProperty({ minimum: 0, maximum: 1, example: 1 }) progress!: number;
  @ApiProperty({ example: 'statevector', description: '`automatic` where its circuits come to different ones, which stand in their results.' }) method!: string;
  @ApiProperty({ enum: ['single', 'double'], example: 'double' }) precision!: string;
  @ApiProperty({ type: 'integer', minimum: 1, example: 1, description: 'Circuits that it runs: 1, or those of a batch or sweep.' }) items!: number;
  @ApiProperty({ type: 'integer', example: 2, description: 'Qubits that some operation touches; of several circuits, of the one with most.' }) qubits!: number;
  @ApiProperty({ type: 'integer', example: 1000 }) shots!: number;
  @ApiProperty({ type: 'integer', example: 7 }) seed!: number;
  @ApiProperty({ example: DIGEST }) programDigest!: string;
  @ApiProperty({ type: [String], example: [`default/circuits/bell@${DIGEST}`], description: 'Artifacts of the registry that its programs were named by, each once, in the order of the request. Empty where their text was sent.' }) programReferences!: readonly string[];
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-11-22T06:00:00.020Z' }) startedAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-11-22T06:00:00.040Z' }) finishedAt!: string | null;
  @ApiPropertyOptional({ oneOf: RESULTS, example: { counts: { '00': 503, '11': 497 }, shots: 1000, seed: 7 }, description: 'Of a simulation that succeeded, up to 1 MiB; a larger one is only at /result.' }) result?: ResultDto | BatchResultDto;
  @ApiPropertyOptional({ type: SimulationErrorDto, description: 'Of a simulation that failed.' }) error?: SimulationErrorDto;
  @ApiPropertyOptional({ type: ResultSignatureDto, description: 'Of a simulation that succeeded: a result is signed before it is given.' }) signature?: ResultSignatureDto;
}

/** Without what the caller's roles keep back. */
export class ShownSimulationDto extends IntersectionType(PickType(SimulationDto, ['id']), PartialType(OmitType(SimulationDto, ['id']))) {}

export class SimulationListDto {
  @ApiProperty({ type: [ShownSimulationDto], description: 'Newest first, without results.' }) items!: ShownSimulationDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/simulations?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

/**
 * The resource as JSON, with the stored bytes of its result as they are: the main thread reads and writes a megabyte in
 * the time of twenty small answers.
 */
export function simulationJson(job: Job, result: Buffer | null): Buffer {
  const resource = Buffer.from(JSON.stringify(simulationDto(job)), 'utf8');
  return result === null ? resource : Buffer.concat([resource.subarray(0, -1), RESULT_MEMBER, result, END_OF_OBJECT]);
}

const RESULT_MEMBER = Buffer.from(',"result":', 'ascii');
const END_OF_OBJECT = Buffer.from('}', 'ascii');

/** @param result the stored bytes, when they are to stand in the resource. */
export function simulationDto(job: Job, result: Buffer | null = null): SimulationDto {
  return {
    id: job.id,
    name: job.name,
    project: job.projectSlug,
    status: job.status,
    priority: job.priority,
    deadline: job.deadline?.toISOString() ?? null,
    progress: job.progress,
    method: job.method,
    precision: job.precision,
    items: job.items,
    qubits: job.qubits,
    shots: job.shots,
    seed: job.seed,
    programDigest: job.programDigest,
    programReferences: job.programReferences,
    createdAt: job.createdAt.toISOString(),
    startedAt: job.startedAt?.toISOString() ?? null,
    finishedAt: job.finishedAt?.toISOString() ?? null,
    ...(result === null ? {} : { result: JSON.parse(result.toString('utf8')) as ResultDto | BatchResultDto }),
    ...(job.error === null ? {} : { error: job.error }),
    ...(job.signature === null ? {} : { signature: job.signature }),
  };
}
