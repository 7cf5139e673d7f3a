import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

/** Who reads the log on, in leaf order, each from where it left off. The table's CHECK names the same. */
export type CursorName = 'search' | 'detection' | 'webhooks' | 'self-check' | SelfCheckCursor;

/** Not in leaf order: the self-check also goes through checkpoints by number, and through entries by transaction id. */
type SelfCheckCursor = 'self-check-chain' | 'self-check-entries';

/** How far each follower of the log has come. */
@Injectable()
export class CursorRepository {
  /**
   * The index that the follower reads next, locked until the transaction ends; null while another replica has it. Who
   * gets the lock sees what its holder before committed: the row is read again once it is locked.
   */
  async take(tx: Tx, name: CursorName): Promise<number | null> {
    const rows: { next_index: string }[] = await entityManagerOf(tx).query('SELECT next_index FROM audit.cursor WHERE name = $1 FOR UPDATE SKIP LOCKED', [name]);
    return rows[0] === undefined ? null : Number(rows[0].next_index);
  }

  /** Those of these entries that the follower had in a log that this one has succeeded. */
  async readBefore(tx: Tx, name: CursorName, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows: { id: string }[] = await entityManagerOf(tx).query(
      `SELECT e.id FROM audit.cursor c, audit.entry e
        WHERE c.name = $1 AND c.read_before > 0 AND e.id = ANY ($2) AND (e.seq < c.read_before OR e.seq = ANY (c.read_besides))`,
      [name, ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  async move(tx: Tx, name: CursorName, nextIndex: number): Promise<void> {
    await entityManagerOf(tx).query('UPDATE audit.cursor SET next_index = $2 WHERE name = $1', [name, nextIndex]);
  }
}
