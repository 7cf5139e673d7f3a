import type { Keyring } from '#modules/crypto/index.js';
import { encodeBase64url, isTokenKeyAlgorithm, type TokenType, tokenHeader, withLowS } from './domain/compact-jws.js';

/** A token of this kind under the active key of the purpose: the one text for these claims and this signature. */
export async function signCompact(keyring: Keyring, purpose: Parameters<Keyring['signer']>[0], type: TokenType, payload: string): Promise<string> {
  const signer = await keyring.signer(purpose);
  const { keyId, algorithm } = signer;
  if (!isTokenKeyAlgorithm(algorithm)) throw new Error(`${algorithm} is no algorithm of tokens`);
  const signingInput = `${tokenHeader(type, keyId, algorithm)}.${encodeBase64url(payload)}`;
  const made = await signer.sign(Buffer.from(signingInput, 'latin1'));
  return `${signingInput}.${encodeBase64url(algorithm === 'ES256' ? withLowS(made) : made)}`;
}
