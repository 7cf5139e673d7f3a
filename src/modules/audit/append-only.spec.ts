import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { type LedgerScene, openLedgerScene } from '../../../test/harness/ledger.js';

/** SQLSTATE 42501, insufficient_privilege: from a missing grant and from our triggers alike. */
const DENIED = '42501';
const ENTRY = `(id, body) VALUES (gen_random_uuid(), '{}')`;
const HASH = `sha256('x')`;

/** What each login may not do, whatever bug or theft put SQL into its hands. */
const REFUSED: Readonly<Record<'app' | 'worker' | 'sequencer', readonly string[]>> = {
  app: [
    `INSERT INTO audit.entry ${ENTRY}`,
    `INSERT INTO audit.entry (id, xid, body) VALUES (gen_random_uuid(), '1', '{}')`,
    `UPDATE audit.entry SET body = '{}'`,
    'DELETE FROM audit.entry',
    'TRUNCATE audit.entry',
    'SELECT xid FROM audit.entry',
    'SELECT id FROM audit.entry FOR UPDATE',
    'ALTER TABLE audit.entry DISABLE TRIGGER append_only',
    'CREATE RULE r AS ON INSERT TO audit.entry DO INSTEAD NOTHING',
    'DROP TABLE audit.entry',
    `SELECT setval('audit.entry_seq_seq', 1)`,
    `INSERT INTO audit.leaf VALUES (0, gen_random_uuid(), ${HASH})`,
    `UPDATE audit.tile SET width = 1`,
    `INSERT INTO audit.tree_head (size, root) VALUES (1, ${HASH})`,
    `INSERT INTO audit.checkpoint (number, size, note) VALUES (1, 1, '')`,
    `INSERT INTO audit.log (origin) VALUES ('evil')`,
    `UPDATE audit.low_water SET xid = '1'`,
    `SELECT audit.fork('a whim')`,
    'UPDATE audit.standing SET forked_at = now()',
    'CREATE TABLE audit.mine (n int)',
    'CREATE FUNCTION audit.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT $1 $$',
  ],
  worker: [`INSERT INTO audit.entry ${ENTRY}`, 'SELECT id FROM audit.entry', 'SELECT index FROM audit.leaf', 'DELETE FROM audit.entry', 'TRUNCATE audit.entry'],
  sequencer: [
    `INSERT INTO audit.entry ${ENTRY}`,
    `UPDATE audit.entry SET body = '{}'`,
    'DELETE FROM audit.entry',
    'DELETE FROM audit.leaf',
    `UPDATE audit.leaf SET hash = ${HASH}`,
    'TRUNCATE audit.leaf',
    'DELETE FROM audit.tile',
    `UPDATE audit.tree_head SET root = ${HASH}`,
    'DELETE FROM audit.checkpoint',
    `UPDATE audit.checkpoint SET note = ''`,
    `UPDATE audit.log SET origin = 'evil'`,
    'ALTER TABLE audit.leaf DISABLE TRIGGER append_only',
    'UPDATE audit.standing SET forked_at = NULL, reason = NULL',
    `UPDATE audit.standing SET reason = 'another'`,
    'SELECT FROM audit.standing FOR UPDATE',
    'DELETE FROM audit.standing',
    'CREATE OR REPLACE FUNCTION audit.fork(reason text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$',
  ],
};

