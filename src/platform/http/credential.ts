import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { CredentialScheme, PrefixRule } from './dialects.js';

export interface Credential {
  readonly scheme: CredentialScheme;
  readonly value: string;
}

/**
 * One space, then RFC 9110 §11.2 `token68`, and nothing after it. passport-jwt's own extractor takes tabs, NBSP and
 * trailing words; whatever a proxy in front might read differently is refused instead of interpreted. The length is
 * bounded by the header limit.
 */
const AUTHORIZATION = /^([A-Za-z][A-Za-z-]*) ([A-Za-z0-9\-._~+/]+=*)$/;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/**
 * The one credential of a request, or null when it presents none. Works on the raw header list (name, value, name,
 * value, …), because Node keeps only the first of two `Authorization` lines: a request with two is refused, and so is
 * one that carries credentials of two kinds. Throws `unauthenticated`.
 */
export function credentialOf(rawHeaders: readonly string[], rule: PrefixRule): Credential | null {
  const authorization = valuesOf(rawHeaders, 'authorization');
  const vaultToken = rule.schemes.includes('X-Vault-Token') ? valuesOf(rawHeaders, 'x-vault-token') : [];
  const presented = authorization.length + vaultToken.length;
  if (presented === 0) return null;
  if (presented > 1) throw new Fault(REQUEST_FAULTS.unauthenticated, { detail: 'More than one credential was sent.' });
  const credential = authorization.length === 1 ? fromAuthorization(authorization[0]!) : fromToken(vaultToken[0]!);
  if (credential === null || !rule.schemes.includes(credential.scheme)) {
    throw new Fault(REQUEST_FAULTS.unauthenticated, { detail: 'The credential is not of a form that is accepted here.' });
  }
  // Vault's clients send one kind of token, in either header: which header it was says nothing about it.
  return rule.schemes.includes('X-Vault-Token') ? { ...credential, scheme: 'X-Vault-Token' } : credential;
}

/** Schemes are compared without regard to case (RFC 9110 §11.1). */
const SCHEMES: Readonly<Record<string, CredentialScheme>> = { bearer: 'Bearer', dpop: 'DPoP', basic: 'Basic', apikey: 'apiKey' };

function fromAuthorization(value: string): Credential | null {
  const match = AUTHORIZATION.exec(value);
  if (match === null) return null;
  const scheme = SCHEMES[match[1]!.toLowerCase()];
  return scheme === undefined ? null : { scheme, value: match[2]! };
}

function fromToken(value: string): Credential | null {
  return VISIBLE_ASCII.test(value) ? { scheme: 'X-Vault-Token', value } : null;
}

/** All values of one header, in order, from Node's flat list. Most names are not even as long. */
export function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const sent = rawHeaders[index]!;
    if (sent.length === name.length && sent.toLowerCase() === name) values.push(rawHeaders[index + 1]!);
  }
  return values;
}
