import { Injectable } from '@nestjs/common';
import type { Scope } from '#pure/principal/principal.js';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

export interface TicketRow {
  readonly principalId: string;
  readonly epoch: number;
  readonly scopes: readonly Scope[];
  readonly failures: number;
  readonly expiresAt: Date;
}

/** Dead rows that each new one takes along: more than one, so that the tables do not outgrow what lives in them. */
const PRUNED_PER_ROW = 8;

/** What lives for minutes between two requests of one login: tickets and challenges, by their hashes. */
@Injectable()
export class CeremonyRepository {
  async insertTicket(tx: Tx, hash: Buffer, ticket: Omit<TicketRow, 'failures'>, at: Date): Promise<void> {
    const manager = entityManagerOf(tx);
    await manager.query('INSERT INTO auth.login_ticket (ticket_hash, principal_id, epoch, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)', [
      hash, ticket.principalId, ticket.epoch, ticket.scopes, at, ticket.expiresAt,
    ]);
    await manager.query('DELETE FROM auth.login_ticket WHERE ticket_hash IN (SELECT ticket_hash FROM auth.login_ticket WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)', [at, PRUNED_PER_ROW]);
  }

  /** With `lock` until the transaction ends: who tries with one ticket at once tries in a row. */
  async findTicket(tx: Tx, hash: Buffer, lock: 'lock' | 'look'): Promise<TicketRow | null> {
    const [row] = await entityManagerOf(tx).query<(Omit<TicketRow, 'epoch'> & { readonly epoch: string })[]>(
      `SELECT principal_id AS "principalId", epoch, scopes, failures, expires_at AS "expiresAt" FROM auth.login_ticket WHERE ticket_hash = $1${lock === 'lock' ? ' FOR UPDATE' : ''}`,
      [hash],
    );
    return row === undefined ? null : { ...row, epoch: Number(row.epoch) };
  }

  async failTicket(tx: Tx, hash: Buffer): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.login_ticket SET failures = failures + 1 WHERE ticket_hash = $1', [hash]);
  }

  async removeTicket(tx: Tx, hash: Buffer): Promise<void> {
    await entityManagerOf(tx).query('DELETE FROM auth.login_ticket WHERE ticket_hash = $1', [hash]);
  }

  async insertChallenge(tx: Tx, hash: Buffer, boundTo: string, at: Date, expiresAt: Date): Promise<void> {
    const manager = entityManagerOf(tx);
    await manager.query('INSERT INTO auth.webauthn_challenge (challenge_hash, bound_to, expires_at) VALUES ($1, $2, $3)', [hash, boundTo, expiresAt]);
    await manager.query('DELETE FROM auth.webauthn_challenge WHERE challenge_hash IN (SELECT challenge_hash FROM auth.webauthn_challenge WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)', [at, PRUNED_PER_ROW]);
  }

  /** Its one use: gone afterwards, whatever becomes of what was signed. */
  async takeChallenge(tx: Tx, hash: Buffer, boundTo: string, now: Date): Promise<boolean> {
    const [rows] = await entityManagerOf(tx).query<[{ isGood: boolean }[], number]>('DELETE FROM auth.webauthn_challenge WHERE challenge_hash = $1 RETURNING bound_to = $2 AND expires_at > $3 AS "isGood"', [hash, boundTo, now]);
    return rows[0]?.isGood === true;
  }
}
