import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { Allow, IsDefined, IsIn, IsInt, IsObject, IsString, Length, Matches, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { UnlessAbsent } from '#platform/http/unless-absent.js';

const EXAMPLE = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nh q[0];\ncx q[0], q[1];\nmeasure q -> c;\n';

/** Types and shapes only: sizes and grammar are configured or take a parser, and the engine refuses them by position. */
export class ProgramDto {
  @ApiProperty({ enum: ['openqasm2', 'openqasm3'], example: 'openqasm2', description: 'OpenQASM 2.0 with qelib1.inc, or OpenQASM 3 with stdgates.inc (without pulses, timing and arrays of classical values).' })
  @IsIn(['openqasm2', 'openqasm3'])
  language!: 'openqasm2' | 'openqasm3';

  @ApiProperty({ example: EXAMPLE, description: 'The source text.' })
  @IsString()
  @Length(1)
  source!: string;
}

/** A circuit to run. What the server cannot do yet is refused by name (`not-supported`), never ignored. */
export class SubmitSimulationDto {
  @ApiProperty({ type: ProgramDto })
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => ProgramDto)
  program!: ProgramDto;

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

  @ApiPropertyOptional({ enum: ['automatic', 'statevector'], example: 'automatic' })
  @UnlessAbsent()
  @IsIn(['automatic', 'statevector'])
  method?: 'automatic' | 'statevector';

  @ApiPropertyOptional({ enum: ['single', 'double'], example: 'double', description: 'Bits of a real number: 32 or 64.' })
  @UnlessAbsent()
  @IsIn(['single', 'double'])
  precision?: 'single' | 'double';

  // The two that follow are taken with any value and refused by the engine, so that the answer is `not-supported`
  // and not that of a field that does not exist.
  @ApiPropertyOptional({ type: [String], example: ['counts'], description: 'Only counts so far.' })
  @Allow()
  outputs?: unknown;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'Not supported yet.', example: {} })
  @Allow()
  noise?: unknown;

  @ApiPropertyOptional({
    type: 'object', additionalProperties: { oneOf: [{ type: 'number' }, { type: 'boolean' }, { type: 'string' }] }, example: { theta: 0.7853981633974483 },
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
}
