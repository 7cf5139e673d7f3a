import { type Reading, sessionOf } from './transaction.js';

/**
 * A statement that runs on every request. The server parses it once a connection and, from the sixth run on, plans it
 * no more unless the plan would depend on the values; sent as plain text it is parsed and planned every time.
 */
export interface Statement {
  /** Unique in the program, at most 63 bytes: `auth.security-state`. Null for a text that is made for one request. */
  readonly name: string | null;
  /** Names its columns: the rows of a prepared `*` must not change while old and new replicas share a database. */
  readonly text: string;
}

/** Works on a transaction and on a reading; of the latter, each statement is a transaction and sees its own snapshot. */
export async function rowsOf<Row extends object>(reading: Reading, { name, text }: Statement, values: readonly unknown[] = []): Promise<Row[]> {
  return (await sessionOf(reading).query<Row>({ ...(name === null ? {} : { name }), text, values: [...values] })).rows;
}
