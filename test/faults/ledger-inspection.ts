import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { startServer, type TestHome } from '../harness/server.js';

/**
 * A look at an installation's database with a superuser's eyes, sharing no code with the ledger's writer: RFC 6962
 * is a dozen lines, and written once more here it cannot repeat the writer's mistake.
 */
export interface Inspection {
  readonly entries: number;
  readonly leaves: number;
  readonly jobs: ReadonlyMap<string, string>;
  readonly entryIds: ReadonlySet<string>;
  /** Sentences; empty when all is well. */
  readonly faults: readonly string[];
}

interface EntryBody {
  metadata: { event_code: string; uid: string };
}

export async function withDatabase<T>(dataDirectory: string, look: (client: pg.Client) => Promise<T>): Promise<T> {
  const server = await EmbeddedPostgres.start({ dataDirectory, report: () => undefined });
  const client = new pg.Client({ connectionString: server.superuserUrl() });
  try {
    await client.connect();
    return await look(client);
  } finally {
    await client.end();
    await server.stop();
  }
}

const SETTLED_MILLIS_MAX = 30_000;

/**
 * Lets the ledger catch up: starts a process that does nothing but keep it, waits until every entry has its leaf, and
 * ends it. Nobody can call it and it runs no job, so that nothing is recorded afterwards, not even by its end. What
 * has no leaf then never would have had one.
 */
export async function settleLedger(home: TestHome): Promise<void> {
  const keeper = await startServer(home, { QUANTONIUM_ROLES: 'ledger' });
  try {
    await withDatabase(home.environment['QUANTONIUM_DATA_DIR']!, untilSequenced);
  } catch (error) {
    await keeper.kill();
    throw error;
  }
  const code = await keeper.stop();
  if (code !== 0) throw new Error(`the keeper of the ledger ended with ${code}:\n${keeper.output()}`);
}

async function untilSequenced(client: pg.Client): Promise<void> {
  const deadline = performance.now() + SETTLED_MILLIS_MAX;
  for (;;) {
    const { rows } = await client.query<{ id: string }>('SELECT e.id FROM audit.entry e WHERE NOT EXISTS (SELECT FROM audit.leaf l WHERE l.entry_id = e.id) LIMIT 10');
    if (rows.length === 0) return;
    if (performance.now() > deadline) throw new Error(`without a leaf after ${SETTLED_MILLIS_MAX} ms: ${rows.map(({ id }) => id).join(', ')}`);
    await pause(50);
  }
}

/** In one snapshot: a ledger that is being kept meanwhile has heads of leaves that an earlier statement did not see. */
export async function inspect(client: pg.Client): Promise<Inspection> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  return inspectSnapshot(client).finally(() => client.query('COMMIT'));
}

async function inspectSnapshot(client: pg.Client): Promise<Inspection> {
  const faults: string[] = [];
  const entries = (await client.query<{ id: string; body: Buffer; index: string | null; hash: Buffer | null }>('SELECT e.id, e.body, l.index, l.hash FROM audit.entry e LEFT JOIN audit.leaf l ON l.entry_id = e.id ORDER BY l.index')).rows;
  const leaves: Buffer[] = [];
  for (const { id, body, index, hash } of entries) {
    if (index === null) faults.push(`entry ${id} has no leaf`);
    else if (Number(index) !== leaves.length) faults.push(`leaf ${index} stands where ${leaves.length} should`);
    else if (!leafHash(body).equals(hash!)) faults.push(`leaf ${index} is not the hash of its entry`);
    leaves.push(leafHash(body));
    const { metadata } = JSON.parse(body.toString('utf8')) as EntryBody;
    if (metadata.uid !== id) faults.push(`entry ${id} calls itself ${metadata.uid}`);
  }
  const strays = await client.query('SELECT 1 FROM audit.leaf l LEFT JOIN audit.entry e ON e.id = l.entry_id WHERE e.id IS NULL');
  if (strays.rowCount !== 0) faults.push(`${strays.rowCount} leaves without an entry`);
  for (const { size, root } of (await client.query<{ size: string; root: Buffer }>('SELECT size, root FROM audit.tree_head ORDER BY size')).rows) {
    if (!treeHash(leaves.slice(0, Number(size))).equals(root)) faults.push(`the head of size ${size} does not re-derive from ${leaves.length} leaves`);
  }
  for (const { size, note } of (await client.query<{ size: string; note: string }>('SELECT size, note FROM audit.checkpoint ORDER BY number')).rows) {
    const [, stated, root] = note.split('\n');
    if (stated !== size || treeHash(leaves.slice(0, Number(size))).toString('base64') !== root) faults.push(`the checkpoint of size ${size} does not re-derive`);
  }
  // What a job was cut into nobody asked for, and no entry tells of it.
  const jobs = new Map((await client.query<{ id: string; status: string }>('SELECT id, status FROM simulation.job WHERE parent_id IS NULL')).rows.map(({ id, status }) => [id, status]));
  faults.push(...deedsWithoutEntries(entries.map(({ body }) => body.toString('utf8')), jobs));
  return { entries: entries.length, leaves: leaves.length, jobs, entryIds: new Set(entries.map(({ id }) => id)), faults };
}

/** Every job has one entry of its submission; every finished one has one of its end. */
function deedsWithoutEntries(bodies: readonly string[], jobs: ReadonlyMap<string, string>): string[] {
  const count = (code: string, id: string): number => bodies.filter((body) => body.includes(`"${code}"`) && body.includes(id)).length;
  const faults: string[] = [];
  for (const [id, status] of jobs) {
    if (count('simulation.submit', id) !== 1) faults.push(`job ${id} has ${count('simulation.submit', id)} entries of its submission`);
    const ends = count('simulation.complete', id) + count('simulation.fail', id);
    if (['succeeded', 'failed'].includes(status) !== (ends === 1)) faults.push(`job ${id} is ${status} and has ${ends} entries of its end`);
  }
  return faults;
}

const leafHash = (entry: Buffer): Buffer => createHash('sha256').update(Buffer.from([0])).update(entry).digest();

/** RFC 6962 §2.1, as it is written there. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return createHash('sha256').digest();
  if (leaves.length === 1) return leaves[0]!;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return createHash('sha256').update(Buffer.from([1])).update(treeHash(leaves.slice(0, split))).update(treeHash(leaves.slice(split))).digest();
}
