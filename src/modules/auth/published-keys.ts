import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';

/** A public key as RFC 7517 writes it: these members and no others, so that no private one can slip in. */
export interface PublishedKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly use: 'sig';
  readonly alg: 'ES256';
  readonly kid: string;
}

/** The keys that access tokens verify under, the next one included: caches must know it before it signs. */
@Injectable()
export class PublishedKeys {
  constructor(private readonly keyring: Keyring) {}

  async list(): Promise<readonly PublishedKey[]> {
    const verifiers = await this.keyring.verifiers('jwt');
    return verifiers.map(({ publicKey, keyId }) => {
      const { x, y } = publicKey.export({ format: 'jwk' });
      if (x === undefined || y === undefined) throw new Error('a jwt key that is not on a curve');
      return { kty: 'EC', crv: 'P-256', x, y, use: 'sig', alg: 'ES256', kid: keyId };
    });
  }
}
