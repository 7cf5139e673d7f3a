import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { crashPoint } from '../system/crash-points.js';
import { requestTrail } from '../system/request-context.js';
import { type Tx, entityManagerOf } from './transaction.js';

/** What a creating request said in `Idempotency-Key`, and what it is bound to. */
export interface IdempotentRequest {
  /** The header's value, 1 to 255 visible ASCII characters. */
  readonly key: string;
  /** `POST /v1/simulations`: method and path. */
  readonly route: string;
  /** SHA-256 of the body's bytes, 32 bytes. */
  readonly bodyDigest: Buffer;
}

/** What was done. */
export interface Deed<T> {
  readonly resourceId: string;
  readonly value: T;
  /** The answer holds a secret that is shown only once: it is not replayed. */
  readonly secret?: boolean;
  /** The status that the deed is answered with, now and when it is asked for again; 201 unless told. */
  readonly status?: number;
}

/** RFC draft idempotency-key-header leaves it to the server; DESIGN §5 says a day. */
const LIFETIME_HOURS = 24;

interface KeyRow {
  readonly bodyDigest: Buffer;
  readonly resourceId: string | null;
  readonly shownOnce: boolean;
  readonly status: number;
}

/**
 * Does the deed, or finds that it was done. The row is taken before the deed: a concurrent duplicate waits on the
 * primary key until the first transaction ends, then either finds the row or, when the first failed, takes it itself.
 * An expired row is taken over in place.
 */
export async function once<T>(
  tx: Tx,
  principal: Principal,
  request: IdempotentRequest,
  deed: (tx: Tx) => Promise<Deed<T>>,
  replay: (tx: Tx, resourceId: string) => Promise<T>,
): Promise<T> {
  const manager = entityManagerOf(tx);
  const key = [principal.id, request.route, request.key];
  const taken = await manager.query<unknown[]>(
    `INSERT INTO platform.idempotency_key AS k (principal_id, route, key, body_digest, expires_at)
     VALUES ($1, $2, $3, $4, now() + make_interval(hours => ${LIFETIME_HOURS}))
     ON CONFLICT (principal_id, route, key) DO UPDATE
       SET body_digest = excluded.body_digest, resource_id = NULL, shown_once = false, expires_at = excluded.expires_at
       WHERE k.expires_at <= now()
     RETURNING 1`,
    [...key, request.bodyDigest],
  );
  if (taken.length === 0) {
    const earlier = await earlierDeed(tx, key, request);
    const value = await replay(tx, earlier.resourceId);
    const trail = requestTrail();
    if (trail !== undefined) trail.replayedStatus = earlier.status;
    return value;
  }
  const { resourceId, value, secret = false, status = 201 } = await deed(tx);
  await manager.query(
    'UPDATE platform.idempotency_key SET resource_id = $4, shown_once = $5, status = $6 WHERE principal_id = $1 AND route = $2 AND key = $3',
    [...key, resourceId, secret, status],
  );
  crashPoint('database.idempotency.before-commit');
  return value;
}

/** The resource that the first request made, and the status of its answer; refuses what may not be replayed. */
async function earlierDeed(tx: Tx, key: readonly string[], request: IdempotentRequest): Promise<{ readonly resourceId: string; readonly status: number }> {
  const [row] = await entityManagerOf(tx).query<KeyRow[]>(
    `SELECT body_digest AS "bodyDigest", resource_id AS "resourceId", shown_once AS "shownOnce", status
     FROM platform.idempotency_key WHERE principal_id = $1 AND route = $2 AND key = $3`,
    [...key],
  );
  // Removed as expired between the two statements: the next try finds the key free.
  if (row === undefined || row.resourceId === null) throw new Fault(REQUEST_FAULTS.unavailable, { headers: { 'Retry-After': '1' } });
  if (!row.bodyDigest.equals(request.bodyDigest)) throw Fault.at(REQUEST_FAULTS['idempotency-key-reused'], 'header:Idempotency-Key', 'reused');
  if (row.shownOnce) throw new Fault(REQUEST_FAULTS['idempotency-replay-refused'], { members: { resourceId: row.resourceId } });
  return { resourceId: row.resourceId, status: row.status };
}
