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
