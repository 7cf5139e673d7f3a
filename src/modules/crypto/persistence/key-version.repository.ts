import { Injectable } from '@nestjs/common';
import { Not } from 'typeorm';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import { KEY_PURPOSES, type KeyHolder, type KeyPurpose, type KeyState, type PublicKeyVersion, type WrappedKeyVersion } from '../domain/key-version.js';
import { ApiKeyVersionRow, LedgerKeyVersionRow, PublicKeyVersionRow } from './key-version.entity.js';

const ROWS_OF = { api: ApiKeyVersionRow, ledger: LedgerKeyVersionRow } as const satisfies Record<KeyHolder, unknown>;
const OLDEST_FIRST = { order: { purpose: 'ASC', version: 'ASC' } } as const;

@Injectable()
export class KeyVersionRepository {
  async published(tx: Tx): Promise<PublicKeyVersion[]> {
    return entityManagerOf(tx).find(PublicKeyVersionRow, { where: { state: Not('revoked' as const) }, ...OLDEST_FIRST });
  }

  /** Whole rows, which only the holder's own login may read. */
  async wrapped(tx: Tx, holder: KeyHolder): Promise<WrappedKeyVersion[]> {
    return entityManagerOf(tx).find(ROWS_OF[holder], { where: { state: Not('revoked' as const) }, ...OLDEST_FIRST });
  }

  /** Whole rows of a purpose, the revoked too. */
  async wrappedOf(tx: Tx, holder: KeyHolder, purpose: KeyPurpose): Promise<WrappedKeyVersion[]> {
    return entityManagerOf(tx).find(ROWS_OF[holder], { where: { purpose }, ...OLDEST_FIRST });
  }

  /** Every version of every purpose, the revoked too. */
  async all(tx: Tx): Promise<PublicKeyVersion[]> {
    return entityManagerOf(tx).find(PublicKeyVersionRow, OLDEST_FIRST);
  }

  /** Every version of a purpose, the revoked too. */
  async ofPurpose(tx: Tx, purpose: KeyPurpose): Promise<PublicKeyVersion[]> {
    return entityManagerOf(tx).find(PublicKeyVersionRow, { where: { purpose }, ...OLDEST_FIRST });
  }

  async insert(tx: Tx, row: WrappedKeyVersion): Promise<void> {
    await entityManagerOf(tx).insert(ROWS_OF[KEY_PURPOSES[row.purpose].holder], row);
  }

  async setState(tx: Tx, key: Pick<PublicKeyVersion, 'id' | 'purpose'>, to: KeyState, at: Date): Promise<void> {
    await entityManagerOf(tx).update(ROWS_OF[KEY_PURPOSES[key.purpose].holder], { id: key.id }, { state: to, stateSince: at });
  }
}
