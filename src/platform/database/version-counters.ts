import { Injectable } from '@nestjs/common';
import { type Reading, type Tx, entityManagerOf, rowsOf, type Statement } from './unit-of-work.js';

/** What a replica may have cached and must build anew when the number has moved. */
export type VersionCounter = 'policy' | 'keyring' | 'transit';

const CURRENT: Statement = { name: 'platform.version-counter', text: 'SELECT version FROM platform.version_counter WHERE name = $1' };

/** Rows of `platform.version_counter`: readers join them into the lookups that they make anyway. */
@Injectable()
export class VersionCounters {
  /** The next version. Holds the row until the transaction ends: writers of one thing come one after another. */
  async bump(tx: Tx, name: VersionCounter): Promise<number> {
    const [rows] = await entityManagerOf(tx).query<[{ version: string }[], number]>(
      'UPDATE platform.version_counter SET version = version + 1 WHERE name = $1 RETURNING version',
      [name],
    );
    return versionIn(rows, name);
  }

  async current(reading: Reading, name: VersionCounter): Promise<number> {
    return versionIn(await rowsOf<{ version: string }>(reading, CURRENT, [name]), name);
  }
}

/** bigint comes as text; versions stay far below 2^53. */
function versionIn(rows: readonly { version: string }[], name: VersionCounter): number {
  const row = rows[0];
  if (row === undefined) throw new Error(`there is no version counter ${name}`);
  return Number(row.version);
}
