import { type ContentDigest, formatContentDigest, parseContentDigest } from './content-digest.js';
import { isRepositoryName } from './repository-name.js';
import { isTag } from './tag.js';

/** Content of a repository, named so that it can only ever mean the same bytes. */
export interface PinnedReference {
  readonly name: string;
  readonly digest: ContentDigest;
}

/**
 * `<name>[:<tag>]@<digest>`, without a host. The tag is a note for people, as it is for other clients: it is not looked up, and
 * is not kept. `no-digest` for a name that could mean something else tomorrow; null for what is no reference.
 */
export function parsePinnedReference(text: string): PinnedReference | 'no-digest' | null {
  const at = text.indexOf('@');
  const place = at === -1 ? text : text.slice(0, at);
  const colon = place.indexOf(':', place.lastIndexOf('/') + 1);
  const name = colon === -1 ? place : place.slice(0, colon);
  if (!isRepositoryName(name) || (colon !== -1 && !isTag(place.slice(colon + 1)))) return null;
  if (at === -1) return 'no-digest';
  const digest = parseContentDigest(text.slice(at + 1));
  return digest === null ? null : { name, digest };
}

export function formatPinnedReference({ name, digest }: PinnedReference): string {
  return `${name}@${formatContentDigest(digest)}`;
}
