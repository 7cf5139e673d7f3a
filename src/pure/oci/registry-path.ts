import { UUID_V7 } from '../uuid/uuid.js';
import { type ContentDigest, parseContentDigest } from './content-digest.js';
import { isRepositoryName } from './repository-name.js';
import { parseReference, type Reference } from './tag.js';

/** What a path below `/v2/` means. `invalid-*` names the part that no request can mean. */
export type RegistryPath =
  | { readonly kind: 'base' | 'catalog' }
  | { readonly kind: 'uploads' | 'tags'; readonly name: string }
  | { readonly kind: 'upload'; readonly name: string; readonly uploadId: string }
  | { readonly kind: 'blob' | 'referrers'; readonly name: string; readonly digest: ContentDigest }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: Reference }
  | { readonly kind: 'invalid-name' | 'invalid-digest' | 'invalid-upload' | 'invalid-reference' | 'unknown' };

/** A path that some request can mean. */
export type MeantPath = Exclude<RegistryPath, { readonly kind: `invalid-${string}` | 'unknown' }>;

/** Longer than any name and digest together can be; bounds what the expressions are run over. */
const PATH_LENGTH_MAX = 1_024;

/** The shapes as OpenAPI writes them. `{name}` stands for slashes too. */
export const REGISTRY_PATH_TEMPLATES = {
  base: '/v2/',
  catalog: '/v2/_catalog',
  tags: '/v2/{name}/tags/list',
  uploads: '/v2/{name}/blobs/uploads/',
  upload: '/v2/{name}/blobs/uploads/{uploadId}',
  blob: '/v2/{name}/blobs/{digest}',
  manifest: '/v2/{name}/manifests/{reference}',
  referrers: '/v2/{name}/referrers/{digest}',
} as const satisfies Record<MeantPath['kind'], string>;

interface Shape {
  readonly pattern: RegExp;
  /** `last` is what stands behind the last slash. */
  readonly read: (name: string, last: string) => RegistryPath;
}

/**
 * Names hold slashes, and a component may be called `blobs` or `uploads`: a path is told by its end, the longest ending
 * first. So `a/blobs/uploads/blobs/sha256:…` is a blob of the repository `a/blobs/uploads`.
 */
const SHAPES: readonly Shape[] = [
  { pattern: /^\/v2\/(.+)\/blobs\/uploads\/?$/, read: (name) => ({ kind: 'uploads', name }) },
  { pattern: /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/, read: (name, uploadId) => (UUID_V7.test(uploadId) ? { kind: 'upload', name, uploadId } : { kind: 'invalid-upload' }) },
  { pattern: /^\/v2\/(.+)\/blobs\/([^/]+)$/, read: (name, last) => addressed('blob', name, last) },
  { pattern: /^\/v2\/(.+)\/manifests\/([^/]+)$/, read: readManifest },
  { pattern: /^\/v2\/(.+)\/referrers\/([^/]+)$/, read: (name, last) => addressed('referrers', name, last) },
  { pattern: /^\/v2\/(.+)\/tags\/list$/, read: (name) => ({ kind: 'tags', name }) },
];

/** @param path the request's path as it was sent: not decoded, without the query. */
export function parseRegistryPath(path: string): RegistryPath {
  if (path === '/v2' || path === '/v2/') return { kind: 'base' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  if (path.length > PATH_LENGTH_MAX) return { kind: 'unknown' };
  for (const { pattern, read } of SHAPES) {
    const match = pattern.exec(path);
    if (match !== null) return isRepositoryName(match[1]!) ? read(match[1]!, match[2] ?? '') : { kind: 'invalid-name' };
  }
  return { kind: 'unknown' };
}

/** Some clients encode the colon; nothing else in a digest can be encoded, so nothing else is decoded. */
const withColon = (text: string): string => text.replace(/%3a/i, ':');

function addressed(kind: 'blob' | 'referrers', name: string, text: string): RegistryPath {
  const digest = parseContentDigest(withColon(text));
  return digest === null ? { kind: 'invalid-digest' } : { kind, name, digest };
}

function readManifest(name: string, text: string): RegistryPath {
  const reference = parseReference(withColon(text));
  if (reference === null) return { kind: 'invalid-reference' };
  return reference === 'invalid-digest' ? { kind: 'invalid-digest' } : { kind: 'manifest', name, reference };
}
