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

/** A stretch of a list in the order of ids, which is the order of creation (UUIDv7). */
export interface Page<T> {
  readonly items: readonly T[];
  /** The id to go on after; null at the end. */
  readonly next: string | null;
}

/** From `limit + 1` items: the one too many only says that there is a next page. */
export function pageOf<T extends { readonly id: string }>(items: readonly T[], limit: number): Page<T> {
  const shown = items.slice(0, limit);
  return { items: shown, next: items.length > limit ? shown.at(-1)!.id : null };
}
