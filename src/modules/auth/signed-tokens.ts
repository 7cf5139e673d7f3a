import type { Keyring } from '#modules/crypto/index.js';
import type { Clock } from '#platform/system/clock.js';
import { isTokenKeyAlgorithm, type TokenType, tokenHeader } from './domain/compact-jws.js';
import { type SignatureRefusal, type TokenKeys, verifySignedToken } from './domain/verify-access-token.js';
import type { SecurityState } from './persistence/security-state.repository.js';
import { TokenCache } from './token-cache.js';
import { refused } from './token-refusal.js';

/** One kind of token: whose keys sign it, what its header says that it is, and how its payload is read. */
export interface TokenKind<C> {
  readonly purpose: Parameters<Keyring['verifiers']>[0];
  readonly type: TokenType;
  readonly parse: (payload: Buffer) => C | SignatureRefusal;
}

/** The keys as of one version of the keyring. */
interface KeySet {
  readonly version: number;
  readonly byHeader: TokenKeys;
}

/**
 * The signatures of one kind of token. That one is good is a fact about the text and the keys and may be remembered, until
 * the keys change; that what the token stands for still stands is a fact about now, which the caller asks the database
 * for, and gets the version of the keyring with it.
 */
export class SignedTokens<C extends { readonly expiresAtSeconds: number }> {
  private readonly cache = new TokenCache<C>();
  private keys: KeySet = { version: -1, byHeader: new Map() };
  private renewal: { readonly version: number; readonly done: Promise<void> } | null = null;

  constructor(
    private readonly kind: TokenKind<C>,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /**
   * What the token says, and what `ask` read of it after the call began; null is asked of a token that no key is known
   * for. Throws `unauthenticated` for a text that none of the keys signed. Time and status are the caller's to judge.
   */
  async read(token: string, ask: (claims: C | null) => Promise<SecurityState>): Promise<{ readonly claims: C; readonly state: SecurityState }> {
    const digest = TokenCache.digest(token);
    const keysBefore = this.keys;
    let claims = this.cache.get(digest, this.clock.nowMillis()) ?? this.verify(token, digest);
    // A kid that is not known may be a new key of another replica: only the counter can tell. The rest is final.
    if (typeof claims === 'string' && claims !== 'unknown-header') throw refused(claims);
    let state = await ask(typeof claims === 'string' ? null : claims);
    if (state.keyringVersion > this.keys.version) await this.renewKeys(state.keyringVersion);
    // By whomever they were renewed, this request or one beside it: what the older keys said no longer counts.
    if (this.keys !== keysBefore) {
      const before = claims;
      claims = this.verify(token, digest);
      if (typeof before === 'string' && typeof claims !== 'string') state = await ask(claims);
    }
    if (typeof claims === 'string') throw refused(claims);
    return { claims, state };
  }

  /** The signature and the form, from the text and the keys at hand; remembers what it found good. */
  private verify(token: string, digest: string): C | SignatureRefusal {
    const claims = verifySignedToken(token, this.keys.byHeader, this.kind.parse);
    if (typeof claims !== 'string') this.cache.put(digest, claims, this.clock.nowMillis());
    return claims;
  }

  /** Loads the keys as of `version`, once for all who ask for it, and forgets every signature that older ones found good. */
  private async renewKeys(version: number): Promise<void> {
    if (this.renewal?.version !== version) {
      const renewal = { version, done: this.loadKeys(version) };
      this.renewal = renewal;
      // A failed load is asked again by the next request; a good one stays in `keys`.
      renewal.done.catch(() => undefined).finally(() => (this.renewal === renewal ? (this.renewal = null) : undefined));
    }
    await this.renewal.done;
  }

  private async loadKeys(version: number): Promise<void> {
    const verifiers = await this.keyring.verifiers(this.kind.purpose, version);
    // A key's record says what it is for: no token can ask to be verified by another algorithm.
    const byHeader = new Map(verifiers.flatMap((verifier) => (isTokenKeyAlgorithm(verifier.algorithm) ? [[tokenHeader(this.kind.type, verifier.keyId, verifier.algorithm), verifier] as const] : [])));
    this.keys = { version, byHeader };
    this.cache.clear();
  }
}
