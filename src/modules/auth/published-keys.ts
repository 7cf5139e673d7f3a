import { Injectable } from '@nestjs/common';
import { Keyring, type Verifier } from '#modules/crypto/index.js';
import { isTokenKeyAlgorithm, TOKEN_ALGORITHMS, type TokenKeyAlgorithm } from './domain/compact-jws.js';

/** A public key as RFC 7517 writes it: these members and no others, so that no private one can slip in. */
export type PublishedKey = PublicMembers & {
  readonly use: 'sig';
  readonly alg: (typeof TOKEN_ALGORITHMS)[TokenKeyAlgorithm];
  readonly kid: string;
};

type PublicMembers =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string };

/** Of what `export` makes of a key, by the algorithm of its record; null for a key of another kind. */
const PUBLIC_MEMBERS: Readonly<Record<TokenKeyAlgorithm, (jwk: Readonly<Record<string, unknown>>) => PublicMembers | null>> = {
  ES256: ({ x, y }) => (typeof x === 'string' && typeof y === 'string' ? { kty: 'EC', crv: 'P-256', x, y } : null),
  Ed25519: ({ x, y }) => (typeof x === 'string' && y === undefined ? { kty: 'OKP', crv: 'Ed25519', x } : null),
  RS256: ({ n, e }) => (typeof n === 'string' && typeof e === 'string' ? { kty: 'RSA', n, e } : null),
};

/** The keys that access tokens verify under, the next one included: caches must know it before it signs. */
@Injectable()
export class PublishedKeys {
  constructor(private readonly keyring: Keyring) {}

  async list(): Promise<readonly PublishedKey[]> {
    return (await this.keyring.verifiers('jwt')).flatMap(published);
  }
}

function published({ publicKey, keyId, algorithm }: Verifier): PublishedKey[] {
  if (!isTokenKeyAlgorithm(algorithm)) return [];
  const members = PUBLIC_MEMBERS[algorithm](publicKey.export({ format: 'jwk' }) as Readonly<Record<string, unknown>>);
  if (members === null) throw new Error(`a jwt key that is no ${algorithm} key`);
  return [{ ...members, use: 'sig', alg: TOKEN_ALGORITHMS[algorithm], kid: keyId }];
}
