import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, Matches, Max, MaxLength, Min } from 'class-validator';
import { PagingDto, strictDecimal } from '#platform/http/paging.dto.js';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import { parseDecimal } from '#pure/encoding/decimal.js';
import { parseTime } from '#pure/encoding/rfc3339.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { SearchFilter } from '../domain/search-filter.js';
import { CODE_LENGTH_MAX, type Outcome } from '../domain/search-row.js';
import { EntryDto } from './entry.dto.js';

const ID = '019a94de-4b70-7c00-8000-000000000001';
const TIME = 'a time of RFC 3339 with its offset, years 1970 to 9999';

export class SearchQuery extends PagingDto {
  @ApiPropertyOptional({ type: 'string', format: 'date-time', example: '2026-11-22T06:00:00Z', description: 'Entries of this time and later.' })
  @UnlessAbsent()
  @MaxLength(64)
  from?: string;

  @ApiPropertyOptional({ type: 'string', format: 'date-time', example: '2026-11-23T06:00:00Z', description: 'Entries before this time.' })
  @UnlessAbsent()
  @MaxLength(64)
  to?: string;

  @ApiPropertyOptional({ type: 'string', example: 'auth.*', description: "An event's code, or all under a dot." })
  @UnlessAbsent()
  @MaxLength(CODE_LENGTH_MAX)
  @Matches(/^[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:\.\*)?$/, { message: 'code must be that of an event, or the beginning of some and .*' })
  code?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, example: 3002, description: 'OCSF class.' })
  @UnlessAbsent()
  @Transform(({ value }) => strictDecimal(value))
  @IsInt()
  @Min(1)
  @Max(999_999_999)
  class?: number;

  @ApiPropertyOptional({ type: 'string', example: ID, description: 'Who acted: id of a principal, `anonymous`, or the name of a part of the server.' })
  @UnlessAbsent()
  @Matches(/^[\x21-\x7e]{1,200}$/, { message: 'actor must be the id of a principal' })
  actor?: string;

  @ApiPropertyOptional({ type: 'string', example: `simulation:${ID}`, description: 'On what: its type, a colon, its id.' })
  @UnlessAbsent()
  @Matches(/^[a-z][a-z0-9-]{0,49}:[\x21-\x7e]{1,300}$/, { message: 'target must be a type, a colon and an id' })
  target?: string;

  @ApiPropertyOptional({ enum: ['success', 'failure', 'denied'], example: 'denied' })
  @UnlessAbsent()
  @IsIn(['success', 'failure', 'denied'])
  outcome?: Outcome;

  @ApiPropertyOptional({ type: 'string', example: 'default', description: 'Slug or id of a project: its entries alone.' })
  @UnlessAbsent()
  @Matches(/^[a-z0-9-]{1,64}$/, { message: 'project must be a slug or an id' })
  project?: string;
}

/** The filter that a query means. Throws `invalid-request` with the field. */
export function filterOf({ from, to, code, class: classUid, actor, target, outcome }: SearchQuery): SearchFilter {
  const [fromMillis, toMillis] = [timeOf('from', from), timeOf('to', to)];
  if (fromMillis !== undefined && toMillis !== undefined && fromMillis > toMillis) throw refused('to', 'out-of-range', 'not before from');
  const colon = target?.indexOf(':') ?? 0;
  return {
    ...(fromMillis === undefined ? {} : { fromMillis }),
    ...(toMillis === undefined ? {} : { toMillis }),
    ...(code === undefined ? {} : { code }),
    ...(classUid === undefined ? {} : { classUid }),
    ...(actor === undefined ? {} : { actor }),
    ...(target === undefined ? {} : { target: { type: target.slice(0, colon), uid: target.slice(colon + 1) } }),
    ...(outcome === undefined ? {} : { outcome }),
  };
}

/** The query again, for the link to the next page: it says what it said. */
export function filtersOf(query: SearchQuery): Readonly<Record<string, string>> {
  const { limit: _limit, cursor: _cursor, ...filters } = query;
  return Object.fromEntries(Object.entries(filters).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

/** The leaf before which the page begins; null for the first page. */
export function leafOfCursor(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  const index = parseDecimal(cursor);
  if (index === null) throw refused('cursor', 'wrong-format', 'a cursor that this list returned');
  return index;
}

function timeOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const millis = parseTime(text);
  if (millis === null) throw refused(name, 'wrong-format', TIME);
  return millis;
}

function refused(name: string, code: string, detail: string): Fault {
  return Fault.at(REQUEST_FAULTS['invalid-request'], `query:${name}`, code, detail);
}

export class EntryListDto {
  @ApiProperty({ type: [EntryDto], description: 'Newest first, by their place in the log.' })
  items!: EntryDto[];

  @ApiProperty({ type: 'integer', example: 1_234_567, description: 'How many leaves of the log were searched: what comes after is not published yet.' })
  size!: number;

  @ApiProperty({ type: String, nullable: true, example: '/v1/audit/entries?code=auth.*&limit=50&cursor=5', description: 'The next page; null on the last.' })
  next!: string | null;
}
