import { Injectable } from '@nestjs/common';
import type { AssuranceLevel, Scope } from '#pure/principal/principal.js';
import { type Reading, rowsOf, type Statement } from '#platform/database/unit-of-work.js';

/** What revocation is decided by, as it stood after the request arrived. */
export interface SessionState {
  readonly sessionId: string;
  readonly principalId: string;
  readonly kind: 'user' | 'service';
  readonly status: 'active' | 'disabled';
  readonly epoch: number;
  readonly revoked: boolean;
  readonly expired: boolean;
  readonly mustChangePassword: boolean;
  /** Of a person; what a program holds is no password. */
  readonly withoutSecondFactor: boolean;
  /** Of an account for emergencies that is open. */
  readonly breakGlassId: string | null;
  /** Whether it was this session that opened it. */
  readonly holdsBreakGlass: boolean;
}

/** What an opaque token stands for: all that another kind of token says itself. */
export interface TokenState extends SessionState {
  readonly tokenEpoch: number;
  readonly scopes: readonly Scope[];
  readonly assurance: AssuranceLevel;
  readonly authenticatedAtSeconds: number;
  readonly projectId: string | null;
  /** Of a key that has no session; null: the token is the credential of one. */
  readonly apiKeyId: string | null;
  readonly lastUsedAt: Date | null;
}

export interface SecurityState {
  readonly policyVersion: number;
  readonly keyringVersion: number;
  readonly transitVersion: number;
  readonly sessions: ReadonlyMap<string, SessionState>;
  /** By the hex digits of the hash. */
  readonly tokens: ReadonlyMap<string, TokenState>;
  /** Of `tokens`, the keys that have no session, by their id. */
  readonly apiKeys: ReadonlyMap<string, TokenState>;
}

/** What is asked about. */
export interface SecurityQuestions {
  readonly sessionIds: readonly string[];
  readonly tokenHashes?: readonly Buffer[];
  readonly apiKeyIds?: readonly string[];
}

/** What was asked for by a token's hash has one; of what was asked for by its session's id these are null. */
interface TokenColumns {
  readonly tokenHash: Buffer | null;
  readonly tokenEpoch: string;
  readonly scopes: readonly Scope[];
  readonly assurance: AssuranceLevel;
  readonly authenticatedAt: Date;
  readonly projectId: string | null;
  readonly apiKeyId: string | null;
  readonly lastUsedAt: Date | null;
}

interface Row extends TokenColumns {
  readonly policyVersion: string;
  readonly keyringVersion: string;
  readonly transitVersion: string;
  readonly sessionId: string | null;
  readonly principalId: string;
  readonly kind: 'user' | 'service';
  readonly status: 'active' | 'disabled';
  readonly epoch: string;
  readonly revoked: boolean;
  readonly expired: boolean;
  readonly mustChangePassword: boolean;
  readonly withoutSecondFactor: boolean;
  readonly breakGlassId: string | null;
  readonly holdsBreakGlass: boolean;
}

/**
 * A key is asked for by its hash as a token is, or by its id on behalf of a token that was had for it, and stands in the
 * place of a session. It has no epoch of its own, since it outlives a change of password. An account for emergencies is
 * used by hand, and one all of whose tokens are bound to a key of its own gives nothing for a secret that can be copied:
 * a key from before it was so is none.
 */
const API_KEY = `
      SELECT key.id, principal.id, principal.kind, principal.status, principal.epoch, false, key.expires_at <= now() OR principal.sealed OR principal.dpop_required, NULL, false, coalesce(account.must_change_password, false), coalesce(NOT account.has_second_factor, false),
             key.secret_hash, principal.epoch, key.scopes, 'aal1', key.created_at, key.project_id, key.id, key.last_used_at
        FROM auth.api_key AS key
        JOIN auth.principal AS principal ON principal.id = key.principal_id
        LEFT JOIN auth.user_account AS account ON account.principal_id = principal.id
       WHERE key.secret_hash = ANY($2::bytea[]) OR key.id = ANY($3::uuid[])`;

/**
 * One statement, so one snapshot: versions and sessions belong together. The outer join keeps one row when no session
 * is found, because the versions are wanted all the same.
 */
