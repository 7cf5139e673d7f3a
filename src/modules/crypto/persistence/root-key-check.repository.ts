import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

@Injectable()
export class RootKeyCheckRepository {
  /** The check value of the root key that this database belongs to; null in a database that has none yet. */
  async find(tx: Tx): Promise<Buffer | null> {
    const rows = await entityManagerOf(tx).query<{ check_value: Buffer }[]>('SELECT check_value FROM crypto.root_key_check');
    return rows[0]?.check_value ?? null;
  }

  /** Whether any key was ever wrapped here: then a missing check value means damage, not a fresh database. */
  async hasKeys(tx: Tx): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<{ present: boolean }[]>('SELECT EXISTS (SELECT FROM crypto.public_key_version) AS present');
    return rows[0]!.present;
  }

  /**
   * Binds the database to a root key if nobody has yet, and says to which it is bound. The primary key is the lock:
   * of two replicas, the second waits here until the first has committed, and then reads the first one's value.
   */
  async bind(tx: Tx, checkValue: Buffer): Promise<{ readonly checkValue: Buffer; readonly isNew: boolean }> {
    const inserted = await entityManagerOf(tx).query<unknown[]>('INSERT INTO crypto.root_key_check (check_value) VALUES ($1) ON CONFLICT DO NOTHING RETURNING check_value', [checkValue]);
    return { checkValue: (await this.find(tx))!, isNew: inserted.length > 0 };
  }
}
