import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath, IntersectionType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { Allow, ArrayMaxSize, IsArray, IsDefined, IsIn, IsInt, IsObject, IsString, Length, Matches, Max, MaxLength, Min, ValidateIf, ValidateNested } from 'class-validator';
import { METHOD_NAMES } from '#pure/quantum/methods/method-table.js';
import { CHANNEL_TYPES } from '#pure/quantum/noise/channels.js';
import { NOISE_LIMITS } from '#pure/quantum/noise/noise-model.js';
import { OUTPUT_LIMITS } from '#pure/quantum/outputs/output-request.js';
import type { MethodChoice } from '#pure/quantum/simulate.js';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import { DEADLINE_DAYS_MAX } from '../domain/deadline.js';
import { type Language, PRIORITIES, type Priority } from '../domain/job.js';
import { PROGRAMS_MAX, SWEEP_POINTS_MAX } from '../domain/run-limits.js';
import type { RequestedProgram } from '../requested-items.js';

/** The largest program that can be configured, and its escapes in JSON; the configured limit is checked after parsing. */
export const SUBMISSION_BYTES_MAX = 4 * 1024 * 1024;

const EXAMPLE = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nh q[0];\ncx q[0], q[1];\nmeasure q -> c;\n';

const METHOD_CHOICES = ['automatic', ...METHOD_NAMES] as const;

const qubitList = (name: string, maxItems: number, description: string) => ({
  type: 'object', required: [name], additionalProperties: false,
  properties: { [name]: { type: 'array', minItems: 1, maxItems, items: { type: 'integer', minimum: 0 }, example: [0, 1], description } },
});
const OUTPUT_SCHEMAS = [
  { type: 'string', enum: ['counts', 'memory', 'statevector'] },
  qubitList('probabilities', OUTPUT_LIMITS.probabilityQubits, 'Of each value of these qubits.'),
  qubitList('densityMatrix', OUTPUT_LIMITS.densityMatrixQubits, 'Of these qubits, the others traced out.'),
  {
    type: 'object', required: ['expectation'], additionalProperties: false,
    properties: { expectation: { type: 'object', maxProperties: OUTPUT_LIMITS.terms, additionalProperties: { type: 'number' }, example: { ZZ: 1, XI: 0.5 }, description: 'Of the sum of these Pauli strings, each with its coefficient.' } },
  },
];

const PARAMETER_VALUE = { oneOf: [{ type: 'number' }, { type: 'boolean' }, { type: 'string' }] };
const PARAMETERS = { type: 'object' as const, additionalProperties: PARAMETER_VALUE, example: { theta: 0.7853981633974483 } };

const LANGUAGES = ['openqasm2', 'openqasm3'] as const satisfies readonly Language[];
const REFERENCE = 'default/circuits/bell@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
/** A name of 255 characters, a tag of 128 and a digest of 135, and what stands between them. */
const REFERENCE_LENGTH_MAX = 520;

/** A program by its text. This class and the next three only describe what `AnyProgramDto` and `AnyNamedProgramDto` read. */
export class ProgramDto {
  @ApiProperty({ enum: LANGUAGES, example: 'openqasm2', description: 'OpenQASM 2.0 with qelib1.inc, or OpenQASM 3 with stdgates.inc (without pulses, timing and arrays of classical values).' })
  language!: Language;

  @ApiProperty({ example: EXAMPLE, description: 'The source text.' })
  source!: string;
}

/** A program that is in the registry. */
export class ReferencedProgramDto {
  @ApiProperty({ maxLength: REFERENCE_LENGTH_MAX, example: REFERENCE, description: 'The repository and the digest of the artifact’s manifest; a tag may stand between them, and is not looked up. It takes `registry:pull` there.' })
  reference!: string;

  @ApiPropertyOptional({ enum: LANGUAGES, example: 'openqasm2', description: 'What the media type of the layer says; refused where it says another.' })
  language?: Language;
}

/** What one of several programs has of its own. */
class OwnMembersDto {
  @ApiPropertyOptional({ ...PARAMETERS, description: 'Values for its inputs.' })
  @Allow()
  parameters?: unknown;

  @ApiPropertyOptional({ example: 'Bell pair', maxLength: 128, description: 'Stands in its result.' })
  @UnlessAbsent()
  @IsString()
  @MaxLength(128)
  @Matches(/^[^\p{Cc}]*$/u)
  name?: string;
}

/** One of several programs. */
export class NamedProgramDto extends IntersectionType(ProgramDto, OwnMembersDto) {}
export class NamedReferencedProgramDto extends IntersectionType(ReferencedProgramDto, OwnMembersDto) {}

const PROGRAMS = [ProgramDto, ReferencedProgramDto];
const NAMED_PROGRAMS = [NamedProgramDto, NamedReferencedProgramDto];
const oneOf = (types: readonly (abstract new () => object)[]) => ({ oneOf: types.map((type) => ({ $ref: getSchemaPath(type) })) });

/** Types and shapes only: sizes and grammar are configured or take a parser, and the engine refuses them by position. */
class AnyProgramDto {
  @ValidateIf(({ language, reference }: AnyProgramDto) => language !== undefined || reference === undefined)
  @IsIn(LANGUAGES)
  language?: Language;

  @ValidateIf(({ source, reference }: AnyProgramDto) => source !== undefined || reference === undefined)
  @IsString()
  @Length(1)
  source?: string;

  @UnlessAbsent()
  @IsString()
  @Length(1, REFERENCE_LENGTH_MAX)
  reference?: string;
}

