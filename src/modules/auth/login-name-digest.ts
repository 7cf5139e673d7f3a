import type { Keyring } from '#modules/crypto/index.js';

/**
 * What entries call the name at a login: 96 bits, enough that two names never meet, and without the root key nobody can
 * try names against it.
 */
export function loginNameDigest(keyring: Pick<Keyring, 'mac'>, username: string): string {
  return keyring.mac('login-name', username).subarray(0, 12).toString('base64url');
}

/** What a service account's logins are counted and called by: no user's name has a colon. */
export function serviceLoginName(id: string): string {
  return `approle:${id}`;
}

/** What the attempts of a person at codes of devices are counted by. */
export function deviceCodeName(id: string): string {
  return `device:${id}`;
}
