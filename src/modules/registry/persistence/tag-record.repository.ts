import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { TagChange, TagLeaf, TagMismatch } from '../domain/tag-checkpoint.js';
import type { TagRow } from './manifest.repository.js';

/** As many as are hashed without holding anybody up: about 3 ms. */
const PAGE = 1_000;

/** Of two that are told of one tag at once the later counts. */
const APPLY: Statement = {
  name: 'registry.tag-record.apply',
  text: `INSERT INTO registry.tag_record AS known (repository_id, name, repository, digest, version)
         SELECT DISTINCT ON (repository_id, name) repository_id, name, repository, digest, version
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[]) AS change (repository_id, name, repository, digest, version)
         ORDER BY repository_id, name, version DESC
         ON CONFLICT (repository_id, name) DO UPDATE SET repository = EXCLUDED.repository, digest = EXCLUDED.digest, version = EXCLUDED.version
         WHERE known.version < EXCLUDED.version`,
};

/** A registry that came from a backup would give numbers a second time. */
const KEEP_NUMBERS: Statement = {
  name: 'registry.tag-record.keep-numbers',
  text: `SELECT setval('registry.tag_version', latest.version) FROM (SELECT max(version) AS version FROM registry.tag_record) AS latest, registry.tag_version AS numbers
         WHERE latest.version > numbers.last_value`,
};

const RECORD = 'SELECT repository_id, repository, name, digest, version FROM registry.tag_record WHERE digest IS NOT NULL ORDER BY repository_id, name';

const DIFFERENCES = `
  SELECT coalesce(found.repository_id, known.repository_id) AS repository_id, coalesce(found.repository, known.repository) AS repository, coalesce(found.name, known.name) AS name,
         found.digest, found.version, found.seal, known.digest AS known_digest, known.version AS known_version
  FROM (SELECT tag.repository_id, repository.name AS repository, tag.name, tag.digest, tag.version, tag.seal FROM registry.tag JOIN registry.repository ON repository.id = tag.repository_id) AS found
  FULL JOIN (SELECT repository_id, repository, name, digest, version FROM registry.tag_record WHERE digest IS NOT NULL) AS known
    ON known.repository_id = found.repository_id AND known.name = found.name
  WHERE (found.repository, found.digest, found.version) IS DISTINCT FROM (known.repository, known.digest, known.version)
  ORDER BY coalesce(found.repository_id, known.repository_id), coalesce(found.name, known.name)`;

