import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '#platform/database/grants.js';

/** Detection, alerts, webhooks, and the outbox that everything leaves by. Pseudonyms only: no name, no address. */
export class Alerts1763769600010 implements MigrationInterface {
  readonly name = 'Alerts1763769600010';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...DETECTION, ...ALERTS, ...WEBHOOKS, ...OUTBOX]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE platform.outbox; DROP SCHEMA alerts CASCADE');
  }
}

const DETECTION = [
  'CREATE SCHEMA alerts',

  // What a correlation has seen inside its time span: written in the transaction that moves the cursor, so that the same
  // log gives the same alerts whoever reads it and however often it is killed.
  `CREATE TABLE alerts.rule_match (
     rule_id   text        NOT NULL,
     group_key text        NOT NULL,
     index     bigint      NOT NULL,
     base      text        NOT NULL,
     at        timestamptz NOT NULL,
     -- What value_count counts, a row each; empty for others.
     value     text        NOT NULL,
     weight    bigint      NOT NULL CHECK (weight > 0),
     PRIMARY KEY (rule_id, group_key, index, base, value)
   )`,
  'CREATE INDEX rule_match_at ON alerts.rule_match (rule_id, at)',

  // What a process that serves requests says of a minute: so many answers vouched for an entry. By the database's clock,
  // which all replicas share; held against the growth of the tree, and forgotten after that.
  `CREATE TABLE alerts.request_pulse (
     id       uuid        PRIMARY KEY,
     since    timestamptz NOT NULL,
     until    timestamptz NOT NULL DEFAULT clock_timestamp(),
     answered bigint      NOT NULL CHECK (answered > 0)
   )`,
];

const ALERTS = [
  `CREATE TABLE alerts.alert (
     id               uuid        PRIMARY KEY,
     rule_id          text        NOT NULL,
     title            text        NOT NULL,
     severity         text        NOT NULL CHECK (severity IN ('informational', 'low', 'medium', 'high', 'critical')),
     group_key        text        NOT NULL,
     group_values     jsonb       NOT NULL,
     -- Principals that it is about, for people: the first and the last of many.
     subjects         text[]      NOT NULL,
     status           text        NOT NULL CHECK (status IN ('open', 'acknowledged', 'resolved')),
     suppressed_until timestamptz,
     count            bigint      NOT NULL CHECK (count > 0),
     first_seen_at    timestamptz NOT NULL,
     last_seen_at     timestamptz NOT NULL,
     entry_ids        uuid[]      NOT NULL,
     reopened         integer     NOT NULL DEFAULT 0 CHECK (reopened >= 0),
     raised_at        timestamptz NOT NULL,
     resolved_at      timestamptz,
     version          bigint      NOT NULL DEFAULT 1,
     CHECK ((status = 'resolved') = (resolved_at IS NOT NULL))
   )`,
  // One alert that is not over, a rule and group: two replicas that raise it at once meet here.
  "CREATE UNIQUE INDEX alert_once ON alerts.alert (rule_id, group_key) WHERE status <> 'resolved'",

  // Whom it is about, without a bound: principals, and digests of names that were tried at logins. Nobody who stands here
  // is erased while it is not resolved.
  `CREATE TABLE alerts.subject (
     subject  text NOT NULL,
     alert_id uuid NOT NULL REFERENCES alerts.alert (id) ON DELETE RESTRICT,
     PRIMARY KEY (subject, alert_id)
   )`,

  // Who moved it; what they noted stands in the ledger's entry, encrypted as theirs.
  `CREATE TABLE alerts.transition (
     alert_id   uuid        NOT NULL REFERENCES alerts.alert (id) ON DELETE RESTRICT,
     number     integer     NOT NULL CHECK (number >= 1),
     at         timestamptz NOT NULL,
     actor      text        NOT NULL,
     deed       text        NOT NULL CHECK (deed IN ('raise', 'acknowledge', 'resolve', 'reopen', 'suppress', 'unsuppress')),
     entry_id   uuid        NOT NULL,
     PRIMARY KEY (alert_id, number)
   )`,
];

