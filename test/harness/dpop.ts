import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A client's key for proofs of possession (RFC 9449). */
export interface DpopKey {
  readonly algorithm: 'ES256' | 'EdDSA' | 'Ed25519';
  readonly jwk: Readonly<Record<string, string>>;
  /** RFC 7638, base64url. */
  readonly thumbprint: string;
  readonly privateKey: KeyObject;
}

export function dpopKey(algorithm: DpopKey['algorithm'] = 'ES256'): DpopKey {
  const { publicKey, privateKey } = algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  const jwk = publicKey.export({ format: 'jwk' }) as Record<string, string>;
  const members = (algorithm === 'ES256' ? ['crv', 'kty', 'x', 'y'] : ['crv', 'kty', 'x']).map((name) => [name, jwk[name]]);
  return { algorithm, jwk, thumbprint: createHash('sha256').update(JSON.stringify(Object.fromEntries(members))).digest('base64url'), privateKey };
}

/** Whatever header and claims say, signed by this key. */
export function signedProof({ algorithm, privateKey }: DpopKey, header: object, claims: object): string {
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = algorithm === 'ES256' ? sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }) : sign(null, Buffer.from(input), privateKey);
  return `${input}.${signature.toString('base64url')}`;
}

/** A proof for one request; the jti is unlike all others. */
export function proofFor(key: DpopKey, { method, url, accessToken, ...claims }: { readonly method: string; readonly url: string; readonly accessToken?: string; readonly iat?: number; readonly jti?: string }): string {
  const ath = accessToken === undefined ? {} : { ath: createHash('sha256').update(accessToken).digest('base64url') };
  return signedProof(key, { typ: 'dpop+jwt', alg: key.algorithm, jwk: key.jwk }, { jti: crypto.randomUUID(), htm: method, htu: url, iat: Math.floor(Date.now() / 1000), ...ath, ...claims });
}
