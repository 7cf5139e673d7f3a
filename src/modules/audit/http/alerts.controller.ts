import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiConflictResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { PolicyDecision } from '#modules/rbac/index.js';
import type { ExpectedVersion } from '#platform/database/expected-version.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { etagOf, IfMatch } from '#platform/http/if-match.js';
import { nextLink, pageById } from '#platform/http/paging.dto.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { Permission } from '#pure/capability/permission.js';
import type { Fact } from '#pure/policy/facts.js';
import type { Principal } from '#pure/principal/principal.js';
import { AlertDesk, type AlertMove } from '../alerting/alert-desk.js';
import type { Alert } from '../domain/alert.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import { type ALERT_ATTRIBUTES, AUDIT_PERMISSIONS } from '../domain/audit.permissions.js';
import { alertDto, AlertDto, AlertListDto, AlertQueryDto, AlertWithTransitionsDto, MoveAlertDto, parseUntil, SuppressAlertDto, transitionDto } from './alerts.dto.js';

/** Alerts are of the whole server: a permission in some project alone opens nothing here. */
@ApiTags('alerts')
@Controller('v1/alerts')
export class AlertsController {
  constructor(
    private readonly desk: AlertDesk,
    private readonly policy: PolicyDecision,
  ) {}

  @Get()
  @Requires(AUDIT_PERMISSIONS['alerts:read'])
  @Unaudited('alerts hold pseudonyms, and are watched all day by whoever keeps the server')
  @ApiOperation({ summary: 'List alerts' })
  @ApiOkResponse({ type: AlertListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: AlertQueryDto): Promise<AlertListDto> {
    const visible = await this.policy.filter(principal, AUDIT_PERMISSIONS['alerts:read']);
    const { status, severity, rule } = query;
    const filter = { ...(status === undefined ? {} : { status }), ...(severity === undefined ? {} : { severity }) };
    const { items, next } = await this.desk.list(principal, { ...filter, ...(rule === undefined ? {} : { ruleId: rule }) }, visible, pageById(query));
    return { items: items.map(alertDto), next: nextLink('/v1/alerts', query, next, { ...filter, ...(rule === undefined ? {} : { rule }) }) };
  }

  @Get(':id')
  @Requires(AUDIT_PERMISSIONS['alerts:read'])
  @Unaudited('alerts hold pseudonyms, and are watched all day by whoever keeps the server')
  @ApiOperation({ summary: 'Show an alert with its transitions' })
  @ApiOkResponse({ type: AlertWithTransitionsDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<AlertWithTransitionsDto> {
    const { alert, transitions } = await this.found(principal, AUDIT_PERMISSIONS['alerts:read'], id);
    void reply.header('ETag', etagOf(alert));
    return { ...alertDto(alert), transitions: transitions.map(transitionDto) };
  }

  @Post(':id/acknowledge')
  @HttpCode(200)
  @Requires(AUDIT_PERMISSIONS['alerts:update'])
  @Audited(AUDIT_EVENTS['alert.acknowledge'], 'transaction')
  @ApiOperation({ summary: 'Take an alert on', description: 'It counts on while its rule fires, and nobody is told again.' })
  @ApiConflictResponse({ description: 'The alert is not open.' })
  @ApiOkResponse({ type: AlertDto })
  acknowledge(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Body() { note }: MoveAlertDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<AlertDto> {
    return this.move(principal, id, { deed: 'acknowledge', expected, ...noted(note) }, reply);
  }

  @Post(':id/resolve')
  @HttpCode(200)
  @Requires(AUDIT_PERMISSIONS['alerts:update'])
  @Audited(AUDIT_EVENTS['alert.resolve'], 'transaction')
  @ApiOperation({ summary: 'Close an alert', description: 'If its rule fires within 24 hours it is open again; later a new alert is raised.' })
  @ApiConflictResponse({ description: 'The alert is resolved already.' })
  @ApiOkResponse({ type: AlertDto })
  resolve(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Body() { note }: MoveAlertDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<AlertDto> {
    return this.move(principal, id, { deed: 'resolve', expected, ...noted(note) }, reply);
  }

  @Post(':id/reopen')
  @HttpCode(200)
  @Requires(AUDIT_PERMISSIONS['alerts:update'])
  @Audited(AUDIT_EVENTS['alert.reopen'], 'transaction')
  @ApiOperation({ summary: 'Open an alert again' })
  @ApiConflictResponse({ description: 'The alert is open, or a younger one of the same rule and group is not over.' })
  @ApiOkResponse({ type: AlertDto })
  reopen(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Body() { note }: MoveAlertDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<AlertDto> {
    return this.move(principal, id, { deed: 'reopen', expected, ...noted(note) }, reply);
  }

  @Post(':id/suppress')
  @HttpCode(200)
  @Requires(AUDIT_PERMISSIONS['alerts:update'])
  @Audited(AUDIT_EVENTS['alert.suppress'], 'transaction')
  @ApiOperation({ summary: 'Silence an alert until a time', description: 'Its rule may fire, and is counted; nobody is told.' })
  @ApiConflictResponse({ description: 'The alert is resolved.' })
  @ApiOkResponse({ type: AlertDto })
  suppress(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Body() { note, until }: SuppressAlertDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<AlertDto> {
    return this.move(principal, id, { deed: 'suppress', until: parseUntil(until), expected, ...noted(note) }, reply);
  }

  @Post(':id/unsuppress')
  @HttpCode(200)
  @Requires(AUDIT_PERMISSIONS['alerts:update'])
  @Audited(AUDIT_EVENTS['alert.unsuppress'], 'transaction')
  @ApiOperation({ summary: 'End the silence of an alert' })
  @ApiConflictResponse({ description: 'The alert is not silenced.' })
  @ApiOkResponse({ type: AlertDto })
  unsuppress(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @IfMatch() expected: ExpectedVersion, @Body() { note }: MoveAlertDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<AlertDto> {
    return this.move(principal, id, { deed: 'unsuppress', expected, ...noted(note) }, reply);
  }

  /** Who has the permission in a project alone is refused before it is looked up: they are not told which alerts there are. */
  private async found(principal: Principal, permission: Permission, id: string): ReturnType<AlertDesk['get']> {
    await this.policy.requireSomethingIn(principal, permission, null);
    const found = await this.desk.get(principal, id);
    await this.policy.requireFound(principal, permission, null, attributesOf(found.alert));
    return found;
  }

  private async move(principal: Principal, id: string, move: AlertMove, reply: FastifyReply): Promise<AlertDto> {
    await this.found(principal, AUDIT_PERMISSIONS['alerts:update'], id);
    const alert = await this.desk.move(principal, id, move);
    void reply.header('ETag', etagOf(alert));
    return alertDto(alert);
  }
}

const attributesOf = ({ ruleId: rule, severity, status }: Alert): Record<keyof typeof ALERT_ATTRIBUTES, Fact> => ({ rule, severity, status });

function noted(note: string | undefined): { note?: string } {
  return note === undefined ? {} : { note };
}
