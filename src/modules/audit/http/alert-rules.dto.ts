import { ApiProperty } from '@nestjs/swagger';
import { IsDefined, IsString, MaxLength } from 'class-validator';
import { parseTime } from '#pure/encoding/rfc3339.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { SEVERITIES, type Severity } from '../domain/finding.js';
import type { BookedRule } from '../detection/rule-book.js';
import type { Trial, TriedAlert, TrialRange } from '../detection/rule-trial.js';

const ID = '0e8a4f5e-6d2b-4c55-9a6f-0d8a5c1c3b77';
const RULE = `title: Somebody tried to read the ledger\nid: ${ID}\ndetection:\n  selection:\n    metadata.event_code: access.denied\n    unmapped.permission: audit:read\n  condition: selection\nlevel: low\n`;
const TIME = 'a time of RFC 3339 with its offset, years 1970 to 9999';

export class TryRuleDto {
  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: true }], example: RULE,
    description: 'A Sigma rule, as YAML (with its parts, a document each) or as the object that the YAML stands for. It may correlate the rules that are loaded, by name or id.',
  })
  @IsDefined()
  rule!: unknown;

  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T06:00:00Z', description: 'Entries of this time and later.' })
  @IsString()
  @MaxLength(64)
  from!: string;

  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-23T06:00:00Z', description: 'Entries before this time.' })
  @IsString()
  @MaxLength(64)
  to!: string;
}

export function rangeOf({ from, to }: TryRuleDto): TrialRange {
  const range = { fromMillis: timeOf('/from', from), toMillis: timeOf('/to', to) };
  if (range.fromMillis >= range.toMillis) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/to', 'out-of-range', 'after from');
  return range;
}

function timeOf(pointer: string, text: string): number {
  const millis = parseTime(text);
  if (millis === null) throw Fault.at(REQUEST_FAULTS['invalid-request'], pointer, 'wrong-format', TIME);
  return millis;
}

/** An alert as it would stand after that time. */
export class TriedAlertDto {
  @ApiProperty({ format: 'uuid', example: ID }) ruleId!: string;
  @ApiProperty({ example: 'Somebody tried to read the ledger' }) title!: string;
  @ApiProperty({ enum: SEVERITIES, example: 'low' }) severity!: Severity;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: {}, description: 'By what the rule groups, and the values that it found.' }) group!: Record<string, string>;
  @ApiProperty({ type: [String], example: [ID], description: 'Principals that it is about.' }) subjects!: string[];
  @ApiProperty({ type: 'integer', example: 3, description: 'Of what the rule counts.' }) count!: number;
  @ApiProperty({ type: 'integer', example: 1, description: 'How often the rule would have fired: once to raise the alert, then to add to it.' }) fired!: number;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) firstSeenAt!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:04:00.000Z' }) lastSeenAt!: string;
  @ApiProperty({ type: [String], example: ['019a94de-4b70-7c00-8000-000000000001'], description: 'Entries that show it; of many the first and the last.' }) entryIds!: string[];
}

export class TrialDto {
  @ApiProperty({ type: [TriedAlertDto], description: 'In the order in which they would have been raised.' }) alerts!: TriedAlertDto[];
  @ApiProperty({ type: 'integer', example: 1234, description: 'Entries of that time that were looked at.' }) entries!: number;
  @ApiProperty({ example: true, description: 'Whether the whole time was looked at.' }) complete!: boolean;
  @ApiProperty({
    enum: ['entries', 'durationMillis', 'matches', 'alerts'], nullable: true, example: null,
    description: 'Of a result that is not complete, which limit was met: 200000 entries, 10 s, 50000 matches that correlations remember, or 100 alerts.',
  })
  endedBy!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null, description: 'Of a result that is not complete, the time that was reached.' }) endedAt!: string | null;
}

export function trialDto({ alerts, entries, ended }: Trial): TrialDto {
  return {
    alerts: alerts.map(alertDto),
    entries,
    complete: ended === null,
    endedBy: ended?.by ?? null,
    endedAt: ended === null ? null : new Date(ended.atMillis).toISOString(),
  };
}

function alertDto({ ruleId, title, severity, group, subjects, count, fired, firstSeenMillis, lastSeenMillis, entryIds }: TriedAlert): TriedAlertDto {
  return {
    ruleId, title, severity, count, fired,
    group: { ...group },
    subjects: [...subjects],
    firstSeenAt: new Date(firstSeenMillis).toISOString(),
    lastSeenAt: new Date(lastSeenMillis).toISOString(),
    entryIds: [...entryIds],
  };
}

/** A rule that this process has loaded. */
export class RuleDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ example: 'A key was exported' }) title!: string;
  @ApiProperty({ enum: SEVERITIES, nullable: true, example: 'high', description: 'Null: it is a part of other rules.' }) level!: Severity | null;
  @ApiProperty({ enum: ['detection', 'correlation', 'signal'], example: 'detection' }) kind!: string;
  @ApiProperty({ example: true, description: 'Whether what it finds is raised: not where it is switched off, or a part of others alone.' }) raises!: boolean;
  @ApiProperty({ enum: ['shipped', 'own'], example: 'shipped' }) origin!: string;
  @ApiProperty({ example: 'key_exported.yml' }) file!: string;
  @ApiProperty({ type: 'object', additionalProperties: true, example: { title: 'A key was exported' }, description: 'As it was written.' }) rule!: object;
}

export class RuleListDto {
  @ApiProperty({ type: [RuleDto] }) items!: RuleDto[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'The next page; null on the last.' }) next!: string | null;
}

export function ruleDto({ rule: { id, title, level, kind }, source, file, origin, raises }: BookedRule): RuleDto {
  return { id, title, level, kind, raises, origin, file, rule: source as object };
}
