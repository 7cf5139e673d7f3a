import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';

/**
 * What goes wrong in the database, in the words of the API. Whatever is not named here is a defect of ours and stays
 * the error that it is: the filter shows it as `internal-error` and nothing of its SQL.
 */

/** SQLSTATEs after which the same work can simply be done again: serialization failure, deadlock. */
const RETRYABLE = new Set(['40001', '40P01']);

/** SQLSTATE classes and states that mean: not now. Appendix A of the Postgres manual. */
const UNAVAILABLE_CLASSES = new Set([
  '08', // connection exception
  '28', // the login is refused: its password was exchanged, and we do not have the new one yet
  '53', // insufficient resources: disk full, out of memory, too many connections
  '57', // operator intervention: shutdown, starting up, a statement over its time
  '58', // system error: I/O
]);
const UNAVAILABLE_STATES = new Set([
  '25006', // read-only transaction: the server is a standby
  '25P03', // idle in transaction for too long: the connection was ended
  '25P04', // transaction over its time
  '55P03', // a lock was not to be had in time
  'XX001', // data corrupted
  'XX002', // index corrupted
  ...RETRYABLE, // after the last retry
]);
/** Of the socket under the connection. */
const SOCKET_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EACCES']);
/** The driver's own errors carry no code (pg 8.23: client.js, query.js; pg-pool 3: index.js). */
const DRIVER_MESSAGES = [
  'Connection terminated',
  'Client has encountered a connection error',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Client was closed',
  'Cannot use a pool after calling end',
  'Driver not Connected',
];

/** The SQLSTATE or socket code of an error of the database, wherever the layers above put it. */
export function databaseCode(error: unknown): string | null {
  for (let current = error, depth = 0; current instanceof Error && depth < 4; depth += 1) {
    const { code, driverError } = current as { code?: unknown; driverError?: unknown };
    if (typeof code === 'string') return code;
    current = driverError ?? current.cause;
  }
  return null;
}

export function isRetryable(error: unknown): boolean {
  return !(error instanceof Fault) && RETRYABLE.has(databaseCode(error) ?? '');
}

/** The connection is gone or in doubt: it must not go back to the pool. */
export function isConnectionLost(error: unknown): boolean {
  const code = databaseCode(error);
  if (code !== null) return code.startsWith('08') || code.startsWith('57P') || code === '25P03' || code === '25P04' || SOCKET_CODES.has(code);
  return error instanceof Error && DRIVER_MESSAGES.some((message) => error.message.includes(message));
}

/** Seconds after which a client may try again: a restart of Postgres is over by then. */
const RETRY_AFTER_SECONDS = '1';

/** The fault that a failure of the database is to the client; anything else comes back as it was. */
export function asFault(error: unknown): unknown {
  if (error instanceof Fault) return error;
  const code = databaseCode(error);
  const isUnavailable =
    code === null
      ? isConnectionLost(error)
      : (/^[0-9A-Z]{5}$/.test(code) && UNAVAILABLE_CLASSES.has(code.slice(0, 2))) || UNAVAILABLE_STATES.has(code) || SOCKET_CODES.has(code);
  if (!isUnavailable) return error;
  return new Fault(REQUEST_FAULTS.unavailable, { headers: { 'Retry-After': RETRY_AFTER_SECONDS }, cause: error });
}
