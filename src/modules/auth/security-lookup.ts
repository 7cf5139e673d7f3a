import { Injectable } from '@nestjs/common';
import { CoalescedLookup } from '#platform/database/coalesced-lookup.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type SecurityState, SecurityStateRepository } from './persistence/security-state.repository.js';

const SYSTEM = systemPrincipal('authenticator');

/** A session by its id, a token or key by its hash, or a key by its id. */
type Question = { readonly sessionId: string } | { readonly tokenHash: Buffer } | { readonly apiKeyId: string };

/** One letter says what is asked for, since ids of sessions and of keys look alike. */
const KINDS = { session: 's', hash: 'h', apiKey: 'k' } as const;

function keyOf(question: Question): string {
  if ('sessionId' in question) return KINDS.session + question.sessionId;
  return 'apiKeyId' in question ? KINDS.apiKey + question.apiKeyId : KINDS.hash + question.tokenHash.toString('hex');
}

/**
 * What stands in the database about a credential, read after the request arrived: one statement for all who ask at the
 * same time, whatever kind of token they bring. Throws `unavailable` when it cannot be found out.
 */
@Injectable()
export class SecurityLookup {
  private readonly lookup: CoalescedLookup<string, SecurityState>;

  constructor(uow: UnitOfWork, states: SecurityStateRepository) {
    this.lookup = new CoalescedLookup((keys) => {
      const wanted = (kind: (typeof KINDS)[keyof typeof KINDS]): readonly string[] => keys.filter((key) => key.startsWith(kind)).map((key) => key.slice(1));
      const hashes = wanted(KINDS.hash).map((hex) => Buffer.from(hex, 'hex'));
      return uow.read(SYSTEM, (reading) => states.read(reading, { sessionIds: wanted(KINDS.session), tokenHashes: hashes, apiKeyIds: wanted(KINDS.apiKey) }));
    });
  }

  async find(question: Question): Promise<SecurityState> {
    try {
      return await this.lookup.find(keyOf(question));
    } catch (cause) {
      if (cause instanceof Fault) throw cause;
      throw new Fault(REQUEST_FAULTS.unavailable, { headers: { 'Retry-After': '1' }, cause });
    }
  }
}
