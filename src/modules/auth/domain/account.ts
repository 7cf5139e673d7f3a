import type { Fact } from '#pure/policy/facts.js';
import type { SERVICE_ACCOUNT_ATTRIBUTES, USER_ATTRIBUTES } from './auth.permissions.js';

/** A user as others may see them: never a hash. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly status: 'active' | 'disabled';
  /** A one-time password, or one that somebody else chose: it opens only the way to replace it. */
  readonly mustChangePassword: boolean;
  readonly createdAt: Date;
  /** Null: a component did, at the first start or at a recovery. */
  readonly createdBy: string | null;
  /** Moves with every change of what is shown here. */
  readonly version: number;
}

/** What conditions of rules ask of an account: the same that its list has columns for. */
export function userAttributes({ username, status, createdBy, createdAt }: User): Record<keyof typeof USER_ATTRIBUTES, Fact> {
  return { username, status, createdBy, createdAt };
}

/** A principal for a program. */
export interface ServiceAccount {
  readonly id: string;
  readonly name: string;
  readonly status: 'active' | 'disabled';
  /** The person who answers for it: it may do nothing that they may not, and nothing at all while they are disabled. */
  readonly ownerId: string;
  readonly ownerStatus: 'active' | 'disabled';
  /** Whether it is given nothing that is not bound to a key or a certificate which it has: a copied token is worth nothing then. */
  readonly dpopRequired: boolean;
  readonly createdAt: Date;
  readonly createdBy: string | null;
  /** Moves with every change of the account itself; not with what becomes of its owner. */
  readonly version: number;
}

export function serviceAccountAttributes({ name, status, ownerId, createdBy, createdAt }: ServiceAccount): Record<keyof typeof SERVICE_ACCOUNT_ATTRIBUTES, Fact> {
  return { name, status, ownerId, createdBy, createdAt };
}

/** A certificate that a program logs in with, by its thumbprint: SHA-256 of it, in base64url. */
export interface ClientCertificate {
  readonly id: string;
  readonly thumbprint: string;
  readonly label: string | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  /** When the certificate itself ends. */
  readonly expiresAt: Date;
}

/** What a program proves itself by, as others may see it: never the secret nor its hash. */
export interface ClientSecret {
  readonly id: string;
  /** What people call it; null when nobody said. */
  readonly label: string | null;
  readonly createdAt: Date;
  /** The principal who made it, and has seen it. */
  readonly createdBy: string;
  readonly expiresAt: Date;
}
