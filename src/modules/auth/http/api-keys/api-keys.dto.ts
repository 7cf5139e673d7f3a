import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsString, Length, Matches, Max, MaxLength, Min, MinLength } from 'class-validator';
import { PagingDto } from '#platform/http/paging.dto.js';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { SCOPES } from '#pure/principal/principal.js';
import { UUID } from '#pure/uuid/uuid.js';
import type { NewApiKey } from '../../api-keys/api-key-records.js';
import { type ApiKey, LIFETIME_DAYS_MAX } from '../../domain/api-key.js';
import { formatScopes, parseScopes } from '../../domain/scope-request.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const OWNER = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';
const PROJECT = '01981b7e-7a10-7f3c-8c2b-1d2e3f4a5b6c';
/** When nobody says for how long. */
const LIFETIME_DAYS = 90;

export class CreateApiKeyDto {
  @ApiPropertyOptional({ example: 'notebook in the lab', minLength: 1, maxLength: 100, description: 'For people: where it is used.' })
  @UnlessAbsent()
  @IsString()
  @Length(1, 100)
  // Shown in terminals of others: no line breaks and no escape sequences.
  @Matches(/^[^\p{Cc}\u2028\u2029]*$/u, { message: 'text without control characters' })
  label?: string;

  @ApiProperty({ example: 'read:data run:simulation', description: 'What it may be used for, separated by single spaces: nothing that the token of this request may not be used for. Always said, so that nobody makes a key for everything by saying nothing.' })
  @IsString()
  @MinLength(1)
  @MaxLength(1024)
  scope!: string;

  @ApiPropertyOptional({ example: 'default', description: 'Id or slug of the one project that it is for; every project of its owner when absent.' })
  @UnlessAbsent()
  @IsString()
  @Length(1, 63)
  project?: string;

  @ApiPropertyOptional({ type: 'integer', example: 30, minimum: 1, maximum: LIFETIME_DAYS_MAX, default: LIFETIME_DAYS })
  @UnlessAbsent()
  @IsInt()
  @Min(1)
  @Max(LIFETIME_DAYS_MAX)
  lifetimeDays?: number;
}

export class ApiKeyQueryDto extends PagingDto {
  @ApiPropertyOptional({ format: 'uuid', example: OWNER, description: 'Only those of this user or service account.' })
  @UnlessAbsent()
  @Matches(UUID)
  ownerId?: string;

  @ApiPropertyOptional({ example: 'qak_4fT0pQm2Zx9B', pattern: '^qak_[0-9A-Za-z]{12}$', description: 'Only the one whose text begins so: to find whose key turned up somewhere.' })
  @UnlessAbsent()
  @Matches(/^qak_[0-9A-Za-z]{12}$/)
  prefix?: string;
}

export class ApiKeyDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ example: 'qak_4fT0pQm2Zx9B', description: 'The beginning of its text, by which it is told from others.' }) prefix!: string;
  @ApiProperty({ format: 'uuid', example: OWNER, description: 'The user or service account whose key it is.' }) ownerId!: string;
  @ApiProperty({ enum: ['user', 'service'], example: 'user', description: 'What its owner is.' }) ownerKind!: string;
  @ApiProperty({ type: String, nullable: true, example: 'notebook in the lab' }) label!: string | null;
  @ApiProperty({ example: 'read:data run:simulation' }) scope!: string;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: PROJECT, description: 'The one project that it is for; null for every project of its owner.' }) projectId!: string | null;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) createdAt!: string;
  @ApiProperty({ format: 'uuid', example: OWNER, description: 'The principal who made it, and has seen it.' }) createdBy!: string;
  @ApiProperty({ format: 'date-time', example: '2027-02-20T06:00:00.000Z', description: 'From this instant on it is refused.' }) expiresAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-11-22T07:15:00.000Z', description: 'To about a minute; null when it was never used.' }) lastUsedAt!: string | null;
}

export class NewApiKeyDto extends ApiKeyDto {
  @ApiProperty({ example: 'qak_4fT0pQm2Zx9B_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg0aB1cD', description: 'The key: shown here and never again. Send it as `Authorization: Bearer …`.' }) key!: string;
}

export class ApiKeyListDto {
  @ApiProperty({ type: [ApiKeyDto], description: 'In order of creation; the expired for another 30 days.' }) items!: ApiKeyDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/api-keys?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

/** Fault: invalid-request for a scope that there is none of. */
export function newApiKeyOf(body: CreateApiKeyDto): NewApiKey {
  const { label = null, project = null, lifetimeDays = LIFETIME_DAYS } = body;
  const scopes = parseScopes(body.scope);
  if (scopes === null) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/scope', 'unknown-scope', `some of: ${SCOPES.join(' ')}`);
  return { label, scopes, project, lifetimeDays };
}

export function apiKeyDtoOf({ id, publicId, ownerId, ownerKind, label, scopes, projectId, createdAt, createdBy, expiresAt, lastUsedAt }: ApiKey): ApiKeyDto {
  return {
    id,
    prefix: `qak_${publicId}`,
    ownerId,
    ownerKind,
    label,
    scope: formatScopes(new Set(scopes)),
    projectId,
    createdAt: createdAt.toISOString(),
    createdBy,
    expiresAt: expiresAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}
