import { Injectable } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import type { Scope } from '#pure/principal/principal.js';
import { formatSecret, SECRET_PREFIXES, SECRET_RANDOM_BYTES, secretHash } from '../domain/random-secret.js';
import { CeremonyRepository, type TicketRow } from '../persistence/ceremony.repository.js';
import type { LockedPrincipal } from '../persistence/principal.repository.js';

export interface LoginTicket {
  /** A secret: in the answer's body and nowhere else. */
  readonly ticket: string;
  readonly expiresInSeconds: number;
}

const TICKET_SECONDS = 300;
/** Wrong answers that end it: with the next one somebody has to show the password again. */
const FAILURES_MAX = 5;

/** Who has shown the password and owes a second factor: for one account in its epoch, once, for five minutes. */
@Injectable()
export class LoginTickets {
  constructor(
    private readonly rows: CeremonyRepository,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async issue(tx: Tx, principal: LockedPrincipal, scopes: ReadonlySet<Scope>): Promise<LoginTicket> {
    const ticket = formatSecret(SECRET_PREFIXES.loginTicket, this.randomness.bytes(SECRET_RANDOM_BYTES));
    const now = this.clock.now();
    const row = { principalId: principal.id, epoch: principal.epoch, scopes: [...scopes], expiresAt: new Date(now.getTime() + TICKET_SECONDS * 1000) };
    await this.rows.insertTicket(tx, secretHash(SECRET_PREFIXES.loginTicket, ticket)!, row, now);
    return { ticket, expiresInSeconds: TICKET_SECONDS };
  }

  /** The hash that it goes by inside; null for a text that is no ticket. */
  hashOf(ticket: string): Buffer | null {
    return secretHash(SECRET_PREFIXES.loginTicket, ticket);
  }

  /** Null unless it is good now, but for its epoch. With `lock`, as long as the transaction lasts. */
  async find(tx: Tx, hash: Buffer, lock: 'lock' | 'look'): Promise<TicketRow | null> {
    const row = await this.rows.findTicket(tx, hash, lock);
    return row === null || row.failures >= FAILURES_MAX || row.expiresAt <= this.clock.now() ? null : row;
  }

  async fail(tx: Tx, hash: Buffer): Promise<void> {
    await this.rows.failTicket(tx, hash);
  }

  async use(tx: Tx, hash: Buffer): Promise<void> {
    await this.rows.removeTicket(tx, hash);
  }
}

/** What a challenge of this ticket's ceremony is bound to. */
export const ofTicket = (hash: Buffer): string => `ticket:${hash.toString('hex')}`;
