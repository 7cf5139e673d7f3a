import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Matches, Max, MaxLength, Min } from 'class-validator';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { PageRequest } from '#pure/paging/page.js';
import { isUuid } from '#pure/uuid/uuid.js';

export const PAGE_LIMIT_DEFAULT = 50;
export const PAGE_LIMIT_MAX = 100;

/** Decimal digits and nothing else: `Number` would read `1e2`, ` 5`, `0x10` and `` as numbers. Others stay text, and are refused. */
export function strictDecimal(value: unknown): unknown {
  return typeof value === 'string' && /^(?:0|[1-9]\d{0,8})$/.test(value) ? Number(value) : value;
}

/** The query of every list. A list that filters extends it. */
export class PagingDto {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: PAGE_LIMIT_MAX, default: PAGE_LIMIT_DEFAULT, example: 20, description: 'How many items at most.' })
  @IsOptional()
  @Transform(({ value }) => strictDecimal(value))
  @IsInt()
  @Min(1)
  @Max(PAGE_LIMIT_MAX)
  limit: number = PAGE_LIMIT_DEFAULT;

  @ApiPropertyOptional({ type: 'string', example: '019a94de-4b70-7c00-8000-000000000001', description: 'Where to go on: the cursor of the `next` link.' })
  @IsOptional()
  @MaxLength(512)
  @Matches(/^[A-Za-z0-9_-]+$/, { message: 'cursor must be one that a list returned' })
  cursor?: string;
}

/**
 * Of a list in the order of UUIDs, where the cursor is the id of the last item before: it says nothing that the page
 * did not, and stays good while others come in. Any other text would be an error of the database.
 */
export function pageById({ limit, cursor }: PagingDto): PageRequest {
  if (cursor !== undefined && !isUuid(cursor)) throw Fault.at(REQUEST_FAULTS['invalid-request'], 'query:cursor', 'wrong-format', 'a cursor that this list returned');
  return { limit, after: cursor ?? null };
}

/** The address of the next page, for the `next` member of a list; null when this one is the last. */
export function nextLink(path: string, page: PagingDto, cursor: string | null, filters: Readonly<Record<string, string>> = {}): string | null {
  if (cursor === null) return null;
  return `${path}?${new URLSearchParams({ ...filters, limit: String(page.limit), cursor }).toString()}`;
}
