import { Injectable } from '@nestjs/common';
import passport from 'passport';
import type { CredentialScheme } from '#platform/http/dialects.js';
import { type CredentialCircumstances, CredentialVerifier } from '#platform/http/ports.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { ApiKeyAuthenticator } from '../api-keys/api-key-authenticator.js';
import { API_KEY_PREFIX } from '../domain/api-key.js';
import { readBasic } from '../domain/basic-credential.js';
import type { Possession } from '../authenticator.js';
import { DpopProofs, theOne } from '../dpop/dpop-proofs.js';
import { RegistryTokens } from '../registry-tokens/registry-tokens.js';
import { VaultAuthenticator } from '../vault-authenticator.js';
import { AccessTokenStrategy, type CredentialCarrier } from './access-token.strategy.js';

/** A key is sent as a token is, wherever one is taken: told by its prefix, no kind is tried as another. */
const TAKES_API_KEYS: ReadonlySet<CredentialScheme> = new Set<CredentialScheme>(['Bearer', 'X-Vault-Token']);

/**
 * The pipeline's question. A Bearer credential is an API key or an access token, which is verified through passport; of the
 * Vault dialect's credentials, which come under a scheme of their own, only this knows that some are not.
 */
@Injectable()
export class AccessTokenVerifier extends CredentialVerifier {
  constructor(
    private readonly strategy: AccessTokenStrategy,
    private readonly vault: VaultAuthenticator,
    private readonly apiKeys: ApiKeyAuthenticator,
    private readonly proofs: DpopProofs,
    private readonly registryTokens: RegistryTokens,
  ) {
    super();
  }

  override async verify(scheme: CredentialScheme, credential: string, circumstances: CredentialCircumstances): Promise<Principal> {
    const { certificateThumbprint, service } = circumstances;
    if (service === 'registry') return this.forRegistry(scheme, credential);
    if (scheme === 'apiKey' || (TAKES_API_KEYS.has(scheme) && credential.startsWith(API_KEY_PREFIX))) return this.apiKeys.authenticate(credential);
    if (scheme === 'X-Vault-Token') return this.vault.authenticate(credential, certificateThumbprint);
    if (scheme === 'DPoP') return this.withProof(credential, circumstances);
    if (scheme !== 'Bearer') throw new Fault(REQUEST_FAULTS.unauthenticated);
    return this.throughPassport(credential, { certificateThumbprint, proofThumbprint: null });
  }

  /** Its clients bring its own tokens, or a key as a password with whatever name: what the API takes is nothing there. */
  private async forRegistry(scheme: CredentialScheme, credential: string): Promise<Principal> {
    if (scheme === 'Bearer') return this.registryTokens.authenticate(credential);
    const secret = scheme === 'Basic' ? (readBasic(credential)?.secret ?? null) : null;
    if (secret === null) throw new Fault(REQUEST_FAULTS.unauthenticated);
    return this.registryTokens.byKey(secret);
  }

  /** The proof is used up last: a stranger without a token that it is for leaves nothing behind. */
  private async withProof(credential: string, { method, path, proofs, certificateThumbprint }: CredentialCircumstances): Promise<Principal> {
    const examined = this.proofs.examine({ proof: theOne(proofs), method, path, accessToken: credential });
    const principal = await this.throughPassport(credential, { certificateThumbprint, proofThumbprint: examined.thumbprint.toString('base64url') });
    await this.proofs.use(examined);
    return principal;
  }

  private throughPassport(credential: string, possession: Possession): Promise<Principal> {
    return new Promise((resolve, reject) => {
      const settle = (error: unknown, principal?: Principal | false | null, challenge?: unknown): void => {
        if (principal) resolve(principal);
        else reject(reasonOf(error ?? challenge));
      };
      // Passport writes its callbacks onto the strategy object: each request gets one of its own, as it does for names.
      const strategy = Object.create(this.strategy) as AccessTokenStrategy;
      const carrier: CredentialCarrier = { credential, possession };
      const authenticate = passport.authenticate(strategy, { session: false }, settle) as (request: CredentialCarrier, response: object, next: (error: unknown) => void) => void;
      authenticate(carrier, {}, (error) => reject(reasonOf(error)));
    });
  }
}

/** Never anything that could be mistaken for success; what is no fault stays what it is and is answered with 500. */
function reasonOf(error: unknown): Error {
  return error instanceof Error ? error : new Fault(REQUEST_FAULTS.unauthenticated, { cause: error });
}