const WEBHOOKS = [
  `CREATE TABLE alerts.webhook (
     id              uuid        PRIMARY KEY,
     url             text        NOT NULL CHECK (length(url) BETWEEN 9 AND 2000),
     -- Codes of events, or a prefix that ends with .*
     events          text[]      NOT NULL CHECK (cardinality(events) BETWEEN 1 AND 100),
     project_id      uuid        REFERENCES rbac.project (id) ON DELETE RESTRICT,
     -- Standard Webhooks secrets, sealed: the current one, and the former until it expires.
     secret          bytea       NOT NULL,
     former_secret   bytea,
     former_until    timestamptz,
     state           text        NOT NULL CHECK (state IN ('enabled', 'disabled')),
     disabled_reason text,
     -- It hears of what happens from then on: when it was made, or last switched on.
     since           timestamptz NOT NULL,
     created_by      uuid        NOT NULL REFERENCES auth.principal (id) ON DELETE RESTRICT,
     created_at      timestamptz NOT NULL,
     version         bigint      NOT NULL DEFAULT 1,
     CHECK ((former_secret IS NULL) = (former_until IS NULL))
   )`,
];

const OUTBOX = [
  // What is to leave this system, written with what it tells of. A row names what it is about and holds none of it:
  // the payload is made at delivery, as its receiver may see it then.
  `CREATE TABLE platform.outbox (
     id              uuid        PRIMARY KEY,
     -- The order of what goes to one destination: ids of one millisecond have none.
     place           bigint      GENERATED ALWAYS AS IDENTITY,
     sink            text        NOT NULL CHECK (sink IN ('webhook', 'email', 'syslog', 'alertmanager')),
     destination     text        NOT NULL,
     subject         jsonb       NOT NULL,
     created_at      timestamptz NOT NULL,
     next_attempt_at timestamptz NOT NULL,
     attempts        integer     NOT NULL DEFAULT 0,
     -- While it is set and not past, somebody is delivering it.
     leased_until    timestamptz,
     state           text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed', 'dropped')),
     ended_at        timestamptz,
     failure         text
   )`,
  "CREATE INDEX outbox_pending ON platform.outbox (destination, place) WHERE state = 'pending'",
  'CREATE INDEX outbox_leased ON platform.outbox (destination) WHERE leased_until IS NOT NULL',
  'CREATE INDEX outbox_destination ON platform.outbox (destination, id)',
  "CREATE INDEX outbox_ended ON platform.outbox (ended_at) WHERE state <> 'pending'",
];

/**
 * The sequencer detects, raises and delivers, and for that reads what a webhook's creator may see. The application
 * moves alerts on, and keeps webhooks.
 */
export const alertsGrants: Grants = [
  { on: 'SCHEMA alerts', app: 'USAGE', sequencer: 'USAGE' },
  { on: 'TABLE alerts.rule_match', sequencer: 'SELECT, INSERT, DELETE' },
  { on: 'TABLE alerts.request_pulse', app: 'INSERT', sequencer: 'SELECT, DELETE' },
  { on: 'TABLE alerts.alert', app: 'SELECT, UPDATE', sequencer: 'SELECT, INSERT, UPDATE' },
  { on: 'TABLE alerts.subject', app: 'SELECT', sequencer: 'INSERT' },
  { on: 'TABLE alerts.transition', app: 'SELECT, INSERT', sequencer: 'SELECT, INSERT' },
  { on: 'TABLE alerts.webhook', app: 'SELECT, INSERT, UPDATE, DELETE', sequencer: 'SELECT, UPDATE (state, disabled_reason, version)' },
  { on: 'TABLE platform.outbox', app: 'SELECT, INSERT, DELETE', sequencer: 'SELECT, INSERT, UPDATE, DELETE' },
  { on: 'SCHEMA rbac', sequencer: 'USAGE' },
  { on: 'TABLE rbac.role', sequencer: 'SELECT' },
  { on: 'TABLE rbac.role_parent', sequencer: 'SELECT' },
  { on: 'TABLE rbac.role_binding', sequencer: 'SELECT' },
  { on: 'SCHEMA auth', sequencer: 'USAGE' },
  { on: 'TABLE auth.principal', sequencer: 'SELECT (id, kind, status)' },
  { on: 'TABLE auth.service_account', sequencer: 'SELECT (principal_id, owner_id)' },
];
