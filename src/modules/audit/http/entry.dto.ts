import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import { isJsonObject } from '#pure/canonical-json/json-value.js';
import type { FoundEntry } from '../domain/search-filter.js';
import { readEntryObject } from '../domain/search-row.js';
import type { OpenedPiece } from '../privacy/personal-data-reader.js';

const ID = '019a94de-4b70-7c00-8000-000000000001';
const ENTRY = {
  activity_id: 1, class_uid: 3002, time: 1_795_327_200_000, status: 'Success', severity_id: 1, actor: { user: { uid: ID, type: 'User', type_id: 1 } },
  metadata: { event_code: 'auth.login', uid: ID, sequence: 5, version: '1.8.0' },
};

/** An entry at its place in the log. */
export class EntryDto {
  @ApiProperty({ format: 'uuid', example: ID, description: 'As in `Audit-Event-Id`.' })
  id!: string;

  @ApiProperty({ type: 'integer', nullable: true, example: 5, description: 'Its leaf in the tree; null while no checkpoint covers it.' })
  index!: number | null;

  @ApiProperty({
    type: 'object', additionalProperties: true, nullable: true, example: ENTRY,
    description: 'OCSF 1.8.0, with its leaf as `metadata.sequence`. Null while no checkpoint covers it, and where the stored bytes are no JSON: these are in its bundle and its receipt.',
  })
  entry!: object | null;
}

/** What an entry holds about one person, opened. */
export class PersonalDataDto {
  @ApiProperty({ enum: ['shown', 'erased', 'unreadable'], example: 'shown', description: '`erased`: its key was destroyed. `unreadable`: its key does not open it, so that one of the two was changed.' })
  state!: 'shown' | 'erased' | 'unreadable';

  @ApiPropertyOptional({ type: String, nullable: true, example: ID, description: 'Whose it is; null where nobody was known.' }) subject?: string | null;
  @ApiPropertyOptional({ example: 'alice' }) userName?: string;
  @ApiPropertyOptional({ example: 'alice@example.org' }) email?: string;
  @ApiPropertyOptional({ example: '192.0.2.7' }) ipAddress?: string;
  @ApiPropertyOptional({ example: 'curl/8.5.0' }) userAgent?: string;
  @ApiPropertyOptional({ example: 'left the team' }) note?: string;
}

export class SingleEntryDto extends EntryDto {
  @ApiPropertyOptional({ type: [PersonalDataDto], description: 'With `personal=true`: what the entry holds encrypted about people, one a person.' })
  personal?: PersonalDataDto[];
}

export class EntryQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], example: 'true', description: 'Show the personal data too. Needs `audit:personal`, and is recorded.' })
  @UnlessAbsent()
  @IsIn(['true', 'false'])
  personal?: 'true' | 'false';
}

export function entryDto({ id, index, body }: FoundEntry): EntryDto {
  const entry = readEntryObject(body);
  const metadata = isJsonObject(entry?.['metadata']) ? entry['metadata'] : {};
  return { id, index, entry: entry === null ? null : { ...entry, metadata: { ...metadata, sequence: index } } };
}

export function personalDto(piece: OpenedPiece): PersonalDataDto {
  if (typeof piece === 'string') return { state: piece };
  const { subject, userName, email, ipAddress, userAgent, note } = piece;
  return { state: 'shown', subject, ...defined({ userName, email, ipAddress, userAgent, note }) };
}

function defined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
