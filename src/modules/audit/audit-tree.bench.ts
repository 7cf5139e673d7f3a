import { leafHash } from '#pure/merkle/hashing.js';
import { inclusionProof, tilesForInclusion } from '#pure/merkle/proof.js';
import { readerOf } from '#pure/merkle/tile.js';
import { newTilesFor } from '#pure/merkle/tile-append.js';
import type { LedgerScene } from '../../../test/harness/ledger.js';
import { figure, openDurableLedger, percentile } from '../../../test/harness/ledger-bench.js';

/**
 * What a log of a million entries costs to keep and to prove. Its entries and leaves are made in the database and its
 * tiles in one go, as the sequencer would have made them; the sequencer then appends to it, which checks that they
 * lead to the head.
 */
const ENTRIES = 1_000_000;
const BODY_BYTES = 420;
const PROOFS = 500;
const APPENDED = 20_000;

const scene = await openDurableLedger(4);
await fill(scene, ENTRIES);
await scene.query('VACUUM (FREEZE, ANALYZE) audit.entry, audit.leaf, audit.tile');
await storage(scene);
await appending(scene);
await scene.publisher.publish(0);
await proofs(scene);
await scene.close();

async function fill({ query }: LedgerScene, count: number): Promise<void> {
  const chunk = 100_000;
  for (let from = 0; from < count; from += chunk) {
    const body = `convert_to(rpad('{"n":' || n, ${BODY_BYTES - 1}, ' ') || '}', 'UTF8')`;
    const rows = `FROM generate_series(${from}, ${from + chunk - 1}) n`;
    // Ids ascend, as UUIDv7 do.
    await query(`INSERT INTO audit.entry (id, body) SELECT lpad(to_hex(n), 32, '0')::uuid, ${body} ${rows}`);
    await query(`INSERT INTO audit.leaf (index, entry_id, hash) SELECT n, lpad(to_hex(n), 32, '0')::uuid, sha256('\\x00'::bytea || ${body}) ${rows}`);
  }
  const hashes = Array.from({ length: count }, (_, n) => leafHash(Buffer.from(`${`{"n":${n}`.padEnd(BODY_BYTES - 1)}}`, 'latin1')));
  const { tiles, root } = newTilesFor(0, hashes, readerOf([]));
  for (let from = 0; from < tiles.length; from += 500) {
    const some = tiles.slice(from, from + 500);
    const columns = [some.map(({ level }) => level), some.map(({ index }) => index), some.map(({ width }) => width), some.map(({ bytes }) => bytes)];
    await query('INSERT INTO audit.tile (level, index, width, hashes) SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::bytea[])', columns);
  }
  await query('INSERT INTO audit.tree_head (size, root) VALUES ($1, $2)', [count, root]);
  await query('UPDATE audit.low_water SET xid = pg_snapshot_xmin(pg_current_snapshot())');
}

/** Tables with their indexes and TOAST, over the bytes of the bodies. */
async function storage({ query }: LedgerScene): Promise<void> {
  const sizes = await query<{ name: string; bytes: string }>(
    `SELECT c.relname AS name, pg_total_relation_size(c.oid) AS bytes FROM pg_class c WHERE c.oid IN ('audit.entry'::regclass, 'audit.leaf'::regclass, 'audit.tile'::regclass, 'audit.tree_head'::regclass)`,
  );
  const each = (bytes: number): number => bytes / ENTRIES;
  for (const { name, bytes } of sizes) figure(`audit.${name} with its indexes, an entry`, each(Number(bytes)), 'bytes');
  figure(`the ledger over bodies of ${BODY_BYTES} bytes, an entry`, each(sizes.reduce((sum, { bytes }) => sum + Number(bytes), 0)) - BODY_BYTES, 'bytes', { atMost: 350 });
}

async function appending(ledger: LedgerScene): Promise<void> {
  await ledger.query(`INSERT INTO audit.entry (id, body) SELECT gen_random_uuid(), convert_to(rpad('{"n":' || n, ${BODY_BYTES - 1}, ' ') || '}', 'UTF8') FROM generate_series(1, ${APPENDED}) n`);
  const began = performance.now();
  while ((await ledger.sequencer.sequence()) > 0);
  figure(`sequencer, ${APPENDED} entries more`, (APPENDED * 1000) / (performance.now() - began), 'entries/s', { atLeast: 3_000 });
}

async function proofs({ reader, query }: LedgerScene): Promise<void> {
  const size = ENTRIES + APPENDED;
  const ids = await query<{ entry_id: string }>(`SELECT entry_id FROM audit.leaf WHERE index IN (SELECT (random() * ${size - 1})::bigint FROM generate_series(1, ${PROOFS}))`);
  const [hashes, reads, times]: [number[], number[], number[]] = [[], [], []];
  for (const { entry_id: id } of ids) {
    const began = performance.now();
    const proof = await reader.inclusionProof(id);
    times.push(performance.now() - began);
    if (proof === null) throw new Error(`no proof of ${id}`);
    hashes.push(proof.hashes.length);
    reads.push(tilesForInclusion(proof.index, proof.size).length);
  }
  const zero = readerOf(tilesForInclusion(0, size).map((tile) => ({ ...tile, bytes: Buffer.alloc(tile.width * 32) })));
  figure(`a proof among ${size} entries: hashes, at most`, Math.max(...hashes, inclusionProof(0, size, zero).length), '', { atMost: 21 });
  figure(`a proof among ${size} entries: tiles read, at most`, Math.max(...reads), '', { atMost: 8 });
  figure('a proof, p50', percentile(times, 0.5), 'ms');
  figure('a proof, p99', percentile(times, 0.99), 'ms');
}
