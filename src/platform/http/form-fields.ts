import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Fault, type Suspicion } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { bodyBytesOf } from './parameters.js';

/** More than any request of RFC 6749, 7009, 7662 or 8628 has, by a factor of four. */
const FIELDS_MAX = 40;

/**
 * The fields of a form (RFC 6749 appendix B), strictly: each name once (§3.2), every escape valid UTF-8, no NUL. One that
 * is sent without a value counts as not sent (§3.2), and one that nobody knows is passed over by whoever reads the rest.
 * Throws `invalid-request`.
 */
export function parseForm(bytes: Buffer): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const seen = new Set<string>();
  // A form is ASCII: every other octet must have been escaped (WHATWG URL §5.2).
  const text = bytes.toString('latin1');
  for (const pair of text === '' ? [] : text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decoded(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decoded(pair.slice(equals + 1));
    if (seen.has(name)) throw refused(name, 'duplicate', 'duplicate-name');
    if (seen.size === FIELDS_MAX) throw new Fault(REQUEST_FAULTS['invalid-request'], { detail: 'The form has too many fields.' });
    seen.add(name);
    if (value !== '') fields.set(name, value);
  }
  return fields;
}

/** What was escaped for a form; also the halves of a client's Basic credential (RFC 6749 §2.3.1). Throws `invalid-request`. */
export function decoded(text: string): string {
  let plain: string;
  if (!/^[\x21-\x7e]*$/.test(text)) throw new Fault(REQUEST_FAULTS['invalid-request'], { detail: 'The form has octets that must be escaped.' });
  try {
    plain = decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Fault(REQUEST_FAULTS['invalid-request'], { detail: 'The form is not percent-encoded UTF-8.' });
  }
  if (plain.includes('\0')) throw refused('', 'nul-character', 'nul-character');
  return plain;
}

/** Names are repeated to who sent them only as far as they are words: a secret may stand where a name should. */
function refused(name: string, code: string, suspicion: Suspicion): Fault {
  const pointer = `/${/^[a-z_]{1,40}$/.test(name) ? name : ''}`;
  return new Fault(REQUEST_FAULTS['invalid-request'], { detail: code === 'duplicate' ? 'A field is there twice.' : 'A field contains NUL.', pointers: [{ pointer, code }], suspicion });
}

/**
 * The form of a route that takes its body `@UnparsedBody('form')`. Nothing is read from the query: secrets in addresses
 * end up in logs (RFC 6749 §2.3.1), so that a request which has any is refused, and its secret is known to be out.
 */
export function formOf(context: ExecutionContext): ReadonlyMap<string, string> {
  const { url } = context.switchToHttp().getRequest<FastifyRequest>().raw;
  if (url?.includes('?') === true) throw new Fault(REQUEST_FAULTS['invalid-request'], { detail: 'Send the fields in the body: an address is no place for them.' });
  const bytes = bodyBytesOf(context);
  try {
    return parseForm(bytes);
  } finally {
    bytes.fill(0);
  }
}