const SECURITY_STATE: Statement = {
  name: 'auth.security-state',
  text: `
  SELECT versions.policy AS "policyVersion", versions.keyring AS "keyringVersion", versions.transit AS "transitVersion",
         state."sessionId", state."principalId", state.kind, state.status, state.epoch, state.revoked, state.expired, state."mustChangePassword", state."withoutSecondFactor", state."breakGlassId", state."holdsBreakGlass",
         state."tokenHash", state."tokenEpoch", state.scopes, state.assurance, state."authenticatedAt", state."projectId",
         state."apiKeyId", state."lastUsedAt"
    FROM (SELECT max(version) FILTER (WHERE name = 'policy') AS policy, max(version) FILTER (WHERE name = 'keyring') AS keyring,
                 max(version) FILTER (WHERE name = 'transit') AS transit
            FROM platform.version_counter) AS versions
    LEFT JOIN (
      SELECT session.id AS "sessionId", principal.id AS "principalId", principal.kind, principal.status, principal.epoch,
             session.revoked_at IS NOT NULL AS revoked, session.expires_at <= now() OR coalesce(session.created_at < principal.break_glass_until AND principal.break_glass_until <= now(), false) AS expired,
             CASE WHEN principal.break_glass_until > now() THEN principal.break_glass_id END AS "breakGlassId",
             coalesce(principal.break_glass_until > now() AND principal.break_glass_session = session.id, false) AS "holdsBreakGlass",
             coalesce(account.must_change_password, false) AS "mustChangePassword", coalesce(NOT account.has_second_factor, false) AS "withoutSecondFactor",
             wanted.hash AS "tokenHash", wanted.epoch AS "tokenEpoch", CASE WHEN wanted.hash IS NOT NULL THEN session.scopes END AS scopes,
             session.acr AS assurance, session.auth_time AS "authenticatedAt", session.project_id AS "projectId",
             NULL::uuid AS "apiKeyId", NULL::timestamptz AS "lastUsedAt"
        FROM (SELECT id, NULL::bytea AS hash, NULL::bigint AS epoch FROM unnest($1::uuid[]) AS asked(id)
              UNION ALL SELECT session_id, token_hash, epoch FROM auth.opaque_token WHERE token_hash = ANY($2::bytea[])) AS wanted
        JOIN auth.session AS session ON session.id = wanted.id
        JOIN auth.principal AS principal ON principal.id = session.principal_id
        LEFT JOIN auth.user_account AS account ON account.principal_id = principal.id
      UNION ALL ${API_KEY}) AS state ON true`,
};

@Injectable()
export class SecurityStateRepository {
  async read(reading: Reading, { sessionIds, tokenHashes = [], apiKeyIds = [] }: SecurityQuestions): Promise<SecurityState> {
    const rows = await rowsOf<Row>(reading, SECURITY_STATE, [sessionIds, tokenHashes, apiKeyIds]);
    const found = rows.filter((row) => row.sessionId !== null);
    const tokens = found.flatMap((row) => (row.tokenHash === null ? [] : [[row.tokenHash.toString('hex'), tokenStateOf(row)] as const]));
    return {
      policyVersion: Number(rows[0]?.policyVersion ?? 0),
      keyringVersion: Number(rows[0]?.keyringVersion ?? 0),
      transitVersion: Number(rows[0]?.transitVersion ?? 0),
      sessions: new Map(found.flatMap((row) => (row.tokenHash === null ? [[row.sessionId!, stateOf(row)]] : []))),
      tokens: new Map(tokens),
      apiKeys: new Map(tokens.flatMap(([, state]) => (state.apiKeyId === null ? [] : [[state.apiKeyId, state]]))),
    };
  }
}

function stateOf(row: Row): SessionState {
  return {
    sessionId: row.sessionId!,
    principalId: row.principalId,
    kind: row.kind,
    status: row.status,
    epoch: Number(row.epoch),
    revoked: row.revoked,
    expired: row.expired,
    mustChangePassword: row.mustChangePassword,
    withoutSecondFactor: row.withoutSecondFactor,
    breakGlassId: row.breakGlassId,
    holdsBreakGlass: row.holdsBreakGlass,
  };
}

function tokenStateOf(row: Row): TokenState {
  const { scopes, assurance, projectId, apiKeyId, lastUsedAt } = row;
  return { ...stateOf(row), tokenEpoch: Number(row.tokenEpoch), scopes, assurance, projectId, apiKeyId, lastUsedAt, authenticatedAtSeconds: Math.floor(row.authenticatedAt.getTime() / 1000) };
}
