import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Scope, SCOPES } from '#pure/principal/principal.js';

const KNOWN: ReadonlySet<string> = new Set(SCOPES);

/**
 * The `scope` member of a login or of a token (RFC 6749 §3.3): names separated by single spaces, in any order, none
 * twice. Null when it is anything else: an unknown scope is refused and never dropped, since a client that asks for
 * what it does not get would find out only at the deed.
 */
export function parseScopes(text: string): ReadonlySet<Scope> | null {
  const names = text.split(' ');
  const scopes = new Set(names);
  if (scopes.size !== names.length || names.some((name) => !KNOWN.has(name))) return null;
  return scopes as ReadonlySet<string> as ReadonlySet<Scope>;
}

/** The same set as text, always in the order of the table, so that equal sets are equal texts. */
export function formatScopes(scopes: ReadonlySet<Scope>): string {
  return SCOPES.filter((scope) => scopes.has(scope)).join(' ');
}

/** What a login asks for; everything when it does not say. Throws `invalid-request`. */
export function requestedScopes(scope: string | undefined): ReadonlySet<Scope> {
  if (scope === undefined) return new Set(SCOPES);
  const scopes = parseScopes(scope);
  if (scopes === null) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/scope', 'unknown-scope', `some of: ${SCOPES.join(' ')}`);
  return scopes;
}
