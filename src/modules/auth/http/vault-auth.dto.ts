import { seconds, text } from '#platform/http/vault-fields.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { pathOf } from '../domain/vault-token.js';
import type { TokenStanding } from '../vault-tokens.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const TOKEN = 'qvt_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gfbLQoCgZ';

export const APPROLE_FIELDS = {
  role_id: text({ example: 'nightly-calibration', description: 'The id or the name of a service account.' }),
  secret_id: text({ example: 'qcs_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gNdYcUIgK', description: 'A secret of it.' }),
};
export const USERPASS_FIELDS = { password: text({ example: 'seven grey geese under a bridge' }) };
export const RENEW_FIELDS = { increment: seconds({ example: '1h', description: 'For how long from now on; one lease when absent.' }) };

/** Throws `invalid-request` where a login lacks what it is about; an empty text is as good as none. */
export function given(value: string | undefined, name: string): string {
  if (value !== undefined && value !== '') return value;
  throw Fault.at(REQUEST_FAULTS['invalid-request'], `/${name}`, 'missing', `missing ${name}`);
}

/** The `auth` of an answer: what its clients take a token from. */
export interface VaultAuth {
  readonly client_token: string;
  /** Names the token to people; whoever has it has nothing. */
  readonly accessor: string;
  readonly policies: readonly string[];
  readonly token_policies: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly lease_duration: number;
  readonly renewable: boolean;
  readonly entity_id: string;
  readonly token_type: 'service';
  readonly orphan: true;
  readonly mfa_requirement: null;
  readonly num_uses: 0;
}

export function vaultAuthOf(token: string, { sessionId, principalId, method, name, remainingSeconds, roles }: TokenStanding): VaultAuth {
  return {
    client_token: token,
    accessor: sessionId,
    policies: roles,
    token_policies: roles,
    metadata: method === 'approle' ? { role_name: name } : { username: name },
    lease_duration: remainingSeconds,
    renewable: method !== null,
    entity_id: principalId,
    token_type: 'service',
    orphan: true,
    mfa_requirement: null,
    num_uses: 0,
  };
}

/** What a token is told about itself. */
export interface TokenLookup {
  readonly id: string;
  readonly accessor: string;
  readonly creation_time: number;
  readonly creation_ttl: number;
  readonly display_name: string;
  readonly entity_id: string;
  readonly expire_time: string;
  readonly explicit_max_ttl: number;
  readonly issue_time: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly num_uses: 0;
  readonly orphan: true;
  readonly path: string;
  readonly policies: readonly string[];
  readonly renewable: boolean;
  readonly ttl: number;
  readonly type: 'service';
}

const unixSeconds = (at: Date): number => Math.floor(at.getTime() / 1000);
/**
 * Of the time between, and not between two seconds that were cut off each; to the nearest, since the beginning is by the
 * database's clock and the end by ours.
 */
const wholeSeconds = (from: Date, to: Date): number => Math.round((to.getTime() - from.getTime()) / 1000);

export function tokenLookupOf(token: string, standing: TokenStanding): TokenLookup {
  const { sessionId, principalId, method, name, createdAt, expiresAt, endsAt, remainingSeconds, roles } = standing;
  return {
    id: token,
    accessor: sessionId,
    creation_time: unixSeconds(createdAt),
    creation_ttl: wholeSeconds(createdAt, expiresAt),
    display_name: method === null ? name : `${method}-${name}`,
    entity_id: principalId,
    expire_time: expiresAt.toISOString(),
    explicit_max_ttl: endsAt === null ? 0 : wholeSeconds(createdAt, endsAt),
    issue_time: createdAt.toISOString(),
    meta: method === 'approle' ? { role_name: name } : { username: name },
    num_uses: 0,
    orphan: true,
    path: pathOf(standing),
    policies: roles,
    renewable: method !== null,
    ttl: remainingSeconds,
    type: 'service',
  };
}

const ENVELOPE = { request_id: ID, lease_id: '', renewable: false, lease_duration: 0, wrap_info: null, warnings: null };
const AUTH: VaultAuth = {
  client_token: TOKEN, accessor: ID, policies: ['key-manager'], token_policies: ['key-manager'], metadata: { role_name: 'nightly-calibration' },
  lease_duration: 3600, renewable: true, entity_id: ID, token_type: 'service', orphan: true, mfa_requirement: null, num_uses: 0,
};
const LOOKUP: TokenLookup = {
  id: TOKEN, accessor: ID, creation_time: 1_795_327_200, creation_ttl: 3600, display_name: 'approle-nightly-calibration', entity_id: ID, expire_time: '2026-11-22T07:00:00.000Z',
  explicit_max_ttl: 86_400, issue_time: '2026-11-22T06:00:00.000Z', meta: { role_name: 'nightly-calibration' }, num_uses: 0, orphan: true, path: 'auth/approle/login',
  policies: ['key-manager'], renewable: true, ttl: 3540, type: 'service',
};

export const AUTH_ANSWER = { schema: { type: 'object' as const, example: { ...ENVELOPE, data: null, auth: AUTH, mount_type: 'approle' } } };
export const LOOKUP_ANSWER = { schema: { type: 'object' as const, example: { ...ENVELOPE, data: LOOKUP, auth: null, mount_type: 'token' } } };
