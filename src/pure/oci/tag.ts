import { type ContentDigest, parseContentDigest } from './content-digest.js';

/** OCI Distribution Specification 1.1, "Pulling manifests". */
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** What a manifest is asked for by: a name that can be moved, or its content's address. */
export type Reference = { readonly tag: string } | { readonly digest: ContentDigest };

/**
 * `invalid-digest` for what has the colon of a digest and is none; null for what is neither. No tag has a colon, so no
 * text can be both.
 */
export function parseReference(text: string): Reference | 'invalid-digest' | null {
  if (isTag(text)) return { tag: text };
  if (!text.includes(':')) return null;
  const digest = parseContentDigest(text);
  return digest === null ? 'invalid-digest' : { digest };
}
