import { Fault, type Suspicion } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';

/**
 * A query string, strictly: each name once, every escape valid UTF-8, no NUL, and no name that every object has.
 * Fastify's own parser makes an array of `a=1&a=2`, so that a check on a string never sees the second value.
 *
 * The router calls the parser where nothing can be thrown, so a refusal is kept under a symbol and thrown by the
 * pipeline's first step. `+` is a space, as in forms: `URLSearchParams` and browsers write it so.
 */
const REFUSAL: unique symbol = Symbol('quantonium.query-refusal');
/** Names that were there more than once, each with its first value in the query: whether that is allowed the route says. */
const REPEATED: unique symbol = Symbol('quantonium.query-repeated');
type Query = Record<string, string> & { [REFUSAL]?: Fault; [REPEATED]?: string[] };

export function parseQuery(text: string): Record<string, string> {
  const query = Object.create(null) as Query;
  try {
    for (const pair of text === '' ? [] : text.split('&')) addPair(query, pair);
  } catch (error) {
    query[REFUSAL] = error instanceof Fault ? error : new Fault(REQUEST_FAULTS['malformed-request'], { detail: 'The query is not valid percent-encoded UTF-8.' });
  }
  return query;
}

/** The fault that a query is refused with, at a route that lets these names be repeated. */
export function queryRefusal(query: unknown, mayRepeat: readonly string[] = []): Fault | undefined {
  if (typeof query !== 'object' || query === null) return undefined;
  const { [REFUSAL]: refusal, [REPEATED]: repeated = [] } = query as Query;
  const twice = repeated.find((name) => !mayRepeat.includes(name));
  return refusal ?? (twice === undefined ? undefined : refused(twice, 'duplicate', 'duplicate-name'));
}

function addPair(query: Query, pair: string): void {
  if (pair === '') return;
  const equals = pair.indexOf('=');
  const name = decode(equals === -1 ? pair : pair.slice(0, equals));
  const value = equals === -1 ? '' : decode(pair.slice(equals + 1));
  if (name in Object.prototype || name.startsWith('__proto__')) throw refused(name, 'unknown-field', 'prototype-name');
  if (name.includes('\0') || value.includes('\0')) throw refused(name.replaceAll('\0', ''), 'nul-character', 'nul-character');
  if (name in query) (query[REPEATED] ??= []).push(name);
  else query[name] = value;
}

function refused(name: string, code: string, suspicion: Suspicion): Fault {
  return new Fault(REQUEST_FAULTS['invalid-request'], { pointers: [{ pointer: `query:${name}`, code }], suspicion });
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