/** Where tags stand by what the ledger says, and how their rows differ from that. */
@Injectable()
export class TagRecordRepository {
  /**
   * Of a transaction's first statements: from here on it sees one state of everything, entries of the ledger with it, and nobody
   * else takes a checkpoint. The lock comes before the snapshot, so that what the one before has left is seen.
   */
  async freeze(tx: Tx): Promise<void> {
    await rowsOf(tx, { name: null, text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ' });
    await rowsOf(tx, { name: null, text: 'LOCK TABLE registry.tag_record IN SHARE ROW EXCLUSIVE MODE' });
  }

  /** Whether there has ever been a tag: a server that has no images takes no checkpoint, and makes no key for it. */
  async isNeeded(reading: Reading): Promise<boolean> {
    const text = `SELECT is_called OR EXISTS (SELECT FROM registry.tag) OR EXISTS (SELECT FROM registry.tag_record)
                    OR EXISTS (SELECT FROM registry.upkeep_run WHERE kind = 'tag-checkpoint') AS is_needed FROM registry.tag_version`;
    const [row] = await rowsOf<{ is_needed: boolean }>(reading, { name: 'registry.tag-record.is-needed', text });
    return row!.is_needed;
  }

  /** All of them in the order of the tree, some at a time. */
  async *leaves(tx: Tx): AsyncGenerator<readonly TagLeaf[]> {
    for await (const rows of pagesOf<LeafRow>(tx, 'tag_leaves', RECORD)) {
      yield rows.map((row) => ({ repositoryId: row.repository_id, repository: row.repository, name: row.name, digest: row.digest, version: Number(row.version) }));
    }
  }

  /** What is told of a tag counts when it comes after what is known of it, in whatever order it is told. */
  async apply(tx: Tx, changes: readonly TagChange[]): Promise<void> {
    await rowsOf(tx, APPLY, [
      changes.map(({ repositoryId }) => repositoryId),
      changes.map(({ name }) => name),
      changes.map(({ repository }) => repository),
      changes.map(({ digest }) => digest),
      changes.map(({ version }) => version),
    ]);
  }

  async forgetAll(tx: Tx): Promise<void> {
    await rowsOf(tx, { name: 'registry.tag-record.forget-all', text: 'DELETE FROM registry.tag_record' });
  }

  /** When everything is applied: what is gone needs no row any more, and no number comes twice. */
  async settle(tx: Tx): Promise<void> {
    await rowsOf(tx, KEEP_NUMBERS);
    await rowsOf(tx, { name: 'registry.tag-record.settle', text: 'DELETE FROM registry.tag_record WHERE digest IS NULL' });
  }

  /** In the order of the tree, some at a time. */
  async *differences(tx: Tx): AsyncGenerator<readonly TagMismatch[]> {
    for await (const rows of pagesOf<DifferenceRow>(tx, 'tag_differences', DIFFERENCES)) yield rows.map(mismatchOf);
  }

  /** As many numbers that no tag had. */
  async numbers(tx: Tx, count: number): Promise<readonly number[]> {
    const text = `SELECT nextval('registry.tag_version') AS version FROM generate_series(1, $1)`;
    return (await rowsOf<{ version: string }>(tx, { name: 'registry.tag-record.numbers', text }, [count])).map(({ version }) => Number(version));
  }

  /** Seals rows anew where they stand. Who moves one of them at the same time does so before or after. */
  async reseal(tx: Tx, tags: readonly TagRow[], movedBy: string): Promise<void> {
    const text = `UPDATE registry.tag SET version = sealed.version, seal = sealed.seal, moved_by = $5, moved_at = now()
                  FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bytea[]) AS sealed (repository_id, name, version, seal)
                  WHERE tag.repository_id = sealed.repository_id AND tag.name = sealed.name`;
    const columns = [tags.map(({ repositoryId }) => repositoryId), tags.map(({ name }) => name), tags.map(({ version }) => version), tags.map(({ seal }) => seal)];
    await rowsOf(tx, { name: 'registry.tag-record.reseal', text }, [...columns, movedBy]);
  }

  /** Of those repositories that there are. */
  async projectsOf(reading: Reading, repositoryIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const text = 'SELECT id, project_id FROM registry.repository WHERE id = ANY($1)';
    const rows = await rowsOf<{ id: string; project_id: string }>(reading, { name: 'registry.tag-record.projects-of', text }, [repositoryIds]);
    return new Map(rows.map(({ id, project_id }) => [id, project_id]));
  }
}

/** A cursor has one snapshot, and the server keeps what was not asked for yet. */
async function* pagesOf<Row extends object>(tx: Tx, cursor: string, query: string): AsyncGenerator<readonly Row[]> {
  await rowsOf(tx, { name: null, text: `DECLARE ${cursor} NO SCROLL CURSOR FOR ${query}` });
  for (let rows = await next(); rows.length > 0; rows = await next()) yield rows;
  await rowsOf(tx, { name: null, text: `CLOSE ${cursor}` });

  function next(): Promise<Row[]> {
    return rowsOf<Row>(tx, { name: null, text: `FETCH ${PAGE} FROM ${cursor}` });
  }
}

interface LeafRow {
  readonly repository_id: string;
  readonly repository: string;
  readonly name: string;
  readonly digest: string;
  readonly version: string;
}

interface DifferenceRow {
  readonly repository_id: string;
  readonly repository: string;
  readonly name: string;
  readonly digest: string | null;
  readonly version: string | null;
  readonly seal: Buffer;
  readonly known_digest: string | null;
  readonly known_version: string | null;
}

function mismatchOf(row: DifferenceRow): TagMismatch {
  const { repository_id: repositoryId, repository, name, digest, version, seal, known_digest, known_version } = row;
  const recorded = known_digest === null ? null : { digest: known_digest, version: Number(known_version) };
  return { repositoryId, repository, name, found: digest === null ? null : { digest, version: Number(version), seal }, recorded };
}
