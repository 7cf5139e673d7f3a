import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiConflictResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ExpectedVersion } from '#platform/database/expected-version.js';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { etagOf, IfMatch } from '#platform/http/if-match.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { Webhooks } from '../alerting/webhooks.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import { AUDIT_PERMISSIONS } from '../domain/audit.permissions.js';
import type { Webhook } from '../domain/webhook.js';
import { WebhookAccess } from './webhook-access.js';
import { CreateWebhookDto, deliveryDto, DeliveryListDto, UpdateWebhookDto, webhookDto, WebhookDto, WebhookListDto, WebhookTestDto, webhookWithSecretDto, WebhookWithSecretDto } from './webhooks.dto.js';

@ApiTags('webhooks')
@Controller('v1/webhooks')
export class WebhooksController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly access: WebhookAccess,
  ) {}

  @Post()
  @Requires(AUDIT_PERMISSIONS['webhooks:create'])
  @Audited(AUDIT_EVENTS['webhook.create'], 'transaction')
  @ApiOperation({ summary: 'Make a webhook', description: 'Entries of the ledger are sent as CloudEvents, signed as Standard Webhooks demand, with pseudonyms and without personal data. It sends what whoever made it may read (`audit:read`) at that time.' })
  @ApiCreatedResponse({ type: WebhookWithSecretDto })
  @ApiConflictResponse({ description: 'The key of the request made a webhook before, whose secret is not shown again; or there are as many as there may be: 20 in a project, 200 on the server.' })
  async create(@CurrentPrincipal() principal: Principal, @IdempotencyRequest() request: IdempotentRequest | null, @Body() { url, events, project }: CreateWebhookDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<WebhookWithSecretDto> {
    const projectId = await this.access.scopeFor(principal, project);
    const made = await this.webhooks.create(principal, request, { url, events, projectId });
    void reply.header('Location', `/v1/webhooks/${made.webhook.id}`).header('ETag', etagOf(made.webhook)).header('Cache-Control', 'no-store');
    return webhookWithSecretDto(made);
  }

  @Get()
  @Requires(AUDIT_PERMISSIONS['webhooks:read'])
  @Unaudited('it shows no secret, to whoever keeps webhooks')
  @ApiOperation({ summary: 'List webhooks' })
  @ApiOkResponse({ type: WebhookListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: PagingDto): Promise<WebhookListDto> {
    const { items, next } = await this.webhooks.list(principal, await this.access.visibleTo(principal), pageById(query));
    return { items: items.map(webhookDto), next: nextLink('/v1/webhooks', query, next) };
  }

  @Get(':id')
  @Requires(AUDIT_PERMISSIONS['webhooks:read'])
  @Unaudited('it shows no secret, to whoever keeps webhooks')
  @ApiOperation({ summary: 'Show a webhook' })
  @ApiOkResponse({ type: WebhookDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<WebhookDto> {
    return shown(await this.access.visible(principal, id), reply);
  }

  @Patch(':id')
  @Requires(AUDIT_PERMISSIONS['webhooks:update'])
  @Audited(AUDIT_EVENTS['webhook.update'], 'transaction')
  @ApiOperation({ summary: 'Change where a webhook goes, or what it sends', description: 'Needs the right to read the entries (`audit:read`), as making it does. From then on it sends what whoever changed it may read.' })
  @ApiOkResponse({ type: WebhookDto })
  async update(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Body() { url, events }: UpdateWebhookDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<WebhookDto> {
    if (url === undefined && events === undefined) throw Fault.at(REQUEST_FAULTS['invalid-request'], '', 'empty', 'url or events');
    await this.access.requireRedirecting(principal, id);
    const changes = { ...(url === undefined ? {} : { url }), ...(events === undefined ? {} : { events }) };
    return shown(await this.webhooks.update(principal, id, expected, changes), reply);
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires(AUDIT_PERMISSIONS['webhooks:delete'])
  @Audited(AUDIT_EVENTS['webhook.delete'], 'transaction')
  @ApiOperation({ summary: 'Remove a webhook', description: 'With the messages that wait for it.' })
  @ApiNoContentResponse()
  async delete(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion): Promise<void> {
    await this.access.require(principal, AUDIT_PERMISSIONS['webhooks:delete'], id);
    await this.webhooks.delete(principal, id, expected);
  }

  @Post(':id/rotate-secret')
  @HttpCode(200)
  @Requires(AUDIT_PERMISSIONS['webhooks:update'])
  @Audited(AUDIT_EVENTS['webhook.secret.rotate'], 'transaction')
  @ApiOperation({ summary: 'Give a webhook a new secret', description: 'For 24 hours the former one signs beside it, so that the receiver can be changed in between.' })
  @ApiOkResponse({ type: WebhookWithSecretDto })
  async rotateSecret(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Res({ passthrough: true }) reply: FastifyReply): Promise<WebhookWithSecretDto> {
    await this.access.require(principal, AUDIT_PERMISSIONS['webhooks:update'], id);
    const rotated = await this.webhooks.rotateSecret(principal, id, expected);
    void reply.header('ETag', etagOf(rotated.webhook)).header('Cache-Control', 'no-store');
    return webhookWithSecretDto(rotated);
  }

  @Post(':id/enable')
  @HttpCode(200)
  @Requires(AUDIT_PERMISSIONS['webhooks:update'])
  @Audited(AUDIT_EVENTS['webhook.update'], 'transaction')
  @ApiOperation({ summary: 'Switch a webhook on', description: 'It hears of what happens from then on.' })
  @ApiConflictResponse({ description: 'It is on.' })
  @ApiOkResponse({ type: WebhookDto })
  async enable(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Res({ passthrough: true }) reply: FastifyReply): Promise<WebhookDto> {
    await this.access.require(principal, AUDIT_PERMISSIONS['webhooks:update'], id);
    return shown(await this.webhooks.enable(principal, id, expected), reply);
  }

  @Post(':id/disable')
  @HttpCode(200)
  @Requires(AUDIT_PERMISSIONS['webhooks:update'])
  @Audited(AUDIT_EVENTS['webhook.disable'], 'transaction')
  @ApiOperation({ summary: 'Switch a webhook off', description: 'What waits for it is dropped.' })
  @ApiConflictResponse({ description: 'It is off.' })
  @ApiOkResponse({ type: WebhookDto })
  async disable(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Res({ passthrough: true }) reply: FastifyReply): Promise<WebhookDto> {
    await this.access.require(principal, AUDIT_PERMISSIONS['webhooks:update'], id);
    return shown(await this.webhooks.disable(principal, id, expected), reply);
  }

  @Post(':id/test')
  @HttpCode(202)
  @Requires(AUDIT_PERMISSIONS['webhooks:update'])
  @Audited(AUDIT_EVENTS['webhook.test'], 'transaction')
  @ApiOperation({ summary: 'Have a test message sent', description: 'Of type `webhook.test`. What became of it is among the deliveries.' })
  @ApiConflictResponse({ description: 'The webhook is off.' })
  @ApiAcceptedResponse({ type: WebhookTestDto })
  async test(@CurrentPrincipal() principal: Principal, @IdempotencyRequest() request: IdempotentRequest | null, @Param('id', UuidParam) id: string): Promise<WebhookTestDto> {
    await this.access.require(principal, AUDIT_PERMISSIONS['webhooks:update'], id);
    return { deliveryId: await this.webhooks.test(principal, request, id) };
  }

  @Get(':id/deliveries')
  @Requires(AUDIT_PERMISSIONS['webhooks:read'])
  @Unaudited('it names entries and holds nothing of them, for whoever keeps the webhook')
  @ApiOperation({ summary: 'List what became of a webhook\'s messages' })
  @ApiOkResponse({ type: DeliveryListDto })
  async deliveries(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() query: PagingDto): Promise<DeliveryListDto> {
    await this.access.visible(principal, id);
    const { items, next } = await this.webhooks.deliveries(principal, id, pageById(query));
    return { items: items.map(deliveryDto), next: nextLink(`/v1/webhooks/${id}/deliveries`, query, next) };
  }
}

function shown(webhook: Webhook, reply: FastifyReply): WebhookDto {
  void reply.header('ETag', etagOf(webhook));
  return webhookDto(webhook);
}
