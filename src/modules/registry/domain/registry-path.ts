import { UUID_V7 } from '#pure/uuid/uuid.js';
import { type Digest, parseDigest } from './digest.js';
import { isRepositoryName } from './repository-name.js';

/** What a path below `/v2/` means. `invalid-*` names the part that no request can mean. */
export type RegistryPath =
  | { readonly kind: 'base' }
  | { readonly kind: 'uploads'; readonly name: string }
  | { readonly kind: 'upload'; readonly name: string; readonly uploadId: string }
  | { readonly kind: 'blob'; readonly name: string; readonly digest: Digest }
  | { readonly kind: 'invalid-name' | 'invalid-digest' | 'invalid-upload' | 'unknown' };

/**
 * Names hold slashes, and a component may be called `blobs` or `uploads`: a path is told by its end, the longest ending
 * first. So `a/blobs/uploads/blobs/sha256:…` is a blob of the repository `a/blobs/uploads`.
 */
const UPLOADS = /^\/v2\/(.+)\/blobs\/uploads\/?$/;
const UPLOAD = /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/;
const BLOB = /^\/v2\/(.+)\/blobs\/([^/]+)$/;

/** Longer than any name and digest together can be; bounds what the expressions are run over. */
const PATH_LENGTH_MAX = 1_024;

/** The shapes above as OpenAPI writes them: the paths that some request can mean. `{name}` stands for slashes too. */
export const REGISTRY_PATH_TEMPLATES = {
  base: '/v2/',
  uploads: '/v2/{name}/blobs/uploads/',
  upload: '/v2/{name}/blobs/uploads/{uploadId}',
  blob: '/v2/{name}/blobs/{digest}',
} as const satisfies Partial<Record<RegistryPath['kind'], string>>;

/** @param path the request's path as it was sent: not decoded, without the query. */
export function parseRegistryPath(path: string): RegistryPath {
  if (path === '/v2' || path === '/v2/') return { kind: 'base' };
  if (path.length > PATH_LENGTH_MAX) return { kind: 'unknown' };

  const uploads = UPLOADS.exec(path);
  if (uploads !== null) return named(uploads[1]!, (name) => ({ kind: 'uploads', name }));

  const upload = UPLOAD.exec(path);
  if (upload !== null) {
    const uploadId = upload[2]!;
    return named(upload[1]!, (name) => (UUID_V7.test(uploadId) ? { kind: 'upload', name, uploadId } : { kind: 'invalid-upload' }));
  }
  const blob = BLOB.exec(path);
  if (blob !== null) {
    // Some clients encode the colon; nothing else in a digest can be encoded, so nothing else is decoded.
    const digest = parseDigest(blob[2]!.replace(/%3a/i, ':'));
    return named(blob[1]!, (name) => (digest === null ? { kind: 'invalid-digest' } : { kind: 'blob', name, digest }));
  }
  return { kind: 'unknown' };
}

function named(name: string, then: (name: string) => RegistryPath): RegistryPath {
  return isRepositoryName(name) ? then(name) : { kind: 'invalid-name' };
}
