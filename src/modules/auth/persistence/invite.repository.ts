import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { Invite, InviterTerms, PromisedRole } from '../domain/invite.js';

const COLUMNS = `id, username, display_name AS "displayName", email, roles, invited_by AS "invitedBy", created_at AS "createdAt", expires_at AS "expiresAt"`;
const TERMS = `inviter_scopes AS scopes, inviter_acr AS assurance, inviter_project AS "projectId"`;

const LIST: Statement = {
  name: 'auth.invites',
  text: `SELECT ${COLUMNS} FROM auth.invite WHERE ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2`,
};

/** As JSON has it. */
type StoredRole = Omit<PromisedRole, 'expiresAt'> & { readonly expiresAt: string | null };
type Row = Omit<Invite, 'roles'> & { readonly roles: readonly StoredRole[] };

export interface HeldInvite {
  readonly invite: Invite;
  readonly terms: InviterTerms;
}

@Injectable()
export class InviteRepository {
  async insert(tx: Tx, hash: Buffer, invite: Invite, terms: InviterTerms): Promise<void> {
    await entityManagerOf(tx).query(
      `INSERT INTO auth.invite (id, token_hash, username, display_name, email, roles, invited_by, inviter_scopes, inviter_acr, inviter_project, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [invite.id, hash, invite.username, invite.displayName, invite.email, JSON.stringify(invite.roles), invite.invitedBy, terms.scopes, terms.assurance, terms.projectId, invite.createdAt, invite.expiresAt],
    );
  }

  async find(tx: Tx, id: string): Promise<Invite | null> {
    const rows = await entityManagerOf(tx).query<Row[]>(`SELECT ${COLUMNS} FROM auth.invite WHERE id = $1`, [id]);
    return rows[0] === undefined ? null : inviteOf(rows[0]);
  }

  /** In order of creation; the expired too, until they are cleared away. */
  async page(reading: Reading, limit: number, after: string | null): Promise<readonly Invite[]> {
    return (await rowsOf<Row>(reading, LIST, [after, limit])).map(inviteOf);
  }

  async count(tx: Tx): Promise<number> {
    const rows = await entityManagerOf(tx).query<{ count: number }[]>('SELECT count(*)::integer AS count FROM auth.invite');
    return rows[0]?.count ?? 0;
  }

  async byHash(tx: Tx, hash: Buffer): Promise<HeldInvite | null> {
    return held(await entityManagerOf(tx).query<(Row & InviterTerms)[]>(`SELECT ${COLUMNS}, ${TERMS} FROM auth.invite WHERE token_hash = $1`, [hash]));
  }

  /** Takes it: of two who come with the same one, the second waits, and finds nothing once the first has committed. */
  async take(tx: Tx, hash: Buffer): Promise<HeldInvite | null> {
    const [rows] = await entityManagerOf(tx).query<[(Row & InviterTerms)[], number]>(`DELETE FROM auth.invite WHERE token_hash = $1 RETURNING ${COLUMNS}, ${TERMS}`, [hash]);
    return held(rows);
  }

  async remove(tx: Tx, id: string): Promise<boolean> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM auth.invite WHERE id = $1', [id]);
    return count === 1;
  }

  /** Of who is erased: nobody keeps what they promised. Returns the ids. */
  async removeBy(tx: Tx, inviterId: string): Promise<readonly string[]> {
    const [rows] = await entityManagerOf(tx).query<[{ id: string }[], number]>('DELETE FROM auth.invite WHERE invited_by = $1 RETURNING id', [inviterId]);
    return rows.map(({ id }) => id);
  }

  async prune(tx: Tx, before: Date, limit: number): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM auth.invite WHERE id IN (SELECT id FROM auth.invite WHERE expires_at < $1 ORDER BY id LIMIT $2)', [before, limit]);
    return count;
  }
}

function held(rows: readonly (Row & InviterTerms)[]): HeldInvite | null {
  const row = rows[0];
  if (row === undefined) return null;
  const { scopes, assurance, projectId, ...invite } = row;
  return { invite: inviteOf(invite), terms: { scopes, assurance, projectId } };
}

function inviteOf({ roles, ...row }: Row): Invite {
  return { ...row, roles: roles.map(({ expiresAt, ...role }) => ({ ...role, expiresAt: expiresAt === null ? null : new Date(expiresAt) })) };
}