describe('the ledger is append-only', () => {
  let scene: LedgerScene;
  const clients = new Map<string, Client>();
  before(async () => {
    scene = await openLedgerScene();
    for (const login of ['app', 'worker', 'sequencer'] as const) {
      const client = new Client({ connectionString: scene.database.urls[login] });
      await client.connect();
      clients.set(login, client);
    }
    await scene.appendMany(3);
    await scene.sequencer.sequence();
    await scene.publisher.publish();
  });
  after(async () => {
    for (const client of clients.values()) await client.end();
    await scene.close();
  });

  const codeOf = async (work: () => Promise<unknown>): Promise<string> => {
    try {
      await work();
      return 'done';
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  };

  for (const [login, statements] of Object.entries(REFUSED)) {
    for (const statement of statements) {
      it(`for the ${login} login: ${statement.slice(0, 76)}`, async () => {
        assert.equal(await codeOf(() => clients.get(login)!.query(statement)), DENIED);
      });
    }
  }

  it('accepts from every login what the function takes, and gives it the transaction id itself', async () => {
    for (const client of clients.values()) {
      await client.query('BEGIN');
      const { rows } = await client.query<{ id: string; xid: string }>('SELECT gen_random_uuid() AS id, pg_current_xact_id()::text AS xid');
      await client.query(`SELECT audit.append($1, '{}')`, [rows[0]!.id]);
      await client.query('COMMIT');
      const [entry] = await scene.query<{ xid: string }>('SELECT xid::text AS xid FROM audit.entry WHERE id = $1', [rows[0]!.id]);
      assert.equal(entry?.xid, rows[0]!.xid);
    }
  });

  it('takes the entries of a group commit in one call, each with its own bytes and in their order', async () => {
    const bodies = ['{"n":1}', '{"n":22}', '{}'];
    for (const client of clients.values()) {
      const ids = (await client.query<{ id: string }>('SELECT gen_random_uuid() AS id FROM generate_series(1, 3)')).rows.map(({ id }) => id);
      await client.query('SELECT audit.append_many($1, $2, $3)', [ids, bodies.map(({ length }) => length), Buffer.from(bodies.join(''))]);
      const stored = await scene.query<{ id: string; body: Buffer }>('SELECT id, body FROM audit.entry WHERE id = ANY ($1) ORDER BY seq', [ids]);
      assert.deepEqual(stored.map(({ id, body }) => [id, body.toString()]), ids.map((id, at) => [id, bodies[at]]));
    }
  });

  it('refuses of a group whatever does not say where one entry ends and the next begins', async () => {
    const [id, other] = ['018f0000-0000-7000-8000-00000000000a', '018f0000-0000-7000-8000-00000000000b'];
    const REFUSED_GROUPS: readonly (readonly [readonly string[], readonly (number | null)[], string])[] = [
      [[id], [3], '{}'], [[id], [2], '{} '], [[id, other], [4], '{}{}'], [[id], [2, 2], '{}{}'], [[id, other], [1, 3], '{}{}'], [[id, other], [4, null], '{}{}'], [[id], [16_385], ' '.repeat(16_385)],
    ];
    const client = clients.get('app')!;
    for (const [ids, lengths, body] of REFUSED_GROUPS) {
      assert.equal(await codeOf(() => client.query('SELECT audit.append_many($1, $2, $3)', [ids, lengths, Buffer.from(body)])), '54000', JSON.stringify([ids.length, lengths]));
    }
    assert.deepEqual(await scene.query('SELECT FROM audit.entry WHERE id = ANY ($1)', [[id, other]]), []);
  });

  it('is put into FORKED by the sequencer, once and for the first reason, and not taken out of it', async () => {
    const client = clients.get('sequencer')!;
    await client.query('BEGIN');
    try {
      const asked = async (reason: string | null) => (await client.query<{ fork: boolean }>('SELECT audit.fork($1)', [reason])).rows[0]!.fork;
      const reason = async () => (await client.query<{ reason: string | null }>('SELECT reason FROM audit.standing')).rows[0]!.reason;
      assert.deepEqual([await asked(null), await reason()], [false, null]);
      assert.deepEqual([await asked('the first'), await asked('the second'), await asked(null), await reason()], [true, false, false, 'the first']);
    } finally {
      await client.query('ROLLBACK');
    }
  });

  it('refuses bodies that are empty or too large without showing them to the server log', async () => {
    for (const bytes of [0, 1, 16_385, 70_000]) {
      const failed = clients.get('app')!.query('SELECT audit.append(gen_random_uuid(), $1)', [Buffer.alloc(bytes, 'secret')]);
      await assert.rejects(failed, (error: Error & { detail?: string }) => !`${error.message}${error.detail ?? ''}`.includes('secret'));
    }
  });

  it('refuses an id that is there already', async () => {
    const [id] = await scene.appendMany(1);
    assert.equal(await codeOf(() => clients.get('app')!.query(`SELECT audit.append($1, '{}')`, [id])), '23505');
  });

  it('is not fooled by a search_path or by a temporary table of the caller', async () => {
    const client = clients.get('app')!;
    await client.query('BEGIN');
    try {
      // Creating one is refused to start with; if it were not, the function would not look there.
      const made = await codeOf(() => client.query('CREATE TEMPORARY TABLE entry (id uuid, body bytea)'));
      if (made !== 'done') await client.query('ROLLBACK; BEGIN');
      await client.query('SET LOCAL search_path = pg_temp, audit, public');
      const { rows } = await client.query<{ id: string }>('SELECT gen_random_uuid() AS id');
      await client.query(`SELECT audit.append($1, '{}')`, [rows[0]!.id]);
      await client.query('COMMIT');
      assert.equal((await scene.query('SELECT FROM audit.entry WHERE id = $1', [rows[0]!.id])).length, 1);
    } finally {
      await client.query('ROLLBACK');
    }
  });

  for (const table of ['entry', 'leaf', 'tree_head', 'checkpoint', 'log', 'tile']) {
    it(`refuses a superuser in replica mode to delete from ${table} or to truncate it`, async () => {
      await scene.query('SET session_replication_role = replica');
      try {
        assert.equal(await codeOf(() => scene.query(`DELETE FROM audit.${table}`)), DENIED);
        assert.equal(await codeOf(() => scene.query(`TRUNCATE audit.${table} CASCADE`)), DENIED);
      } finally {
        await scene.query('SET session_replication_role = origin');
      }
    });
  }

  it('lets a tile be widened, and not be narrowed, moved or rewritten, by the sequencer', async () => {
    const client = clients.get('sequencer')!;
    const widen = (set: string): Promise<string> => codeOf(() => client.query(`BEGIN; UPDATE audit.tile SET ${set} WHERE level = 0 AND index = 0; ROLLBACK`));
    const refused = ['width = 2, hashes = substring(hashes FOR 64)', `hashes = ${HASH} || ${HASH} || ${HASH}`, 'index = 7', 'width = width'];
    for (const set of refused) {
      assert.equal(await widen(set), DENIED, set);
      await client.query('ROLLBACK');
    }
    assert.equal(await widen(`width = 4, hashes = hashes || ${HASH}`), 'done');
  });

  it('takes no head that does not extend the leaves, and no checkpoint out of its chain', async () => {
    const client = clients.get('sequencer')!;
    for (const size of [1, 3, 4, 99]) assert.equal(await codeOf(() => client.query(`INSERT INTO audit.tree_head (size, root) VALUES (${size}, ${HASH})`)), DENIED);
    const previous = `(SELECT sha256(convert_to(note, 'UTF8')) FROM audit.checkpoint WHERE number = 1)`;
    const refused = [`(3, 3, 'x', ${previous})`, `(2, 3, 'x', NULL)`, `(2, 3, 'x', ${HASH})`];
    for (const values of refused) {
      assert.equal(await codeOf(() => client.query(`INSERT INTO audit.checkpoint (number, size, note, previous_hash) VALUES ${values}`)), '40001', values);
    }
    assert.equal(await codeOf(() => client.query(`BEGIN; INSERT INTO audit.checkpoint (number, size, note, previous_hash) VALUES (2, 3, 'x', ${previous}); ROLLBACK`)), 'done');
  });

  it('refuses a checkpoint that is smaller than the last', async () => {
    const client = clients.get('sequencer')!;
    await scene.appendMany(2);
    await scene.sequencer.sequence();
    await scene.publisher.publish(0);
    const [last] = await scene.query<{ number: string; note: string }>('SELECT number, note FROM audit.checkpoint ORDER BY number DESC LIMIT 1');
    const insert = `INSERT INTO audit.checkpoint (number, size, note, previous_hash) VALUES ($1, 3, 'x', sha256(convert_to($2, 'UTF8')))`;
    assert.equal(await codeOf(() => client.query(insert, [Number(last!.number) + 1, last!.note])), '40001');
  });
});
