import { Injectable } from '@nestjs/common';
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
}

export interface SecurityState {
  readonly policyVersion: number;
  readonly keyringVersion: number;
  readonly transitVersion: number;
  readonly sessions: ReadonlyMap<string, SessionState>;
}

interface Row {
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
}

/**
 * One statement, so one snapshot: versions and sessions belong together. The outer join keeps one row when no session
 * is found, because the versions are wanted all the same.
 */
const SECURITY_STATE: Statement = {
  name: 'auth.security-state',
  text: `
  SELECT versions.policy AS "policyVersion", versions.keyring AS "keyringVersion", versions.transit AS "transitVersion",
         state."sessionId", state."principalId", state.kind, state.status, state.epoch, state.revoked, state.expired, state."mustChangePassword"
    FROM (SELECT max(version) FILTER (WHERE name = 'policy') AS policy, max(version) FILTER (WHERE name = 'keyring') AS keyring,
                 max(version) FILTER (WHERE name = 'transit') AS transit
            FROM platform.version_counter) AS versions
    LEFT JOIN (
      SELECT session.id AS "sessionId", principal.id AS "principalId", principal.kind, principal.status, principal.epoch,
             session.revoked_at IS NOT NULL AS revoked, session.expires_at <= now() AS expired,
             coalesce(account.must_change_password, false) AS "mustChangePassword"
        FROM unnest($1::uuid[]) AS wanted(id)
        JOIN auth.session AS session ON session.id = wanted.id
        JOIN auth.principal AS principal ON principal.id = session.principal_id
        LEFT JOIN auth.user_account AS account ON account.principal_id = principal.id) AS state ON true`,
};

@Injectable()
export class SecurityStateRepository {
  async read(reading: Reading, sessionIds: readonly string[]): Promise<SecurityState> {
    const rows = await rowsOf<Row>(reading, SECURITY_STATE, [sessionIds]);
    const found = rows.filter((row) => row.sessionId !== null);
    return {
      policyVersion: Number(rows[0]?.policyVersion ?? 0),
      keyringVersion: Number(rows[0]?.keyringVersion ?? 0),
      transitVersion: Number(rows[0]?.transitVersion ?? 0),
      sessions: new Map(found.map((row) => [row.sessionId!, stateOf(row)])),
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
  };
}
