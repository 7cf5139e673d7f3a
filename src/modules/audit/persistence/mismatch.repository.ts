import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

/** A finding of a verification, as it is kept. */
export interface KnownMismatch {
  readonly sentence: string;
  readonly index: number | null;
  readonly entryId: string | null;
}

/** What verifications have found and told. */
@Injectable()
export class MismatchRepository {
  /** Keeps those that were not known; returns them. Of two replicas that find the same, one is told that it is new. */
  async add<T extends KnownMismatch>(tx: Tx, mismatches: readonly T[]): Promise<T[]> {
    const rows: { sentence: string }[] = await entityManagerOf(tx).query(
      `INSERT INTO audit.mismatch (sentence, index, entry_id)
       SELECT * FROM unnest($1::text[], $2::bigint[], $3::uuid[]) ORDER BY 1 ON CONFLICT (sentence) DO NOTHING RETURNING sentence`,
      [mismatches.map(({ sentence }) => sentence), mismatches.map(({ index }) => index), mismatches.map(({ entryId }) => entryId)],
    );
    const fresh = new Set(rows.map(({ sentence }) => sentence));
    return mismatches.filter(({ sentence }) => fresh.has(sentence));
  }

  async forgetOthers(tx: Tx, mismatches: readonly KnownMismatch[]): Promise<void> {
    await entityManagerOf(tx).query('DELETE FROM audit.mismatch WHERE sentence <> ALL ($1)', [mismatches.map(({ sentence }) => sentence)]);
  }
}
