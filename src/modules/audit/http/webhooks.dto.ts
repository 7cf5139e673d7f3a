import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsString, Length, Matches, MaxLength } from 'class-validator';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import type { DeliveryRecord } from '#platform/outbox/outbox-rows.js';
import { EVENT_PATTERN, type Webhook, WEBHOOK_EVENTS_MAX } from '../domain/webhook.js';
import type { WebhookWithSecret } from '../alerting/webhooks.js';

const ID = '019a94de-4b70-7c00-8000-000000000001';
const PROJECT = '01900000-0000-7000-8000-000000000001';
const PERSON = '01981b7e-6f00-7a52-8d11-5b1a2c3d4e5f';
const NOON = '2026-11-22T12:00:00.000Z';
const URL_EXAMPLE = 'https://hooks.example.com/quantonium';
const SECRET_EXAMPLE = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

/** What a webhook can be told to send, whether it is made or changed. */
const AreEventPatterns = (): PropertyDecorator =>
  applyDecorators(
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(WEBHOOK_EVENTS_MAX),
    ArrayUnique(),
    IsString({ each: true }),
    MaxLength(100, { each: true }),
    Matches(EVENT_PATTERN, { each: true, message: 'the code of an event, a prefix that ends with .*, or *' }),
  );

export class CreateWebhookDto {
  @ApiProperty({ example: URL_EXAMPLE, maxLength: 2000, description: 'Where to: https, and in production nothing else; to no private address, unless the operator allows it.' })
  @IsString()
  @Length(1, 2000)
  url!: string;

  @ApiProperty({ type: [String], minItems: 1, maxItems: WEBHOOK_EVENTS_MAX, example: ['alert.*', 'simulation.complete'], description: 'Codes of events, prefixes that end with `.*`, or `*` for all.' })
  @AreEventPatterns()
  events!: string[];

  @ApiPropertyOptional({ example: 'default', pattern: '^[a-z0-9-]{1,63}$', description: 'Id or slug of the project whose entries are sent. Without it: those of the whole server, which its keeper must be permitted to read.' })
  @UnlessAbsent()
  @IsString()
  @Matches(/^[a-z0-9-]{1,63}$/)
  project?: string;
}

export class UpdateWebhookDto {
  @ApiPropertyOptional({ example: URL_EXAMPLE, maxLength: 2000 })
  @UnlessAbsent()
  @IsString()
  @Length(1, 2000)
  url?: string;

  @ApiPropertyOptional({ type: [String], minItems: 1, maxItems: WEBHOOK_EVENTS_MAX, example: ['alert.*'] })
  @UnlessAbsent()
  @AreEventPatterns()
  events?: string[];
}

export class WebhookDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ example: URL_EXAMPLE }) url!: string;
  @ApiProperty({ type: [String], example: ['alert.*'] }) events!: readonly string[];
  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: PROJECT, description: 'Null: of the whole server.' }) projectId!: string | null;
  @ApiProperty({ enum: ['enabled', 'disabled'], example: 'enabled' }) state!: string;
  @ApiProperty({ type: String, enum: ['person', 'gone', 'backlog', null], nullable: true, example: null, description: 'By somebody; because its receiver answered 410; because too many messages waited for it.' }) disabledReason!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null, description: 'Until then the secret before the last rotation signs too.' }) formerSecretUntil!: string | null;
  @ApiProperty({ format: 'uuid', example: PERSON, description: 'Who made it, or last changed its URL or its events. What is sent is what this principal may read at that time.' }) createdBy!: string;
  @ApiProperty({ format: 'date-time', example: NOON }) createdAt!: string;
}

export class WebhookWithSecretDto extends WebhookDto {
  @ApiProperty({ example: SECRET_EXAMPLE, description: 'Signs the messages (Standard Webhooks). Shown in this answer and never again.' }) secret!: string;
}

export class WebhookListDto {
  @ApiProperty({ type: [WebhookDto], description: 'Oldest first; those that the caller may see.' }) items!: WebhookDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/webhooks?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export class WebhookTestDto {
  @ApiProperty({ format: 'uuid', example: ID, description: 'Of the delivery, and its `webhook-id`.' }) deliveryId!: string;
}

class DeliveryDto {
  @ApiProperty({ format: 'uuid', example: ID, description: 'The `webhook-id`, the same at every attempt.' }) id!: string;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: ID, description: 'The entry of the ledger; null for a test.' }) entryId!: string | null;
  @ApiProperty({ enum: ['pending', 'delivered', 'failed', 'dropped'], example: 'delivered', description: 'failed: given up; dropped: not for this receiver any more.' }) state!: string;
  @ApiProperty({ type: 'integer', minimum: 0, example: 1 }) attempts!: number;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why it failed last, as `status-500`, `timeout` or `refused-address`.' }) failure!: string | null;
  @ApiProperty({ format: 'date-time', example: NOON }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null }) nextAttemptAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: NOON }) endedAt!: string | null;
}

export class DeliveryListDto {
  @ApiProperty({ type: [DeliveryDto], description: 'The youngest first; those of the last week.' }) items!: DeliveryDto[];
  @ApiProperty({ type: String, nullable: true, example: `/v1/webhooks/${ID}/deliveries?limit=50&cursor=${ID}`, description: 'The next page; null on the last.' }) next!: string | null;
}

export function webhookDto({ id, url, events, projectId, state, disabledReason, formerUntil, createdBy, createdAt }: Webhook): WebhookDto {
  return { id, url, events, projectId, state, disabledReason, formerSecretUntil: formerUntil?.toISOString() ?? null, createdBy, createdAt: createdAt.toISOString() };
}

export function webhookWithSecretDto({ webhook, secret }: WebhookWithSecret): WebhookWithSecretDto {
  return { ...webhookDto(webhook), secret };
}

export function deliveryDto({ id, subject, state, attempts, failure, createdAt, nextAttemptAt, endedAt }: DeliveryRecord): DeliveryDto {
  const { entryId } = subject;
  return {
    id, state, attempts, failure,
    entryId: typeof entryId === 'string' ? entryId : null,
    createdAt: createdAt.toISOString(),
    nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
}
