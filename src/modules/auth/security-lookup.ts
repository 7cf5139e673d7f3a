import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { CoalescedLookup } from './coalesced-lookup.js';
import { type SecurityState, SecurityStateRepository } from './persistence/security-state.repository.js';

const SYSTEM = systemPrincipal('authenticator');

/** A session by its id, or a token by its hash. */
type Question = { readonly sessionId: string } | { readonly tokenHash: Buffer };

/** Hex digits of a SHA-256 are longer than any id. */
const HASH_DIGITS = 64;

/**
 * What stands in the database about a credential, read after the request arrived: one statement for all who ask at the
 * same time, whatever kind of token they bring. Throws `unavailable` when it cannot be found out.
 */
@Injectable()
export class SecurityLookup {
  private readonly lookup: CoalescedLookup<string, SecurityState>;

  constructor(uow: UnitOfWork, states: SecurityStateRepository) {
    this.lookup = new CoalescedLookup((keys) => {
      const hashes = keys.filter((key) => key.length === HASH_DIGITS).map((key) => Buffer.from(key, 'hex'));
      const sessionIds = keys.filter((key) => key.length !== HASH_DIGITS);
      return uow.read(SYSTEM, (reading) => states.read(reading, sessionIds, hashes));
    });
  }

  async find(question: Question): Promise<SecurityState> {
    try {
      return await this.lookup.find('sessionId' in question ? question.sessionId : question.tokenHash.toString('hex'));
    } catch (cause) {
      if (cause instanceof Fault) throw cause;
      throw new Fault(REQUEST_FAULTS.unavailable, { headers: { 'Retry-After': '1' }, cause });
    }
  }
}
