import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength, MinLength } from 'class-validator';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import type { ListedSession } from '../../account-sessions.js';
import { formatScopes } from '../../domain/scope-request.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const TIME = '2026-11-22T06:00:00.000Z';

export class RefreshDto {
  @ApiProperty({ example: 'qrt_7mYbP0s0bTqk1lZcXWqJ3uYF0l3oHqg2vR8nKjT5xYwEd9aBcDeF', maxLength: 256, writeOnly: true, description: 'The newest one of the session.' })
  @IsString()
  @MinLength(1)
  @MaxLength(256)
  refresh_token!: string;

  @ApiPropertyOptional({ example: 'read:data', description: 'What the access token may be used for: some of the session’s scopes (RFC 6749 §6); all of them when absent.' })
  @UnlessAbsent()
  @IsString()
  @MaxLength(1024)
  scope?: string;
}

export class EndSessionsQueryDto {
  @ApiPropertyOptional({ enum: ['true', 'false'], example: 'true', description: 'Keep the session that asks.' })
  @UnlessAbsent()
  @IsIn(['true', 'false'])
  others?: 'true' | 'false';
}

export class SessionDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ example: true, description: 'Whether it is the one that asks.' }) current!: boolean;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: null, description: 'The client that it was opened for; null for a login of Quantonium itself.' }) clientId!: string | null;
  @ApiProperty({ example: 'read:data run:simulation' }) scope!: string;
  @ApiProperty({ enum: ['aal1', 'aal2', 'aal3'], example: 'aal1' }) assurance!: string;
  @ApiProperty({ type: [String], example: ['pwd'], description: 'What was proved, as RFC 8176 calls it.' }) methods!: string[];
  @ApiProperty({ type: String, enum: ['certificate', 'dpop'], nullable: true, example: null, description: 'What its tokens are bound to.' }) boundTo!: 'certificate' | 'dpop' | null;
  @ApiProperty({ type: String, nullable: true, example: '192.0.2.7', description: 'Where it was opened from.' }) source!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'curl/8.9', description: 'What the program there called itself.' }) userAgent!: string | null;
  @ApiProperty({ format: 'date-time', example: TIME }) createdAt!: string;
  @ApiProperty({ format: 'date-time', example: TIME, description: 'When the holder last proved who they are.' }) authenticatedAt!: string;
  @ApiProperty({ format: 'date-time', example: TIME, description: 'When it was last refreshed or renewed.' }) lastUsedAt!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-23T06:00:00.000Z', description: 'When it ends unless it is refreshed before.' }) expiresAt!: string;
  @ApiProperty({ format: 'date-time', example: '2026-12-22T06:00:00.000Z', description: 'When it ends whatever is refreshed.' }) endsAt!: string;
}

export class SessionListDto {
  @ApiProperty({ type: [SessionDto], description: 'In order of creation.' }) items!: SessionDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/auth/sessions?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export class SessionsEndedDto {
  @ApiProperty({ type: 'integer', example: 2, description: 'How many there were to end.' }) sessionsEnded!: number;
}

export function sessionDtoOf(session: ListedSession, currentId: string | null): SessionDto {
  const { id, clientId, scopes, assurance, methods, boundTo, source, userAgent, createdAt, authenticatedAt, lastUsedAt, expiresAt, endsAt } = session;
  return {
    ...{ id, current: id === currentId, clientId, scope: formatScopes(new Set(scopes)), assurance, methods: [...methods], boundTo, source, userAgent },
    createdAt: createdAt.toISOString(),
    authenticatedAt: authenticatedAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    endsAt: endsAt.toISOString(),
  };
}
