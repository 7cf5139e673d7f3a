import { registryChallenge, scopeOfRequest } from '#pure/oci/registry-challenge.js';
import { type Dialect, DIALECTS } from './dialect-renderers.js';

/** How a credential can be carried. `apiKey` is IonQ's `Authorization: apiKey …`. */
export const CREDENTIAL_SCHEMES = ['Bearer', 'DPoP', 'X-Vault-Token', 'Basic', 'apiKey'] as const;
export type CredentialScheme = (typeof CREDENTIAL_SCHEMES)[number];

/** Whose credentials a prefix takes: the registry's clients have tokens of their own, which nobody else takes. */
export type Service = 'api' | 'registry';

/** What holds for every path below a prefix. */
export interface PrefixRule {
  /** Whole path segments; '' is every path. */
  readonly prefix: string;
  /** In the order in which a challenge names them. */
  readonly schemes: readonly CredentialScheme[];
  readonly dialect: Dialect;
  /** `api` where it is not said. */
  readonly service?: 'registry';
  /** Clients of this family write with PUT or POST as they please, and join paths with two slashes: both mean the same. */
  readonly lenient?: true;
  /** cirq-ionq sends content with its GETs, though it has no meaning (RFC 9110 §9.3.1): a few bytes are passed over here. */
  readonly getsWithContent?: true;
}

/**
 * Prefix × credential scheme × error dialect; the longest prefix wins. Clients of other systems' protocols read their
 * own errors: an OCI client that is shown problem+json prints "unknown error".
 */
export const PREFIX_RULES: readonly PrefixRule[] = [
  { prefix: '', schemes: ['Bearer', 'DPoP'], dialect: DIALECTS.problem },
  { prefix: '/health', schemes: [], dialect: DIALECTS.health },
  { prefix: '/metrics', schemes: ['Bearer'], dialect: DIALECTS.text },
  { prefix: '/token', schemes: ['Basic'], dialect: DIALECTS.oci, service: 'registry' },
  { prefix: '/v2', schemes: ['Bearer', 'Basic'], dialect: DIALECTS.oci, service: 'registry' },
  { prefix: '/ionq', schemes: ['apiKey', 'Bearer'], dialect: DIALECTS.ionq, getsWithContent: true },
  { prefix: '/.well-known', schemes: [], dialect: DIALECTS.oauth },
  { prefix: '/oauth', schemes: ['Basic', 'Bearer', 'DPoP'], dialect: DIALECTS.oauth },
  { prefix: '/v1/transit', schemes: ['X-Vault-Token', 'Bearer'], dialect: DIALECTS.vault, lenient: true },
  { prefix: '/v1/sys', schemes: ['X-Vault-Token', 'Bearer'], dialect: DIALECTS.vault, lenient: true },
  { prefix: '/v1/auth/token', schemes: ['X-Vault-Token', 'Bearer'], dialect: DIALECTS.vault, lenient: true },
  { prefix: '/v1/auth/approle', schemes: ['X-Vault-Token', 'Bearer'], dialect: DIALECTS.vault, lenient: true },
  { prefix: '/v1/auth/userpass', schemes: ['X-Vault-Token', 'Bearer'], dialect: DIALECTS.vault, lenient: true },
];

const LONGEST_FIRST = [...PREFIX_RULES].sort((a, b) => b.prefix.length - a.prefix.length);

/** The rule of a request path without its query. Total: the empty prefix matches everything. */
export function ruleOf(path: string): PrefixRule {
  const rule = LONGEST_FIRST.find(({ prefix }) => path.startsWith(prefix) && (path.length === prefix.length || prefix === '' || path[prefix.length] === '/'));
  return rule ?? LONGEST_FIRST[LONGEST_FIRST.length - 1]!;
}

/** cirq-ionq keeps scheme and host of the address that it is given, and puts the version behind them. */
const WITHOUT_PREFIX = /^\/v0\.[34]\//;

/**
 * What the router is asked for: `/v0.4/…` is `/ionq/v0.4/…`; of the lenient prefixes PUT is POST, and two slashes are one. Before routing and once, so
 * that everything behind it sees one method and one path; returns the target.
 */
export function lenientTarget(request: { method?: string | undefined; url?: string | undefined }): string {
  const target = request.url ?? '/';
  if (WITHOUT_PREFIX.test(target)) return `/ionq${target}`;
  const query = target.indexOf('?');
  const path = query === -1 ? target : target.slice(0, query);
  const single = path.includes('//') ? path.replaceAll(/\/{2,}/g, '/') : path;
  if (ruleOf(single).lenient !== true) return target;
  if (request.method === 'PUT') request.method = 'POST';
  return single === path ? target : `${single}${target.slice(path.length)}`;
}

/**
 * The `WWW-Authenticate` value of a 401 under the rule (RFC 9110 §11.6.1, which demands one with every 401).
 * `refused` says that a credential was presented: RFC 6750 §3.1 names an error only then. The registry's challenge
 * names the token endpoint instead of a realm of its own, since that is where its clients go for a token, and for which.
 */
export function challengeOf(rule: PrefixRule, publicUrl: string, refused: boolean, asked: { readonly method: string; readonly path: string; readonly query: string }): string {
  const error = refused ? ('invalid_token' as const) : null;
  const [scheme] = rule.schemes;
  if (rule.service === 'registry' && scheme === 'Bearer') return registryChallenge(publicUrl, scopeOfRequest(asked.method, asked.path, asked.query), error);
  if (rule.service === 'registry') return `${scheme!} realm="quantonium"`;
  return `${rule.schemes.includes('apiKey') ? 'apiKey' : 'Bearer'} realm="quantonium"${error === null ? '' : `, error="${error}"`}`;
}
