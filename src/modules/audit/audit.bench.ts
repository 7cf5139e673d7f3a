import { rowsOf } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { figure, interleavedRates, median, openDurableLedger, percentile, ratio } from '../../../test/harness/ledger-bench.js';
import { LedgerJob } from './jobs/ledger.job.js';

/**
 * What recording costs on a Postgres that waits for the disk: beside one autocommit INSERT (the limit: one round trip,
 * one fsync) and the same deed without a record, interleaved in one run; then how soon an entry is under a checkpoint.
 */
const CONNECTIONS = 16;
const ROUNDS = 5;
const ROUND_MILLIS = 1_200;
const EVENTS_PER_SECOND = 500;
const OPEN_LOOP_MILLIS = 12_000;
const SOMEBODY = systemPrincipal('bench');

const scene = await openDurableLedger(CONNECTIONS);
await scene.query('CREATE TABLE public.deed (id bigint GENERATED ALWAYS AS IDENTITY, what text); GRANT INSERT ON public.deed TO PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC');
const INSERT = `INSERT INTO public.deed (what) VALUES ('a deed')`;
const event = scene.event({ facts: { programDigest: `sha256:${'0'.repeat(64)}`, shots: 1024 }, projectId: '0198c0de-0000-7000-8000-000000000001' });

/** The limit goes around the unit of work: the pool's own client, no BEGIN, no COMMIT. */
const { Pool } = (await import('pg')).default;
const pool = new Pool({ connectionString: scene.database.urls.app, max: CONNECTIONS });
const { app } = scene.database;
const deed = (record: boolean): Promise<unknown> =>
  app.run(SOMEBODY, async (tx) => {
    await rowsOf(tx, { name: 'bench.deed', text: INSERT });
    if (record) await scene.log.append(tx, event);
  });

const rates = await interleavedRates(
  {
    limit: { callers: CONNECTIONS, once: () => pool.query({ name: 'limit', text: INSERT }) },
    bare: { callers: CONNECTIONS, once: () => deed(false) },
    audited: { callers: CONNECTIONS, once: () => deed(true) },
    alone: { callers: 64, once: () => app.run(SOMEBODY, (tx) => scene.log.append(tx, event)) },
    grouped: { callers: 64, once: () => scene.log.record(event) },
  },
  ROUNDS,
  ROUND_MILLIS,
);
figure('one autocommit INSERT, 16 connections (the limit)', median(rates.limit), '/s');
figure('a deed without a record', median(rates.bare), '/s');
figure('a deed with its entry, one transaction', median(rates.audited), '/s');
figure('  over the same deed without a record', ratio(rates.audited, rates.bare), '×', { atLeast: 0.65 });
figure('  over the limit', ratio(rates.audited, rates.limit), '×', { atLeast: 0.5 });
figure('events without a deed, one transaction each, 64 callers', median(rates.alone), '/s');
figure('events without a deed, group commit, 64 callers', median(rates.grouped), '/s');
figure('  over one transaction each', ratio(rates.grouped, rates.alone), '×', { atLeast: 1.8 });

const backlog = Number((await scene.query<{ n: string }>('SELECT count(*) AS n FROM audit.entry'))[0]!.n);
const began = performance.now();
while ((await scene.sequencer.sequence()) > 0);
figure(`sequencer, a backlog of ${backlog} entries`, (backlog * 1000) / (performance.now() - began), 'entries/s', { atLeast: 3_000 });

await commitToCheckpoint();
await pool.end();
await scene.close();

/** Deeds at a fixed rate, whether or not the ones before have ended, with sequencer and publisher at their own cadence. */
async function commitToCheckpoint(): Promise<void> {
  const job = new LedgerJob(scene.sequencer, scene.publisher);
  job.onApplicationBootstrap();
  const committed = new Map<string, number>();
  const under = new Map<number, number>();
  const deeds: Promise<unknown>[] = [];
  const started = performance.now();
  let isOver = false;
  const watching = (async () => {
    for (let last = 0; !isOver; await new Promise((resolve) => setTimeout(resolve, 10))) {
      const size = sizeOf(await scene.reader.checkpoint());
      if (size > last) under.set((last = size), performance.now());
    }
  })();
  for (let sent = 0; performance.now() - started < OPEN_LOOP_MILLIS; await new Promise((resolve) => setTimeout(resolve, 2))) {
    for (; sent < ((performance.now() - started) * EVENTS_PER_SECOND) / 1000; sent += 1) {
      deeds.push(app.run(SOMEBODY, (tx) => scene.log.append(tx, event)).then((id) => committed.set(id, performance.now())));
    }
  }
  await Promise.all(deeds);
  const total = Number((await scene.query<{ n: string }>('SELECT count(*) AS n FROM audit.entry'))[0]!.n);
  while (![...under.keys()].some((size) => size >= total)) await new Promise((resolve) => setTimeout(resolve, 20));
  isOver = true;
  await watching;
  await job.onApplicationShutdown();
  const leaves = await scene.query<{ index: string; entry_id: string }>('SELECT index, entry_id FROM audit.leaf WHERE entry_id = ANY ($1)', [[...committed.keys()]]);
  const waits = leaves.map(({ index, entry_id }) => Math.min(...[...under].filter(([size]) => size > Number(index)).map(([, at]) => at)) - committed.get(entry_id)!);
  figure(`commit to checkpoint at ${EVENTS_PER_SECOND} events/s, p50`, percentile(waits, 0.5) / 1000, 's');
  figure(`commit to checkpoint at ${EVENTS_PER_SECOND} events/s, p99 of ${waits.length}`, percentile(waits, 0.99) / 1000, 's', { atMost: 2 });
}

function sizeOf(note: string | null): number {
  return note === null ? 0 : Number(note.split('\n', 2)[1]);
}
