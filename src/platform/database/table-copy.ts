import type { Readable, Writable } from 'node:stream';
import { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { sessionSettings } from './data-sources.js';

/** A table as COPY takes it: its columns but those that the database computes. */
export interface CopiedTable {
  /** With its schema, quoted where it has to be: it stands in statements. */
  readonly name: string;
  readonly columns: readonly string[];
}

export interface SequenceState {
  readonly name: string;
  /** As text: it may be beyond 2^53. */
  readonly value: string;
  readonly isCalled: boolean;
}

/** What stays with its cluster: whole tables, and single columns, by `schema.table`. */
export interface LeftOut {
  readonly tables: ReadonlySet<string>;
  readonly columns: Readonly<Record<string, ReadonlySet<string>>>;
}

/** Any number of tables may be waited for; a server that is gone is told by TCP keep-alive. */
const LOCK_TIMEOUT = '60s';

/** Texts of values that another server reads as the same values, whatever its settings are (as pg_dump sets them). */
const FORMATS = ["datestyle = 'ISO'", "intervalstyle = 'postgres'", 'extra_float_digits = 1', "bytea_output = 'hex'"];

/**
 * Whole tables in and out by COPY, in one transaction on one connection of a login that owns them. Out: everything of one
 * snapshot, which holds no writer up. In: as one whole, so that whoever looks sees all of it or nothing.
 */
export class TableCopy {
  private constructor(
    private readonly client: Client,
    private readonly schemas: readonly string[],
  ) {}

  /** `READ`: one snapshot, and nothing can be changed. `WRITE`: committed when `work` resolves, and else rolled back. */
  static async run<T>(url: string, mode: 'READ' | 'WRITE', schemas: readonly string[], work: (copy: TableCopy) => Promise<T>): Promise<T> {
    const client = new Client(untimed(url));
    client.on('error', () => undefined);
    await client.connect();
    try {
      for (const setting of ['statement_timeout = 0', 'idle_in_transaction_session_timeout = 0', `lock_timeout = '${LOCK_TIMEOUT}'`, ...FORMATS]) await client.query(`SET ${setting}`);
      await client.query(mode === 'READ' ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN READ WRITE');
      const value = await work(new TableCopy(client, schemas));
      await client.query('COMMIT');
      return value;
    } finally {
      // A transaction that was not committed ends with its connection.
      await client.end();
    }
  }

  async rows<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(text, [...values])).rows;
  }

  /** Each behind those that it refers to. Tables that are not logged, and those left out, are not among them. */
  async tables({ tables, columns }: LeftOut): Promise<readonly CopiedTable[]> {
    const rows = await this.rows<{ oid: string; name: string; columns: string[]; refers: string[] }>(TABLES, [this.schemas]);
    return inOrder(rows)
      .filter(({ name }) => !tables.has(name))
      .map(({ name, columns: all }) => ({ name, columns: all.filter((column) => columns[name]?.has(column) !== true) }));
  }

  /** No part of the snapshot: each may be ahead of the rows, and is never behind them. */
  async sequences(): Promise<readonly SequenceState[]> {
    const names = await this.sequenceNames();
    const states: SequenceState[] = [];
    for (const name of names) {
      const [row] = await this.rows<{ value: string; called: boolean }>(`SELECT last_value::text AS value, is_called AS called FROM ${name}`);
      states.push({ name, value: row!.value, isCalled: row!.called });
    }
    return states;
  }

  async setSequences(states: readonly SequenceState[]): Promise<void> {
    const names = new Set(await this.sequenceNames());
    for (const { name, value, isCalled } of states) {
      if (!names.has(name)) throw new Error(`there is no sequence ${name}`);
      await this.rows('SELECT setval($1::regclass, $2::bigint, $3)', [name, value, isCalled]);
    }
  }

  out({ name, columns }: CopiedTable): Readable & { readonly rowCount: number } {
    return this.client.query(copyTo(`COPY ${name} (${columns.join(', ')}) TO STDOUT`)) as Readable & { readonly rowCount: number };
  }

  in({ name, columns }: CopiedTable): Writable & { readonly rowCount: number } {
    return this.client.query(copyFrom(`COPY ${name} (${columns.join(', ')}) FROM STDIN`));
  }

  /** Nobody reads or writes them any more until the transaction ends. */
  async lock(tables: readonly CopiedTable[]): Promise<void> {
    await this.rows(`LOCK TABLE ${tables.map(({ name }) => name).join(', ')} IN ACCESS EXCLUSIVE MODE`);
  }

  /**
   * Empties the tables and lets `load` fill them with their triggers off: they guard against change, and refuse a history
   * that comes at once. Keys, checks and references hold as ever. Each trigger is then as it was.
   */
  async replace(tables: readonly CopiedTable[], load: () => Promise<void>): Promise<void> {
    const names = tables.map(({ name }) => name);
    const triggers = await this.rows<{ relation: string; name: string; enabled: string }>(TRIGGERS, [names]);
    const guarded = new Set(triggers.map(({ relation }) => relation));
    for (const relation of guarded) await this.rows(`ALTER TABLE ${relation} DISABLE TRIGGER USER`);
    await this.rows(`TRUNCATE ${names.join(', ')}`);
    await load();
    for (const { relation, name, enabled } of triggers) await this.rows(`ALTER TABLE ${relation} ${ENABLE[enabled]} TRIGGER ${name}`);
  }

  private async sequenceNames(): Promise<readonly string[]> {
    return (await this.rows<{ name: string }>(SEQUENCES, [this.schemas])).map(({ name }) => name);
  }
}

