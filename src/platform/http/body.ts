import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseStrictJson } from '#pure/canonical-json/strict-parse.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { collectBody, tooLarge } from './body-collection.js';
import { BODY_BYTES_MAX } from './http-settings.js';
import { malformedJson } from './malformed-json.js';
import { requireState } from './request-state.js';

/** JSON is UTF-8 (RFC 8259 §8.1): a charset may say so and may not say anything else. */
const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i;
/** RFC 6749 appendix B: forms are UTF-8 too. */
const FORM_TYPE = /^application\/x-www-form-urlencoded(?:\s*;\s*charset="?utf-8"?)?$/i;

/** What a body must be announced as. A type that the route does not take is never read as if it were another. */
const ANNOUNCED = { json: { type: JSON_TYPE, name: 'application/json' }, form: { type: FORM_TYPE, name: 'application/x-www-form-urlencoded' } } as const;

/**
 * The one body parser. Runs after authentication and authorisation, so an unauthenticated caller never makes us read
 * more than its route takes. A streamed route is handed the stream itself, whatever its type.
 */
export async function readBody(request: FastifyRequest, payload: IncomingMessage): Promise<unknown> {
  const state = requireState(request);
  if (state.policy?.streamed === true) return payload;
  const { headers } = payload;
  const limitBytes = state.policy?.bodyLimitBytes ?? BODY_BYTES_MAX;
  // Refused by its announcement, before the type is looked at and before a waiting client is told to go on.
  if (Number(headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  const unparsed = state.policy?.unparsed ?? null;
  if (unparsed !== 'any') requireType(headers, ANNOUNCED[unparsed ?? 'json']);
  if (headers['content-encoding'] !== undefined) throw new Fault(REQUEST_FAULTS['unsupported-media-type'], { detail: 'Send the body without a content encoding.' });
  const { bytes, digest } = await collectBody(payload, limitBytes, state.bodyHold, state.sockets.bodyMillis);
  state.bodyDigest = digest;
  if (unparsed !== null) return bytes;
  if (bytes.length === 0) return undefined;
  try {
    const parsed = parseStrictJson(bytes);
    if (parsed.ok) return parsed.value;
    throw malformedJson(parsed.error);
  } finally {
    // Small ones lie in a pool that stays; what was in them is in the values now, and goes with the request.
    bytes.fill(0);
  }
}

function requireType(headers: IncomingHttpHeaders, { type, name }: { readonly type: RegExp; readonly name: string }): void {
  if (type.test(headers['content-type'] ?? '') || headers['content-length'] === '0') return;
  throw new Fault(REQUEST_FAULTS['unsupported-media-type'], { detail: `Send ${name}.` });
}

/**
 * A client that asked `Expect: 100-continue` (curl does above 1 MiB, every upload of a container client may) has not
 * sent its body yet: it is told to only here, after it was authenticated, and only if the body can be taken.
 */
export function continueIfAsked(request: FastifyRequest, reply: FastifyReply): void {
  const { headers } = request.raw;
  if (headers.expect?.toLowerCase() !== '100-continue') return;
  const policy = requireState(request).policy;
  const fits = policy !== null && (policy.streamed || Number(headers['content-length'] ?? 0) <= policy.bodyLimitBytes);
  if (fits) reply.raw.writeContinue();
}
