import { STATUS_CODES } from 'node:http';
import type { FaultPointer } from '#pure/fault/fault.js';

/** All that a client may learn of a refusal, before it is put into the words of a dialect. */
export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  readonly pointers?: readonly FaultPointer[];
  readonly members?: Readonly<Record<string, string | number | boolean>>;
  /** The request's path without its query: a query can hold what must not be repeated. */
  readonly instance: string;
  readonly requestId: string;
}

/** How one family of clients is told of a refusal. */
export interface Dialect {
  readonly name: string;
  readonly contentType: string;
  /** The status that the family's specification wants, when it is not the fault's own. */
  statusOf(refusal: Refusal): number;
  body(refusal: Refusal): string;
}

const own = (refusal: Refusal): number => refusal.status;
const sentence = (refusal: Refusal): string => refusal.detail ?? refusal.title;

/** RFC 9457. Extension members come first, so that none of them can replace a registered one. */
const problem: Dialect = {
  name: 'problem',
  contentType: 'application/problem+json',
  statusOf: own,
  body: ({ code, title, status, detail, instance, requestId, pointers, members }) =>
    JSON.stringify({
      ...members,
      type: `urn:quantonium:problem:${code}`,
      title,
      status,
      ...(detail === undefined ? {} : { detail }),
      instance,
      requestId,
      ...(pointers === undefined || pointers.length === 0 ? {} : { errors: pointers }),
    }),
};

/** OCI Distribution Specification 1.1, "Error Codes", code-1 to code-14: there MUST be no other in an answer of 4xx. Clients switch on them. */
const OCI_CODES = [
  'BLOB_UNKNOWN', 'BLOB_UPLOAD_INVALID', 'BLOB_UPLOAD_UNKNOWN', 'DIGEST_INVALID', 'MANIFEST_BLOB_UNKNOWN', 'MANIFEST_INVALID', 'MANIFEST_UNKNOWN',
  'NAME_INVALID', 'NAME_UNKNOWN', 'SIZE_INVALID', 'UNAUTHORIZED', 'DENIED', 'UNSUPPORTED', 'TOOMANYREQUESTS',
] as const;
type OciCode = (typeof OCI_CODES)[number];

/** Faults whose name is none of the codes, and whose status alone would say something else. `detail.code` has ours. */
const OCI_CODE_BY_FAULT: Readonly<Record<string, OciCode>> = {
  'blob-in-use': 'DENIED',
  'range-unsatisfiable': 'SIZE_INVALID',
  'tag-invalid': 'MANIFEST_INVALID',
  'upload-out-of-order': 'BLOB_UPLOAD_INVALID',
};
const OCI_CODE_BY_STATUS: Readonly<Record<number, OciCode>> = { 401: 'UNAUTHORIZED', 403: 'DENIED', 404: 'NAME_UNKNOWN', 413: 'SIZE_INVALID', 429: 'TOOMANYREQUESTS' };

const spelledAsOci = (code: string): OciCode | undefined => OCI_CODES.find((known) => known === code.replaceAll('-', '_').toUpperCase());

/** By its own name (`blob-unknown`), by the table, or by the status. Of a 5xx the specification demands nothing. */
function ociCode({ code, status }: Refusal): OciCode | 'UNKNOWN' {
  return spelledAsOci(code) ?? OCI_CODE_BY_FAULT[code] ?? OCI_CODE_BY_STATUS[status] ?? (status >= 500 ? 'UNKNOWN' : 'UNSUPPORTED');
}

const oci: Dialect = {
  name: 'oci',
  contentType: 'application/json',
  statusOf: own,
  body: (refusal) => {
    const { code, requestId, members, pointers = [] } = refusal;
    const detail = { ...members, code, requestId, ...(pointers.length === 0 ? {} : { errors: pointers }) };
    return JSON.stringify({ errors: [{ code: ociCode(refusal), message: sentence(refusal), detail }] });
  },
};

/**
 * Vault's clients show every string of the list, and some compare the first. It knows no 401 and no 422: whoever is not
 * known or not allowed gets 403 `permission denied`, whatever is wrong with the fields is 400, and what is not there is
 * 404 with nothing said.
 */
const VAULT_STATUSES: Readonly<Record<number, number>> = { 401: 403, 422: 400 };

/** For dialects without pointers: what is said of one field is said with its name, and first, since some clients show nothing else. */
function saidWithFields({ pointers = [], ...refusal }: Refusal): readonly string[] {
  const fields = pointers.map(({ pointer, code, detail }) => `${pointer}: ${detail ?? code}`);
  const isOfField = pointers.some(({ detail }) => detail !== undefined && detail === refusal.detail);
  return isOfField ? fields : [sentence(refusal), ...fields];
}

function vaultErrors(refusal: Refusal): readonly string[] {
  if (refusal.code === 'not-found') return [];
  const said = saidWithFields(refusal);
  return refusal.status === 401 || refusal.status === 403 ? ['permission denied', ...said] : said;
}

const vault: Dialect = {
  name: 'vault',
  contentType: 'application/json',
  statusOf: ({ status }) => VAULT_STATUSES[status] ?? status,
  body: (refusal) => JSON.stringify({ errors: vaultErrors(refusal) }),
};

/** RFC 6749 §5.2, RFC 8628 §3.5, and RFC 9449 §5. */
const OAUTH_CODES: ReadonlySet<string> = new Set([
  'invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope',
  'authorization_pending', 'slow_down', 'access_denied', 'expired_token', 'invalid_dpop_proof',
]);
const OAUTH_CODE_BY_STATUS: Readonly<Record<number, string>> = { 401: 'invalid_client', 403: 'access_denied', 429: 'slow_down', 500: 'server_error', 503: 'temporarily_unavailable' };

const oauth: Dialect = {
  name: 'oauth',
  contentType: 'application/json',
  // RFC 6749 §5.2 answers 400 to whatever is wrong with the fields.
  statusOf: ({ status }) => (status === 422 ? 400 : status),
  body: (refusal) => {
    const spelled = refusal.code.replaceAll('-', '_');
    const error = OAUTH_CODES.has(spelled) ? spelled : (OAUTH_CODE_BY_STATUS[refusal.status] ?? 'invalid_request');
    // §5.2 allows printable ASCII without the quote and the backslash in a description.
    return JSON.stringify({ error, error_description: sentence(refusal).replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?') });
  },
};

const ionq: Dialect = {
  name: 'ionq',
  contentType: 'application/json',
  statusOf: own,
  body: (refusal) => JSON.stringify({ statusCode: refusal.status, error: STATUS_CODES[refusal.status] ?? 'Error', message: saidWithFields(refusal).join(' ') }),
};

/** Probes are read by machines that look at the status alone, and by people who must learn nothing else. */
const health: Dialect = { name: 'health', contentType: 'application/json', statusOf: own, body: () => JSON.stringify({ status: 'error' }) };

const text: Dialect = { name: 'text', contentType: 'text/plain; charset=utf-8', statusOf: own, body: (refusal) => `${sentence(refusal)}\n` };

export const DIALECTS = { problem, oci, vault, oauth, ionq, health, text } as const satisfies Record<string, Dialect>;
