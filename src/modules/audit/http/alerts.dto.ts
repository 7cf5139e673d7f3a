import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, Length, Matches } from 'class-validator';
import { PagingDto } from '#platform/http/paging.dto.js';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Alert, ALERT_STATUSES, type AlertTransition } from '../domain/alert.js';
import { SEVERITIES } from '../domain/finding.js';

const ID = '019a94de-4b70-7c00-8000-000000000001';
const PERSON = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';
const NOON = '2026-11-22T12:00:00.000Z';
/** RFC 3339 in UTC, to the second or the millisecond. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/;
/** Shown in terminals and logs of others: no line breaks, no escape sequences, and nothing that UTF-8 cannot say. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}\u2028\u2029]*$/u;

export class AlertQueryDto extends PagingDto {
  @ApiPropertyOptional({ enum: ALERT_STATUSES, example: 'open' })
  @UnlessAbsent()
  @IsIn(ALERT_STATUSES)
  status?: Alert['status'];

  @ApiPropertyOptional({ enum: SEVERITIES, example: 'high' })
  @UnlessAbsent()
  @IsIn(SEVERITIES)
  severity?: Alert['severity'];

  @ApiPropertyOptional({ example: 'brute-force', maxLength: 200, description: 'The id of a detection rule.' })
  @UnlessAbsent()
  @Length(1, 200)
  @Matches(PRINTABLE)
  rule?: string;
}

export class MoveAlertDto {
  @ApiPropertyOptional({ example: 'A load test of ours.', minLength: 1, maxLength: 1000, description: 'Why. Kept in the ledger alone, encrypted as personal data of who wrote it.' })
  @UnlessAbsent()
  @IsString()
  @Length(1, 1000)
  @Matches(PRINTABLE, { message: 'text without control characters' })
  note?: string;
}

export class SuppressAlertDto extends MoveAlertDto {
  @ApiProperty({ format: 'date-time', example: '2026-11-29T12:00:00Z', description: 'Until then the rule may fire without anybody being told: 90 days at most.' })
  @IsString()
  @Matches(INSTANT)
  until!: string;
}

export class AlertDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ example: 'brute-force' }) rule!: string;
  @ApiProperty({ example: 'Many failed logins of one account' }) title!: string;
  @ApiProperty({ enum: SEVERITIES, example: 'medium' }) severity!: string;
  @ApiProperty({ enum: ALERT_STATUSES, example: 'open' }) status!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null }) suppressedUntil!: string | null;
  @ApiProperty({ type: Object, additionalProperties: { type: 'string' }, example: { 'user.uid': PERSON }, description: 'What the rule groups by: one alert a rule and group that is not resolved.' }) group!: Readonly<Record<string, string>>;
  @ApiProperty({ type: [String], example: [PERSON], description: 'Principals that it is about.' }) subjects!: readonly string[];
  @ApiProperty({ type: 'integer', minimum: 1, example: 10, description: 'Occurrences so far.' }) count!: number;
  @ApiProperty({ format: 'date-time', example: NOON }) firstSeenAt!: string;
  @ApiProperty({ format: 'date-time', example: NOON }) lastSeenAt!: string;
  @ApiProperty({ type: [String], example: [ID], description: 'Entries of the ledger that show it; of many, the first and the last.' }) entryIds!: readonly string[];
  @ApiProperty({ type: 'integer', minimum: 0, example: 0, description: 'How often it was opened again.' }) reopened!: number;
  @ApiProperty({ format: 'date-time', example: NOON }) raisedAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null }) resolvedAt!: string | null;
}

class AlertTransitionDto {
  @ApiProperty({ format: 'date-time', example: NOON }) at!: string;
  @ApiProperty({ example: 'detection', description: 'The principal who did it, or the component (`detection`).' }) actor!: string;
  @ApiProperty({ enum: ['raise', 'acknowledge', 'resolve', 'reopen', 'suppress', 'unsuppress'], example: 'raise' }) deed!: string;
  @ApiProperty({ format: 'uuid', example: ID, description: 'The entry of the ledger, where the note is.' }) entryId!: string;
}

export class AlertWithTransitionsDto extends AlertDto {
  @ApiProperty({ type: [AlertTransitionDto], description: 'Its life so far, in order.' }) transitions!: AlertTransitionDto[];
}

export class AlertListDto {
  @ApiProperty({ type: [AlertDto], description: 'The youngest first.' }) items!: AlertDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/alerts?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export function alertDto(alert: Alert): AlertDto {
  const { id, ruleId, title, severity, status, group, subjects, count, entryIds, reopened } = alert;
  return {
    id, rule: ruleId, title, severity, status, group, subjects, count, entryIds, reopened,
    suppressedUntil: alert.suppressedUntil?.toISOString() ?? null,
    firstSeenAt: alert.firstSeenAt.toISOString(),
    lastSeenAt: alert.lastSeenAt.toISOString(),
    raisedAt: alert.raisedAt.toISOString(),
    resolvedAt: alert.resolvedAt?.toISOString() ?? null,
  };
}

export function transitionDto({ at, actor, deed, entryId }: AlertTransition): AlertTransitionDto {
  return { at: at.toISOString(), actor, deed, entryId };
}

/** The pattern lets a 31st of June through, and Date moves it to July: only an instant that reads back as written is one. */
export function parseUntil(text: string): Date {
  const instant = new Date(text);
  if (!Number.isNaN(instant.getTime()) && instant.toISOString().slice(0, 19) === text.slice(0, 19)) return instant;
  throw Fault.at(REQUEST_FAULTS['invalid-request'], '/until', 'wrong-format', 'an RFC 3339 instant in UTC');
}
