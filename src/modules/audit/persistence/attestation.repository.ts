import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import type { Cosignature } from '../checkpoint-note.js';
import type { StoredCheckpoint } from './tree.repository.js';

/** Beside the sequencer's (`SEQUENCER_LOCK`): «audit» and 2. */
const PUBLICATION_LOCK = [0x61756474, 2] as const;

/** Cosignatures that one thinning removes, at most: a statement of a second or so. */
const THINNED_MAX = 20_000;

/** Who has attested which checkpoint, and what is shown for it. */
@Injectable()
export class AttestationRepository {
  /**
   * One that is there already stays: two replicas may ask the same witness. None is added where the number has come to
   * stand for another note, since the log was succeeded while a witness thought.
   */
  async addCosignatures(tx: Tx, { number, note }: Pick<StoredCheckpoint, 'number' | 'note'>, cosignatures: readonly Cosignature[]): Promise<void> {
    await entityManagerOf(tx).query(
      `INSERT INTO audit.cosignature (checkpoint, signer, line)
       SELECT k.number, c.signer, c.line FROM audit.checkpoint k, unnest($3::text[], $4::text[]) AS c (signer, line)
        WHERE k.number = $1 AND k.note = $2
       ON CONFLICT (checkpoint, signer) DO NOTHING`,
      [number, note, cosignatures.map(({ signer }) => signer), cosignatures.map(({ line }) => line)],
    );
  }

  async hasSigned(tx: Tx, checkpoint: number, signer: string): Promise<boolean> {
    const rows: unknown[] = await entityManagerOf(tx).query('SELECT FROM audit.cosignature WHERE checkpoint = $1 AND signer = $2', [checkpoint, signer]);
    return rows.length > 0;
  }

  /**
   * Who has signed it, to decide whether that is enough. Whoever asks holds its lock to the end of the
   * transaction: of two who bring the last two cosignatures at once, the second sees the first one's.
   */
  async signersForPublication(tx: Tx, checkpoint: number): Promise<readonly string[]> {
    const manager = entityManagerOf(tx);
    await manager.query('SELECT pg_advisory_xact_lock($1, $2)', [...PUBLICATION_LOCK]);
    const rows: { signer: string }[] = await manager.query('SELECT signer FROM audit.cosignature WHERE checkpoint = $1', [checkpoint]);
    return rows.map(({ signer }) => signer);
  }

  /** From the commit on, readers are given this checkpoint. One that is older than what they have been given is not published. */
  async publish(tx: Tx, checkpoint: number): Promise<void> {
    await entityManagerOf(tx).query(
      `INSERT INTO audit.publication (checkpoint) SELECT $1 WHERE NOT EXISTS (SELECT FROM audit.publication WHERE checkpoint >= $1)
       ON CONFLICT (checkpoint) DO NOTHING`,
      [checkpoint],
    );
  }

  /**
   * Removes the cosignatures of checkpoints that are older than a day, but of the last published one of each hour: a
   * cosigner's line has 3.3 kB, and a log that grows all day signs 86,400 checkpoints. The chain stays whole, since it
   * is made of the notes with the log's own signature. Returns how many went.
   */
  async thin(tx: Tx): Promise<number> {
    const [rows] = await entityManagerOf(tx).query<[unknown[], number]>(
      `DELETE FROM audit.cosignature WHERE (checkpoint, signer) IN (
         SELECT c.checkpoint, c.signer
           FROM audit.cosignature c
           JOIN audit.checkpoint signed ON signed.number = c.checkpoint
           JOIN LATERAL (
             SELECT checkpoint.published_at FROM audit.publication JOIN audit.checkpoint ON checkpoint.number = publication.checkpoint
              WHERE publication.checkpoint > c.checkpoint ORDER BY publication.checkpoint LIMIT 1
           ) AS next ON date_trunc('hour', next.published_at) = date_trunc('hour', signed.published_at)
                     OR NOT EXISTS (SELECT FROM audit.publication WHERE publication.checkpoint = c.checkpoint)
          WHERE signed.published_at < clock_timestamp() - interval '1 day'
          LIMIT ${THINNED_MAX})
       RETURNING checkpoint`,
    );
    return rows.length;
  }
}
