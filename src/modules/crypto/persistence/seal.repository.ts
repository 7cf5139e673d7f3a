import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { SealParameters, SealRow, SealType } from '../domain/seal.js';

const FIND: Statement = { name: 'crypto.seal', text: 'SELECT type, parameters, check_value AS "checkValue" FROM crypto.seal' };
const HAS_KEYS: Statement = { name: 'crypto.seal-has-keys', text: 'SELECT EXISTS (SELECT FROM crypto.public_key_version) OR EXISTS (SELECT FROM crypto.root_key) AS present' };
const BIND: Statement = { name: 'crypto.seal-bind', text: 'INSERT INTO crypto.seal (type, parameters, check_value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING type' };

@Injectable()
export class SealRepository {
  /** The seal that this database is under; null in a database that has none yet. */
  async find(reading: Reading): Promise<SealRow | null> {
    return (await rowsOf<SealRow>(reading, FIND))[0] ?? null;
  }

  /** Whether any key was ever wrapped here: then a missing seal means damage, not a fresh database. */
  async hasKeys(reading: Reading): Promise<boolean> {
    return (await rowsOf<{ present: boolean }>(reading, HAS_KEYS))[0]!.present;
  }

  /**
   * Puts the database under a seal if it is under none, and says under which it is. The primary key is the lock: of two
   * replicas, the second waits here until the first has committed, and then reads the first one's row.
   */
  async bind(tx: Tx, type: SealType, parameters: SealParameters, checkValue: Buffer): Promise<{ readonly seal: SealRow; readonly isNew: boolean }> {
    const inserted = await rowsOf(tx, BIND, [type, parameters, checkValue]);
    return { seal: (await this.find(tx))!, isNew: inserted.length > 0 };
  }
}