/** Statistics of what was loaded, so that the first queries are planned for it; autovacuum would come minutes later. */
export async function analyse(url: string, tables: readonly CopiedTable[]): Promise<void> {
  const client = new Client(untimed(url));
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SET statement_timeout = 0');
    await client.query(`ANALYZE ${tables.map(({ name }) => name).join(', ')}`);
  } finally {
    await client.end();
  }
}

/** As any session of ours, but that a statement may take as long as the data is large. */
function untimed(url: string): Record<string, unknown> {
  const settings = sessionSettings({ url, applicationName: 'quantonium-copy', connectionsMax: 1, statementTimeoutMillis: 10_000, onError: () => undefined });
  return { ...settings, query_timeout: undefined };
}

/** pg_trigger.tgenabled: fires in sessions that write, always, on replicas, never. */
const ENABLE: Readonly<Record<string, string>> = { O: 'ENABLE', A: 'ENABLE ALWAYS', R: 'ENABLE REPLICA', D: 'DISABLE' };

const OF_SCHEMAS = 'FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY ($1::text[])';

const TABLES = `
  SELECT c.oid::text AS oid, format('%I.%I', n.nspname, c.relname) AS name,
         (SELECT array_agg(format('%I', a.attname) ORDER BY a.attnum) FROM pg_attribute a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
         (SELECT coalesce(array_agg(f.confrelid::text), '{}') FROM pg_constraint f
           WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid) AS refers
    ${OF_SCHEMAS} AND c.relkind = 'r' AND c.relpersistence = 'p' ORDER BY 2`;

const SEQUENCES = `SELECT format('%I.%I', n.nspname, c.relname) AS name ${OF_SCHEMAS} AND c.relkind = 'S' ORDER BY 1`;

const TRIGGERS = `
  SELECT format('%I.%I', n.nspname, c.relname) AS relation, format('%I', t.tgname) AS name, t.tgenabled AS enabled
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT t.tgisinternal AND format('%I.%I', n.nspname, c.relname) = ANY ($1::text[]) ORDER BY 1, 2`;

/** Kahn's order: a table is taken once all that it refers to are. */
function inOrder<T extends { readonly oid: string; readonly refers: readonly string[] }>(tables: readonly T[]): readonly T[] {
  const taken = new Set<string>();
  const ordered: T[] = [];
  for (let left = tables; left.length > 0; left = left.filter(({ oid }) => !taken.has(oid))) {
    const next = left.filter(({ refers }) => refers.every((oid) => taken.has(oid)));
    if (next.length === 0) throw new Error('tables refer to each other in a circle: no order of loading keeps the references');
    for (const table of next) taken.add(table.oid);
    ordered.push(...next);
  }
  return ordered;
}
