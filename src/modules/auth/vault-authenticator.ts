import { Injectable } from '@nestjs/common';
import type { Principal } from '#pure/principal/principal.js';
import { Authenticator, marksOf, refusalOfState } from './authenticator.js';
import { SECRET_PREFIXES, secretHash } from './domain/random-secret.js';
import type { SecurityState } from './persistence/security-state.repository.js';
import { SecurityLookup } from './security-lookup.js';
import { refused } from './token-refusal.js';

/**
 * Credential of the Vault dialect → principal: an opaque token, or an access token. An opaque one says nothing at all;
 * everything that it stands for comes with the one lookup that tells whether it still stands. It is known here alone:
 * on every other prefix it is a text that is no access token.
 */
@Injectable()
export class VaultAuthenticator {
  constructor(
    private readonly accessTokens: Authenticator,
    private readonly lookup: SecurityLookup,
  ) {}

  /** Throws `unauthenticated` for whatever is not good now, and `unavailable` when that cannot be found out. */
  async authenticate(credential: string, certificateThumbprint: string | null = null): Promise<Principal> {
    if (!credential.startsWith(SECRET_PREFIXES.vaultToken)) return this.accessTokens.authenticate(credential, { certificateThumbprint, proofThumbprint: null });
    const tokenHash = secretHash(SECRET_PREFIXES.vaultToken, credential);
    if (tokenHash === null) throw refused('malformed');
    return principalOf(await this.lookup.find({ tokenHash }), tokenHash);
  }
}

function principalOf({ tokens, policyVersion, transitVersion }: SecurityState, tokenHash: Buffer): Principal {
  const token = tokens.get(tokenHash.toString('hex'));
  if (token === undefined) throw refused('no-session');
  const refusal = refusalOfState(token, token.tokenEpoch);
  if (refusal !== null) throw refused(refusal);
  const { principalId: id, kind, sessionId, assurance, authenticatedAtSeconds, projectId, mustChangePassword } = token;
  return Object.freeze({ id, kind, sessionId, scopes: new Set(token.scopes), assurance, authenticatedAtSeconds, projectId, mustChangePassword, ...marksOf(token), policyVersion, transitVersion });
}
