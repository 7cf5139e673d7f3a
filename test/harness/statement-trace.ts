import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { requestTrail } from '#platform/system/request-context.js';
import pg from 'pg';

/**
 * Preloaded into a server (`NODE_OPTIONS=--import=…`): writes a line for each statement that a request sends to the
 * database, so that a spec can say that two requests took the same steps. A clock on a busy machine says less.
 */
const file = process.env['STATEMENT_TRACE_FILE'];

type Query = (this: unknown, ...asked: unknown[]) => unknown;

if (isMainThread && file !== undefined) {
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  prototype.query = function traced(...asked) {
    const [statement] = asked as [string | { readonly text?: string }];
    const text = typeof statement === 'string' ? statement : (statement.text ?? '');
    const requestId = requestTrail()?.requestId;
    if (requestId !== undefined) appendFileSync(file, `${JSON.stringify({ requestId, text: text.replaceAll(/\s+/g, ' ') })}\n`);
    return query.apply(this, asked);
  };
}
