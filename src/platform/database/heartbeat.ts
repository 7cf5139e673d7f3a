import { type Tx, entityManagerOf } from './unit-of-work.js';

/** Says that this login can commit: its one row of `platform.heartbeat` takes the time of the transaction. */
export async function beat(tx: Tx): Promise<void> {
  await entityManagerOf(tx).query(
    'INSERT INTO platform.heartbeat (login, beaten_at) VALUES (session_user, now()) ON CONFLICT (login) DO UPDATE SET beaten_at = excluded.beaten_at',
  );
}
