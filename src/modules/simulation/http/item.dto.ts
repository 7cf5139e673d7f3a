import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { strictDecimal } from '#platform/http/paging.dto.js';
import { ITEMS_MAX } from '../domain/run-limits.js';

/** Which circuit of a batch or sweep. */
export class ItemDto {
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: ITEMS_MAX - 1, default: 0, example: 0, description: 'Of a simulation of several circuits: which one, counted from 0 in the order of the request.' })
  @IsOptional()
  @Transform(({ value }) => strictDecimal(value))
  @IsInt()
  @Min(0)
  @Max(ITEMS_MAX - 1)
  item: number = 0;
}
