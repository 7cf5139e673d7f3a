import { Injectable } from '@nestjs/common';
import type { Principal } from '#pure/principal/principal.js';
import { Authenticator, marksOf, refusalOfState } from '../authenticator.js';
import { readApiKey } from '../domain/api-key.js';
import type { SecurityState, TokenState } from '../persistence/security-state.repository.js';
import { SecurityLookup } from '../security-lookup.js';
import { refused } from '../token-refusal.js';
import { ApiKeyUses } from './api-key-uses.js';

/**
 * API key → its owner, narrowed. Nothing of a key is remembered between two requests: what it is good for, whether its
 * owner's account stands, and the version of the policy by which their roles are looked up come with the one lookup of
 * each. So a key may do what its owner may do at that moment, of what it was made for, and never more.
 */
@Injectable()
export class ApiKeyAuthenticator {
  constructor(
    private readonly accessTokens: Authenticator,
    private readonly lookup: SecurityLookup,
    private readonly uses: ApiKeyUses,
  ) {}

  /** Throws `unauthenticated` for whatever is not good now, and `unavailable` when that cannot be found out. */
  async authenticate(text: string): Promise<Principal> {
    const key = readApiKey(text);
    if (key === null) throw refused('malformed');
    return this.ask(key.hash);
  }

  private async ask(hash: Buffer): Promise<Principal> {
    const state = await this.lookup.find({ tokenHash: hash });
    const found = state.tokens.get(hash.toString('hex'));
    if (found === undefined) throw refused('no-session');
    return this.accessTokens.vouch(this.principalOf(found, state), () => this.ask(hash));
  }

  /** Whom a key stands for, by what was found of it. Throws `unauthenticated` for one that is good no more. */
  principalOf(found: TokenState, { policyVersion, transitVersion }: SecurityState): Principal {
    const { principalId: id, kind, scopes, assurance, authenticatedAtSeconds, projectId, mustChangePassword, apiKeyId, lastUsedAt } = found;
    if (apiKeyId === null) throw refused('no-session');
    const refusal = refusalOfState(found, found.tokenEpoch);
    if (refusal !== null) throw refused(refusal);
    this.uses.note(apiKeyId, lastUsedAt);
    return Object.freeze({ id, kind, sessionId: null, apiKeyId, scopes: new Set(scopes), assurance, authenticatedAtSeconds, projectId, mustChangePassword, ...marksOf(found), policyVersion, transitVersion });
  }
}
