/** A stretch of a list in the order of ids, which is the order of creation (UUIDv7). */
export interface PageRequest {
  readonly limit: number;
  /** The id after which the page begins; null for the first page. */
  readonly after: string | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** The `after` of the next page; null at the end. */
  readonly next: string | null;
}

/** From `limit + 1` rows: the one too many only says that there is a next page. */
export function pageOf<T extends { readonly id: string }>(rows: readonly T[], limit: number): Page<T> {
  const items = rows.slice(0, limit);
  return { items, next: rows.length > limit ? items.at(-1)!.id : null };
}
