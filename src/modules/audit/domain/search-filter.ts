import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import { isUuid } from '#pure/uuid/uuid.js';
import type { Outcome } from './search-row.js';

/** What to find: every member narrows, and one that is absent does not. */
export interface SearchFilter {
  /** Milliseconds since 1970, inclusive. */
  readonly fromMillis?: number;
  /** Milliseconds since 1970, exclusive: stretches that follow one another share no entry. */
  readonly toMillis?: number;
  /** `auth.login`, or every code under a dot: `auth.*`. */
  readonly code?: string;
  readonly classUid?: number;
  /** A principal's id, or the name of a part of the server. */
  readonly actor?: string;
  readonly target?: { readonly type: string; readonly uid: string };
  readonly outcome?: Outcome;
}

/** An entry that was found, at its place in the log. */
export interface FoundEntry {
  readonly index: number;
  readonly id: string;
  /** The stored bytes. */
  readonly body: Buffer;
}

/** Whose entries may be seen: everything with those of the whole server, or those of these projects. */
export type SearchScope = 'all' | readonly string[];

/**
 * What the record of a search says of it. Ids that are UUIDs are pseudonyms; any other text was typed by somebody, and
 * what somebody typed may be a name: of that only the filter's name is told.
 */
export function searchFacts({ actor, target, ...filter }: SearchFilter): NonNullable<AuditEvent['facts']> {
  return {
    filters: [...Object.keys(filter), ...(actor === undefined ? [] : ['actor']), ...(target === undefined ? [] : ['target'])].sort(),
    ...filter,
    ...(isUuid(actor) ? { actorUid: actor } : {}),
    ...(target !== undefined && isUuid(target.uid) ? { targetUid: target.uid } : {}),
  };
}
