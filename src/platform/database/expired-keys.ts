import { Injectable } from '@nestjs/common';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type Tx, UnitOfWork, entityManagerOf } from './unit-of-work.js';

const BATCH = 1000;

/** Removes idempotency keys that are over a day old. To be ticked by a process with the role api, a few times an hour. */
@Injectable()
export class ExpiredKeys {
  readonly #principal = systemPrincipal('expired-keys');

  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** Those of a principal who is erased, whenever they expire: clients choose what a key says. */
  async removeOf(tx: Tx, principalId: string): Promise<void> {
    await entityManagerOf(tx).query('DELETE FROM platform.idempotency_key WHERE principal_id = $1', [principalId]);
  }

  /** One batch; returns how many went. Rows that a request is taking over at this moment are left to it. */
  async remove(): Promise<number> {
    return this.unitOfWork.run(this.#principal, async (tx) => {
      const [, count] = await entityManagerOf(tx).query<[unknown, number]>(
        `DELETE FROM platform.idempotency_key WHERE ctid IN (
           SELECT ctid FROM platform.idempotency_key WHERE expires_at <= now() LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
      );
      return count;
    });
  }
}
