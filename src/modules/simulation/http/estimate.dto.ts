import { ApiProperty } from '@nestjs/swagger';
import { METHOD_NAMES, PER_COMPONENT } from '#pure/quantum/methods/method-table.js';
import type { Estimate } from '../estimation.js';
import { exactBytes } from '../program-checker.js';

/** Why a submission would be refused. */
export class EstimateRefusalDto {
  @ApiProperty({ enum: ['simulation-too-large'], example: 'simulation-too-large', description: 'As in the type of the problem that a submission would be answered with.' }) code!: string;
  @ApiProperty({ example: '40 qubits in double precision need 17592186044416 bytes of memory; 12884901888 are allowed.' }) detail!: string;
}

/** What a simulation would take. */
export class EstimateDto {
  @ApiProperty({ enum: [...METHOD_NAMES, PER_COMPONENT, 'automatic'], example: 'statevector', description: 'The one that was asked for, or what `automatic` comes to: `per-component` where groups of qubits that nothing connects take different ones, and still `automatic` where several circuits do.' }) method!: string;
  @ApiProperty({ enum: ['single', 'double'], example: 'double' }) precision!: string;
  @ApiProperty({ type: 'integer', minimum: 1, example: 1, description: 'Circuits. Qubits and bytes are those of the largest, seconds and cost units the sums.' }) items!: number;
  @ApiProperty({ type: 'integer', example: 30, description: 'As declared.' }) qubits!: number;
  @ApiProperty({ type: 'integer', example: 24, description: 'Those that some operation touches.' }) activeQubits!: number;
  @ApiProperty({ oneOf: [{ type: 'integer' }, { type: 'string', pattern: '^[0-9]+$' }], example: 268435456, description: 'Memory of the states at their largest. A decimal text from 2^53 on, where JSON readers lose digits.' }) bytes!: number | string;
  @ApiProperty({ type: 'integer', example: 12884901888 }) bytesAllowed!: number;
  @ApiProperty({ type: Number, nullable: true, example: 1.2, description: 'Running alone on one core, by constants of the engine: an order of magnitude. Waiting for a worker is not in it. Null where the method cannot tell beforehand.' }) seconds!: number | null;
  @ApiProperty({ example: 600, description: 'A simulation that runs longer is ended as failed.' }) secondsAllowed!: number;
  @ApiProperty({ type: 'integer', example: 120, description: 'What a submission is charged: of 2^20 updates of an amplitude each.' }) costUnits!: number;
  @ApiProperty({ type: 'integer', example: 20000000, description: 'What an account may spend within an hour. One simulation that costs more takes all of it.' }) costUnitsPerHour!: number;
  @ApiProperty({ type: 'integer', example: 200000000, description: 'The same within a day.' }) costUnitsPerDay!: number;
  @ApiProperty({ example: true, description: 'Whether there is memory for it.' }) fits!: boolean;
  @ApiProperty({ type: EstimateRefusalDto, nullable: true, example: null, description: 'Null where it fits.' }) refusal!: EstimateRefusalDto | null;
}

export function estimateDto({ needs, tooLarge, ...rest }: Estimate): EstimateDto {
  const { method, declaredQubits, qubits, peakBytes } = needs;
  const refusal = tooLarge === null ? null : { code: tooLarge.kind.code, detail: tooLarge.context.detail ?? tooLarge.kind.title };
  return { method, qubits: declaredQubits, activeQubits: qubits, bytes: exactBytes(peakBytes), ...rest, fits: refusal === null, refusal };
}
