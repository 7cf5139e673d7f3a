import { Injectable } from '@nestjs/common';
import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import { rowColumns } from '#pure/policy/filter-sql.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import { WEBHOOK_ATTRIBUTES } from '../domain/audit.permissions.js';
import type { DisabledReason, SealedWebhook, Webhook } from '../domain/webhook.js';

interface WebhookRow extends Omit<SealedWebhook, 'version'> {
  readonly version: string;
}

const COLUMNS = `id, url, events, project_id AS "projectId", state, disabled_reason AS "disabledReason", since, former_until AS "formerUntil",
  created_by AS "createdBy", created_at AS "createdAt", version, secret, former_secret AS "formerSecret"`;

const INSERT: Statement = {
  name: 'alerts.webhook-insert',
  text: "INSERT INTO alerts.webhook (id, url, events, project_id, secret, state, created_by, created_at, since) VALUES ($1, $2, $3, $4, $5, 'enabled', $6, $7, $7)",
};
const FIND: Statement = { name: 'alerts.webhook-find', text: `SELECT ${COLUMNS} FROM alerts.webhook WHERE id = $1` };
const LOCK: Statement = { name: 'alerts.webhook-lock', text: `${FIND.text} FOR UPDATE` };
const ENABLED: Statement = { name: 'alerts.webhook-enabled', text: `SELECT ${COLUMNS} FROM alerts.webhook WHERE state = 'enabled' ORDER BY id` };
const LIST = `SELECT ${COLUMNS} FROM alerts.webhook WHERE {filter} AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2`;
const FILTERED = rowColumns(WEBHOOK_ATTRIBUTES, 'project_id', { createdBy: 'created_by::text', state: 'state', createdAt: 'created_at' });
/** `whok` in ASCII: of two who make the last one that may be, the second sees the first one's. */
const LIMIT_LOCK: Statement = { name: 'alerts.webhook-limit-lock', text: 'SELECT pg_advisory_xact_lock(2003332971)' };
const COUNT: Statement = { name: 'alerts.webhook-count', text: 'SELECT count(*)::int AS server, (count(*) FILTER (WHERE project_id = $1))::int AS project FROM alerts.webhook' };
const UPDATE: Statement = { name: 'alerts.webhook-update', text: `UPDATE alerts.webhook SET url = $2, events = $3, created_by = $4, version = version + 1 WHERE id = $1 RETURNING ${COLUMNS}` };
const ROTATE: Statement = {
  name: 'alerts.webhook-rotate',
  text: `UPDATE alerts.webhook SET former_secret = secret, former_until = $3, secret = $2, version = version + 1 WHERE id = $1 RETURNING ${COLUMNS}`,
};
const SWITCH_ON: Statement = {
  name: 'alerts.webhook-switch-on',
  text: `UPDATE alerts.webhook SET state = 'enabled', disabled_reason = NULL, since = $2, version = version + 1 WHERE id = $1 RETURNING ${COLUMNS}`,
};
/** The sequencer's login may change these columns alone. */
const SWITCH_OFF: Statement = {
  name: 'alerts.webhook-switch-off',
  text: `UPDATE alerts.webhook SET state = 'disabled', disabled_reason = $2, version = version + 1 WHERE id = $1 RETURNING ${COLUMNS}`,
};
const DELETE: Statement = { name: 'alerts.webhook-delete', text: 'DELETE FROM alerts.webhook WHERE id = $1' };

@Injectable()
export class WebhookRepository {
  async insert(tx: Tx, { id, url, events, projectId, secret, createdBy, createdAt }: Omit<SealedWebhook, 'state' | 'since' | 'version'>): Promise<void> {
    await rowsOf(tx, INSERT, [id, url, events, projectId, secret, createdBy, createdAt]);
  }

  async find(reading: Reading, id: string): Promise<SealedWebhook | null> {
    return only(await rowsOf<WebhookRow>(reading, FIND, [id]));
  }

  async lock(tx: Tx, id: string): Promise<SealedWebhook | null> {
    return only(await rowsOf<WebhookRow>(tx, LOCK, [id]));
  }

  async enabled(reading: Reading): Promise<readonly Webhook[]> {
    return (await rowsOf<WebhookRow>(reading, ENABLED)).map(webhookOf);
  }

  async list(reading: Reading, filter: RowFilter, page: PageRequest): Promise<Page<Webhook>> {
    const rows = await filteredRowsOf<WebhookRow>(reading, LIST, FILTERED, filter, [page.after, page.limit + 1]);
    return pageOf(rows.map(webhookOf), page.limit);
  }

  /** How many there are; to the end of the transaction nobody else counts. */
  async count(tx: Tx, projectId: string | null): Promise<{ readonly server: number; readonly project: number }> {
    await rowsOf(tx, LIMIT_LOCK);
    const [row] = await rowsOf<{ server: number; project: number }>(tx, COUNT, [projectId]);
    return row!;
  }

  async update(tx: Tx, id: string, { url, events, createdBy }: Pick<Webhook, 'url' | 'events' | 'createdBy'>): Promise<Webhook> {
    return only(await rowsOf<WebhookRow>(tx, UPDATE, [id, url, events, createdBy]))!;
  }

  async rotate(tx: Tx, id: string, secret: Buffer, formerUntil: Date): Promise<Webhook> {
    return only(await rowsOf<WebhookRow>(tx, ROTATE, [id, secret, formerUntil]))!;
  }

  async switchOn(tx: Tx, id: string, since: Date): Promise<Webhook> {
    return only(await rowsOf<WebhookRow>(tx, SWITCH_ON, [id, since]))!;
  }

  async switchOff(tx: Tx, id: string, reason: DisabledReason): Promise<Webhook> {
    return only(await rowsOf<WebhookRow>(tx, SWITCH_OFF, [id, reason]))!;
  }

  async delete(tx: Tx, id: string): Promise<void> {
    await rowsOf(tx, DELETE, [id]);
  }
}

function only(rows: readonly WebhookRow[]): SealedWebhook | null {
  return rows[0] === undefined ? null : webhookOf(rows[0]);
}

/** bigint arrives as text. */
function webhookOf(row: WebhookRow): SealedWebhook {
  return { ...row, version: Number(row.version) };
}
