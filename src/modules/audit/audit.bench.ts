import { entityManagerOf } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { openLedgerScene } from '../../../test/harness/ledger.js';

/**
 * What recording costs, beside one autocommit INSERT (the limit: one round trip, one fsync) and the same deed without
 * a record, interleaved in one run. The cluster of the tests does not wait for the disk, so the ratios overstate the
 * cost of round trips and understate that of commits: group commit shows in transactions saved, not in this figure.
 */
const CONNECTIONS = 8;
const ROUND_MILLIS = 1_500;
const ROUNDS = 3;
const SOMEBODY = systemPrincipal('bench');

const scene = await openLedgerScene();
await scene.query('CREATE TABLE public.deed (id bigint GENERATED ALWAYS AS IDENTITY, what text); GRANT INSERT ON public.deed TO PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC');
const INSERT = `INSERT INTO public.deed (what) VALUES ('a deed')`;
const event = scene.event({ facts: { programDigest: `sha256:${'0'.repeat(64)}`, shots: 1024 }, projectId: '0198c0de-0000-7000-8000-000000000001' });

/** The limit goes around the unit of work: the pool's own client, no BEGIN, no COMMIT. */
const { Pool } = (await import('pg')).default;
const pool = new Pool({ connectionString: scene.database.urls.app, max: CONNECTIONS });

const workloads: Readonly<Record<string, { callers: number; once: () => Promise<unknown> }>> = {
  'one autocommit INSERT (the limit)': { callers: CONNECTIONS, once: () => pool.query(INSERT) },
  'deed without a record': { callers: CONNECTIONS, once: () => scene.database.app.run(SOMEBODY, (tx) => entityManagerOf(tx).query(INSERT)) },
  'deed with its entry, one transaction': {
    callers: CONNECTIONS,
    once: () =>
      scene.database.app.run(SOMEBODY, async (tx) => {
        await entityManagerOf(tx).query(INSERT);
        await scene.log.append(tx, event);
      }),
  },
  'event without a deed, group commit': { callers: 64, once: () => scene.log.record(event) },
};

async function rateOf({ callers, once }: { callers: number; once: () => Promise<unknown> }): Promise<number> {
  let done = 0;
  const end = performance.now() + ROUND_MILLIS;
  const caller = async (): Promise<void> => {
    for (; performance.now() < end; done += 1) await once();
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  return (done * 1000) / (performance.now() - started);
}

const rates = new Map<string, number[]>(Object.keys(workloads).map((name) => [name, []]));
for (let round = -1; round < ROUNDS; round += 1) {
  for (const [name, workload] of Object.entries(workloads)) {
    const rate = await rateOf(workload);
    if (round >= 0) rates.get(name)!.push(rate);
  }
}
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const limit = median(rates.get('one autocommit INSERT (the limit)')!);
const bare = median(rates.get('deed without a record')!);
for (const [name, values] of rates) {
  const rate = median(values);
  console.log(`${name.padEnd(40)} ${rate.toFixed(0).padStart(7)}/s   ${(rate / limit).toFixed(2)} of the limit   ${(rate / bare).toFixed(2)} of the deed alone`);
}

const backlog = (await scene.query<{ n: number }>('SELECT count(*)::int AS n FROM audit.entry'))[0]!.n;
const started = performance.now();
while ((await scene.sequencer.sequence()) > 0);
console.log(`${'sequencing that backlog'.padEnd(40)} ${((backlog * 1000) / (performance.now() - started)).toFixed(0).padStart(7)}/s   ${backlog} entries`);
await scene.publisher.publish();
const id = (await scene.query<{ entry_id: string }>('SELECT entry_id FROM audit.leaf ORDER BY index LIMIT 1'))[0]!.entry_id;
const receipts = await rateOf({ callers: 1, once: () => scene.reader.receipt(id) });
console.log(`${'a receipt, one after another'.padEnd(40)} ${receipts.toFixed(0).padStart(7)}/s   ${(1000 / receipts).toFixed(1)} ms each, in a tree of ${backlog} leaves`);
await pool.end();
await scene.close();
