import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { poolSource } from '#platform/database/data-sources.js';
import { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { migrateUp } from '#platform/database/migration-runner.js';
import { SequencerUnitOfWork, UnitOfWork } from '#platform/database/unit-of-work.js';
import { SCHEMA } from '../../migrations/index.js';
import { testLedger } from '../harness/ledger.js';
import { postmasterPid, removeEmbeddedPostgres } from '../harness/data-directory.js';
import type { Orders } from './audit-worker.js';
import { FAULT_SEED, generator, roundsScaled } from './parameters.js';

const ROOT_KEY = '0b'.repeat(32);
const WORKER = fileURLToPath(new URL('./audit-worker.js', import.meta.url));
const ROUNDS = roundsScaled(0.3);
/** A worker acknowledges so many deeds before it is struck, or up to twice as many. */
const ACKNOWLEDGED_MIN = 40;
const random = generator();

/**
 * Postgres killed at once, on a cluster that does wait for the disk, with a login whose commits do not: an
 * acknowledgement then rests on `audit.append` alone, which turns waiting back on.
 */
describe(`acknowledged entries when Postgres is killed and the login does not wait for the disk (seed ${FAULT_SEED}, ${ROUNDS} kills)`, () => {
  let directory: string;
  let postgres: EmbeddedPostgres;
  const acknowledged = new Set<string>();

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-power-'));
    chmodSync(directory, 0o711);
    postgres = await EmbeddedPostgres.start({ dataDirectory: directory, isDurable: true, connectionsMax: 60, report: () => undefined });
    await migrateUp(postgres.urls(), SCHEMA);
    await asSuperuser((client) =>
      client.query(`ALTER ROLE quantonium_app SET synchronous_commit = off;
        CREATE TABLE public.deed (entry_id uuid); GRANT INSERT ON public.deed TO PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC`),
    );
  });
  after(async () => {
    await postgres.stop();
    removeEmbeddedPostgres(directory);
    rmSync(directory, { recursive: true, force: true });
  });

  /** Retries while the server is coming back. */
  async function asSuperuser<T>(work: (client: Client) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      const client = new Client({ connectionString: postgres.superuserUrl() });
      client.on('error', () => undefined);
      try {
        await client.connect();
        return await work(client);
      } catch (error) {
        if (attempt === 200) throw error;
        await sleep(100);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }

  /** Lets a worker acknowledge a number of deeds, and kills the whole server beneath it. */
  async function strike(): Promise<void> {
    const { app, sequencer } = postgres.urls();
    const orders: Orders = { appUrl: app, sequencerUrl: sequencer, rootKey: ROOT_KEY, crashAt: null };
    const child = spawn(process.execPath, [WORKER, JSON.stringify(orders)], { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = new Promise((resolve) => child.once('close', resolve));
    let rest = '';
    const target = acknowledged.size + Math.floor(ACKNOWLEDGED_MIN * (1 + random()));
    const { promise: enough, resolve: isEnough } = Promise.withResolvers<void>();
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) acknowledged.add(line.slice('ack '.length));
      if (acknowledged.size >= target) isEnough();
    });
    await Promise.race([enough, ended]);
    // SIGQUIT is «immediate»: no checkpoint, no flush, as if the processes had never known.
    process.kill(postmasterPid(directory)!, 'SIGQUIT');
    await sleep(50);
    child.kill('SIGKILL');
    await ended;
  }

  it('are all there afterwards, each with its deed, and the tree derives', { timeout: 60_000 + ROUNDS * 20_000 }, async (t) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await strike();
      const [lost] = await asSuperuser(async (client) => {
        const { rows } = await client.query<{ entries: string; torn: string }>(
          `SELECT (SELECT count(*) FROM unnest($1::uuid[]) AS a (id) WHERE NOT EXISTS (SELECT FROM audit.entry e WHERE e.id = a.id)) AS entries,
                  (SELECT count(*) FROM public.deed d WHERE NOT EXISTS (SELECT FROM audit.entry e WHERE e.id = d.entry_id)) AS torn`,
          [[...acknowledged]],
        );
        return rows;
      });
      assert.deepEqual(lost, { entries: '0', torn: '0' });
    }
    const open = (url: string) => poolSource({ url, applicationName: 'power-test', connectionsMax: 4, statementTimeoutMillis: 15_000, onError: () => undefined }).initialize();
    const [app, sequencer] = [await open(postgres.urls().app), await open(postgres.urls().sequencer)];
    const logins = { app: new UnitOfWork(app), sequencer: new SequencerUnitOfWork(sequencer) } as Parameters<typeof testLedger>[0];
    const ledger = testLedger(logins, { rootKey: Buffer.from(ROOT_KEY, 'hex') });
    while ((await ledger.sequencer.sequence()) > 0);
    await ledger.publisher.publish(0);
    const { size, mismatches } = await ledger.rederive();
    assert.deepEqual(mismatches, []);
    assert.ok(size >= acknowledged.size);
    t.diagnostic(`${acknowledged.size} acknowledged over ${ROUNDS} kills, none lost`);
    await Promise.all([app.destroy(), sequencer.destroy()]);
  });
});
