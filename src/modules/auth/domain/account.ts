/** A user as others may see them: never a hash. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly status: 'active' | 'disabled';
  /** A one-time password, or one that somebody else chose: it opens only the way to replace it. */
  readonly mustChangePassword: boolean;
  readonly createdAt: Date;
}

/** A principal for a program. */
export interface ServiceAccount {
  readonly id: string;
  readonly name: string;
  readonly status: 'active' | 'disabled';
  readonly createdAt: Date;
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