class AnyNamedProgramDto extends IntersectionType(AnyProgramDto, OwnMembersDto) {}

/** What to run: a program, a program at the points of a sweep, or several programs. */
@ApiExtraModels(...PROGRAMS, ...NAMED_PROGRAMS)
export class SubmitSimulationDto {
  @ApiPropertyOptional({ ...oneOf(PROGRAMS), description: 'Either this or `programs`.' })
  @ValidateIf(({ program, programs }: SubmitSimulationDto) => program !== undefined || programs === undefined)
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => AnyProgramDto)
  program?: Pick<RequestedProgram, 'language' | 'source' | 'reference'>; // No class, or the document would have it, too.

  @ApiPropertyOptional({ type: 'array', items: oneOf(NAMED_PROGRAMS), maxItems: PROGRAMS_MAX, description: 'Several programs in one job, each with its own parameters; together as long as one may be. The results stand in the same order; the seed of the k-th is that of the job plus k.' })
  @UnlessAbsent()
  @IsArray()
  @ArrayMaxSize(PROGRAMS_MAX)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => AnyNamedProgramDto)
  programs?: AnyNamedProgramDto[];

  // Read with the program, whose inputs it names.
  @ApiPropertyOptional({
    type: 'array', minItems: 1, maxItems: SWEEP_POINTS_MAX, items: { type: 'object', additionalProperties: PARAMETER_VALUE }, example: [{ theta: 0 }, { theta: 0.1 }, { theta: 0.2 }],
    description: 'Runs the program once for each of these points: values by name, which extend `parameters` or go before them. The results stand in the same order; the seed of the k-th is that of the job plus k.',
  })
  @Allow()
  sweep?: unknown;

  @ApiProperty({ type: 'integer', minimum: 1, example: 1000, description: 'How often the circuit is measured; the upper limit is configured (1000000).' })
  @IsInt()
  @Min(1)
  shots!: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, example: 7, description: 'Chosen at random, and told, when absent.' })
  @UnlessAbsent()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  seed?: number;

  @ApiPropertyOptional({ enum: METHOD_CHOICES, example: 'automatic', description: 'How the state is kept. `automatic` takes the cheapest that can run the circuit, a choice that depends on the circuit alone and is told with the result.' })
  @UnlessAbsent()
  @IsIn(METHOD_CHOICES)
  method?: MethodChoice;

  @ApiPropertyOptional({ enum: ['single', 'double'], example: 'double', description: 'Bits of a real number: 32 or 64.' })
  @UnlessAbsent()
  @IsIn(['single', 'double'])
  precision?: 'single' | 'double';

  // Read with the program, whose qubits it names: what is wrong is told at its place.
  @ApiPropertyOptional({
    type: 'array', maxItems: OUTPUT_LIMITS.items, items: { oneOf: OUTPUT_SCHEMAS }, example: ['counts', { expectation: { ZZ: 1 } }],
    description: 'What to tell: counts when absent. All but counts and memory are read off the state, which a program has that measures at its end alone. Qubits are numbered as declared; a Pauli string has a letter for each of them, the rightmost for qubit 0.',
  })
  @Allow()
  outputs?: unknown;

  @ApiPropertyOptional({
    type: 'object', additionalProperties: false, example: { channels: [{ type: 'depolarizing', probability: 0.001 }], readout: [{ p01: 0.01, p10: 0.02 }] },
    properties: {
      channels: { type: 'array', maxItems: NOISE_LIMITS.channels, items: { type: 'object', additionalProperties: true }, example: [{ type: 'amplitude-damping', gamma: 0.02, gates: ['cx'], qubits: [0, 1] }], description: 'After each gate that is named, or each gate, on each of its qubits that is named, or each.' },
      readout: { type: 'array', maxItems: NOISE_LIMITS.readout, items: { type: 'object', additionalProperties: true }, example: [{ qubits: [0], p01: 0.01, p10: 0.02 }], description: 'p01: the chance of reading 1 where the outcome is 0.' },
    },
    description: `What goes wrong on the way. Channels: ${CHANNEL_TYPES.join(', ')}.`,
  })
  @Allow()
  noise?: unknown;

  @ApiPropertyOptional({
    ...PARAMETERS,
    description: 'Values for the inputs of an OpenQASM 3 program, by name: numbers; true or false for bool; a text of digits 0 and 1, the highest first, for bits; a decimal text for integers beyond 2^53.',
  })
  @Allow()
  parameters?: unknown;

  @ApiPropertyOptional({ example: 'default', description: 'Slug or id of the project.' })
  @UnlessAbsent()
  @IsString()
  @Length(1, 64)
  project?: string;

  @ApiPropertyOptional({ example: 'Bell pair', maxLength: 128 })
  @UnlessAbsent()
  @IsString()
  @MaxLength(128)
  @Matches(/^[^\p{Cc}]*$/u)
  name?: string;

  @ApiPropertyOptional({ enum: PRIORITIES, example: 'normal', description: '`high` goes before your own others; `low` waits until nobody has anything else.' })
  @UnlessAbsent()
  @IsIn(PRIORITIES)
  priority?: Priority;

  @ApiPropertyOptional({ format: 'date-time', example: '2026-11-23T18:00:00Z', description: `RFC 3339, within ${DEADLINE_DAYS_MAX} days. A simulation that has not finished then fails with the code \`deadline-passed\`.` })
  @UnlessAbsent()
  @IsString()
  deadline?: string;
}
