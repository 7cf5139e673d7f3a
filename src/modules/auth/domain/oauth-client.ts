import type { Scope } from '#pure/principal/principal.js';
import type { AssertionAlgorithm } from './client-jwk.js';

/** A program that people use, and that keeps no secret: a command line. What keeps one is a service account. */
export interface OAuthClient {
  readonly id: string;
  readonly name: string;
  /** The most that its sessions may be given. */
  readonly scopes: readonly Scope[];
  /** Its tokens are bound to a key that it proves the possession of. */
  readonly dpopRequired: boolean;
  readonly status: 'active' | 'disabled';
  readonly createdAt: Date;
  /** Null: it is a part of the product. */
  readonly createdBy: string | null;
  readonly version: number;
}

/** The product's own command line: known by its name too, which is the same on every installation. */
export const CLI_CLIENT = { id: '01981b7e-0000-7000-8000-000000000001', name: 'quantonium-cli' } as const;

/** A key that a program signs assertions with, as others may see it. */
export interface ClientKey {
  readonly id: string;
  /** RFC 7638, base64url: a `kid` that always works. */
  readonly thumbprint: string;
  readonly kid: string | null;
  readonly algorithm: AssertionAlgorithm;
  readonly label: string | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt: Date;
}

/** How a client proves who it is (RFC 8414, `token_endpoint_auth_methods_supported`). */
export const CLIENT_AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth', 'none'] as const;
export type ClientAuthMethod = (typeof CLIENT_AUTH_METHODS)[number];
