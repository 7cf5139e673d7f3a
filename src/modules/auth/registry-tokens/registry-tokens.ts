import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import type { AccessScope } from '#pure/oci/access-scope.js';
import type { Principal } from '#pure/principal/principal.js';
import { ApiKeyAuthenticator } from '../api-keys/api-key-authenticator.js';
import { Authenticator } from '../authenticator.js';
import { signCompact } from '../compact-signing.js';
import { refusalOfValidity } from '../domain/canonical-claims.js';
import type { TokenType } from '../domain/compact-jws.js';
import {
  formatRegistryClaims,
  parseRegistryClaims,
  parseRegistryRefreshClaims,
  REGISTRY_REFRESH_LIFETIME_SECONDS,
  REGISTRY_TOKEN_LIFETIME_SECONDS,
  type RegistryTokenClaims,
  registryPartiesOf,
} from '../domain/registry-token.js';
import type { SecurityState } from '../persistence/security-state.repository.js';
import { SecurityLookup } from '../security-lookup.js';
import { SignedTokens } from '../signed-tokens.js';
import { refused } from '../token-refusal.js';

const PURPOSE = 'registry-token';
/** The key of a question that is only about the versions: no key has the nil UUID. */
const NO_KEY = '00000000-0000-0000-0000-000000000000';

export interface IssuedRegistryToken {
  /** A secret: in the answer's body and nowhere else. */
  readonly token: string;
  readonly expiresInSeconds: number;
  readonly issuedAtSeconds: number;
}

/**
 * Tokens of the container registry, and those that they are had for. Each stands for an API key and says so: nothing is
 * kept of it, and it ends with the key, with the account, or after its minutes. The registry takes no other token, and
 * nobody else takes these.
 */
@Injectable()
export class RegistryTokens {
  private readonly parties: { readonly issuer: string; readonly audience: string };
  private readonly tokens: SignedTokens<RegistryTokenClaims>;
  private readonly refreshTokens: SignedTokens<RegistryTokenClaims>;

  constructor(
    private readonly apiKeys: ApiKeyAuthenticator,
    private readonly authenticator: Authenticator,
    private readonly lookup: SecurityLookup,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    config: Config,
  ) {
    this.parties = registryPartiesOf(config.http.publicUrl);
    this.tokens = new SignedTokens({ purpose: PURPOSE, type: 'registry+jwt', parse: parseRegistryClaims }, keyring, clock);
    this.refreshTokens = new SignedTokens({ purpose: PURPOSE, type: 'registry-refresh+jwt', parse: parseRegistryRefreshClaims }, keyring, clock);
  }

  /** The service that the tokens are for, as clients are told it. */
  get service(): string {
    return this.parties.audience;
  }

  /** What a client sends as a password is an API key, or nothing that is good here. Throws `unauthenticated`. */
  byKey(secret: string): Promise<Principal> {
    return this.apiKeys.authenticate(secret);
  }

  /** Token → the owner of its key, narrowed to what it says. Throws `unauthenticated`, and `unavailable` when it cannot be found out. */
  async authenticate(token: string): Promise<Principal> {
    const { claims, state } = await this.read(this.tokens, token, REGISTRY_TOKEN_LIFETIME_SECONDS);
    const narrowed = (principal: Principal): Principal => Object.freeze({ ...principal, repositoryAccess: claims.access ?? [] });
    return this.authenticator.vouch(narrowed(this.holderOf(claims, state)), async () => narrowed(this.holderOf(claims, await this.stateOf(claims))));
  }

  /** Who a refresh token was issued to, not narrowed: what it is exchanged for is. */
  async byRefreshToken(token: string): Promise<Principal> {
    const { claims, state } = await this.read(this.refreshTokens, token, REGISTRY_REFRESH_LIFETIME_SECONDS);
    return this.holderOf(claims, state);
  }

  /** @param principal authenticated by an API key, or by what was had for one. */
  issue(principal: Principal, access: readonly AccessScope[]): Promise<IssuedRegistryToken> {
    return this.sign(principal, 'registry+jwt', access, REGISTRY_TOKEN_LIFETIME_SECONDS);
  }

  issueRefreshToken(principal: Principal): Promise<IssuedRegistryToken> {
    return this.sign(principal, 'registry-refresh+jwt', null, REGISTRY_REFRESH_LIFETIME_SECONDS);
  }

  private async sign({ id, kind, apiKeyId }: Principal, type: TokenType, access: readonly AccessScope[] | null, lifetimeSeconds: number): Promise<IssuedRegistryToken> {
    if (kind === 'system' || apiKeyId === undefined) throw new Error('a registry token stands for an API key');
    const nowMillis = this.clock.nowMillis();
    const issuedAtSeconds = Math.floor(nowMillis / 1000);
    const claims: RegistryTokenClaims = {
      ...this.parties,
      subject: id,
      subjectKind: kind,
      apiKeyId,
      tokenId: this.randomness.uuidv7(nowMillis),
      access,
      issuedAtSeconds,
      notBeforeSeconds: issuedAtSeconds,
      expiresAtSeconds: issuedAtSeconds + lifetimeSeconds,
    };
    return { token: await signCompact(this.keyring, PURPOSE, type, formatRegistryClaims(claims)), expiresInSeconds: lifetimeSeconds, issuedAtSeconds };
  }

  private async read(kind: SignedTokens<RegistryTokenClaims>, token: string, lifetimeSecondsMax: number): Promise<{ readonly claims: RegistryTokenClaims; readonly state: SecurityState }> {
    const found = await kind.read(token, (claims) => this.stateOf(claims));
    const refusal = refusalOfValidity(found.claims, this.parties, this.clock.nowMillis() / 1000, lifetimeSecondsMax);
    if (refusal !== null) throw refused(refusal);
    return found;
  }

  private stateOf(claims: RegistryTokenClaims | null): Promise<SecurityState> {
    return this.lookup.find({ apiKeyId: claims?.apiKeyId ?? NO_KEY });
  }

  private holderOf({ apiKeyId, subject, subjectKind }: RegistryTokenClaims, state: SecurityState): Principal {
    const key = state.apiKeys.get(apiKeyId);
    if (key?.principalId !== subject || key.kind !== subjectKind) throw refused('no-session');
    return this.apiKeys.principalOf(key, state);
  }
}
