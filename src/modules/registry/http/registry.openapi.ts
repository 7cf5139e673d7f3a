import type { OpenAPIObject } from '@nestjs/swagger';
import { REGISTRY_PATH_TEMPLATES } from '#pure/oci/registry-path.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const DIGEST = 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const UPLOAD = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';

/** Each segment of the templates, and what stands in it for example. */
const SEGMENTS: Readonly<Record<string, { readonly description: string; readonly example: string }>> = {
  name: { description: 'Repository: a project and a path in it, with slashes; without one, of the project `default`.', example: 'default/app' },
  uploadId: { description: 'Of the `Location` that opened the upload.', example: UPLOAD },
  digest: { description: 'SHA-256 or SHA-512 of the bytes.', example: DIGEST },
  reference: { description: 'A tag, or a digest.', example: 'latest' },
};

type Headers = Readonly<Record<string, string>>;
const text = (example: string): { type: 'string'; example: string } => ({ type: 'string', example });
const BYTES = { 'application/octet-stream': { schema: { type: 'string', format: 'binary', example: 'the bytes of a layer' } as const } };
const answer = (description: string, headers: Headers = {}, content?: object): object => ({
  description,
  headers: Object.fromEntries(Object.entries(headers).map(([name, example]) => [name, { schema: text(example) }])),
  ...(content === undefined ? {} : { content }),
});

interface Description {
  readonly summary: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly takesBytes?: true;
  /** Content of the request, by media type. */
  readonly takes?: object;
  readonly responses: Readonly<Record<string, object>>;
}

function operationAt(path: string, { summary, query = {}, takesBytes, takes = takesBytes === true ? BYTES : undefined, responses }: Description): Operation {
  const segments = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name: name!, in: 'path', required: true, description: SEGMENTS[name!]!.description, schema: text(SEGMENTS[name!]!.example) }));
  const queries = Object.entries(query).map(([name, example]) => ({ name, in: 'query', required: true, schema: text(example) }));
  return {
    tags: ['registry'],
    summary,
    ...(segments.length + queries.length > 0 ? { parameters: [...segments, ...queries] } : {}),
    ...(takes === undefined ? {} : { requestBody: { required: true, content: takes } }),
    responses,
  } as Operation;
}

const BLOB_HEADERS: Headers = { 'Docker-Content-Digest': DIGEST, ETag: `"${DIGEST}"` };
const LOCATION = '/v2/default/app/blobs';

const UPLOAD_HEADERS: Headers = { Location: `${LOCATION}/uploads/${UPLOAD}`, 'Docker-Upload-UUID': UPLOAD, Range: '0-1048575' };
const SHOWN = answer('It is visible in the repository.', { Location: `${LOCATION}/${DIGEST}`, 'Docker-Content-Digest': DIGEST });
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const MANIFEST = { [MANIFEST_TYPE]: { schema: { type: 'object', example: { schemaVersion: 2, mediaType: MANIFEST_TYPE, config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: DIGEST, size: 2 }, layers: [] } } as const } };
const MANIFEST_HEADERS: Headers = { ...BLOB_HEADERS, 'Content-Type': MANIFEST_TYPE };
const PAGE: Headers = { Link: '</v2/default/app/tags/list?last=1.0&n=2>; rel="next"' };
const json = (example: object): object => ({ 'application/json': { schema: { type: 'object', example } } });

const DESCRIPTIONS: readonly (Description & { readonly handler: string; readonly at: keyof typeof REGISTRY_PATH_TEMPLATES })[] = [
  { handler: 'base', at: 'base', summary: 'Whether this is a registry', responses: { 200: answer('It is.', { 'Docker-Distribution-API-Version': 'registry/2.0' }, json({})) } },
  { handler: 'post', at: 'uploads', summary: 'Open an upload, mount a blob of another repository (`mount`, `from`), or send a whole blob (`digest`)', takesBytes: true, responses: { 201: SHOWN, 202: answer('Send the bytes to `Location`.', { ...UPLOAD_HEADERS, Range: '0-0' }) } },
  { handler: 'get', at: 'upload', summary: 'How much of an upload has come', responses: { 204: answer('Go on behind `Range`.', UPLOAD_HEADERS) } },
  { handler: 'patch', at: 'upload', summary: 'Send a piece of a blob', takesBytes: true, responses: { 202: answer('It was kept.', UPLOAD_HEADERS) } },
  { handler: 'put', at: 'upload', summary: 'Send the last piece of a blob, or all of it, and end its upload', query: { digest: DIGEST }, takesBytes: true, responses: { 201: SHOWN } },
  { handler: 'delete', at: 'upload', summary: 'Give up an upload', responses: { 204: answer('It is forgotten.') } },
  { handler: 'head', at: 'blob', summary: 'Whether the repository has a blob', responses: { 200: answer('It has.', BLOB_HEADERS) } },
  {
    handler: 'get',
    at: 'blob',
    summary: 'Fetch a blob, or a range of it',
    responses: { 200: answer('The bytes, as they were pushed.', BLOB_HEADERS, BYTES), 206: answer('Those that `Range` asked for.', { ...BLOB_HEADERS, 'Content-Range': 'bytes 0-1023/4096' }, BYTES) },
  },
  { handler: 'delete', at: 'blob', summary: 'Delete a blob that no manifest names from a repository', responses: { 202: answer('It is no longer visible there.') } },
  { handler: 'head', at: 'manifest', summary: 'Whether the repository has a manifest', responses: { 200: answer('It has.', MANIFEST_HEADERS) } },
  { handler: 'get', at: 'manifest', summary: 'Fetch a manifest by tag or digest', responses: { 200: answer('The manifest, byte for byte as it was pushed.', MANIFEST_HEADERS, MANIFEST) } },
  {
    handler: 'put',
    at: 'manifest',
    summary: 'Push a manifest, and point tags to it',
    takes: MANIFEST,
    responses: { 201: answer('It stands.', { Location: `/v2/default/app/manifests/${DIGEST}`, 'Docker-Content-Digest': DIGEST, 'OCI-Subject': DIGEST }) },
  },
  { handler: 'delete', at: 'manifest', summary: 'Delete a manifest with its tags, or one tag', responses: { 202: answer('It is gone.') } },
  { handler: 'get', at: 'tags', summary: 'Tags of a repository, sorted', responses: { 200: answer('Those behind `last`, at most `n`.', PAGE, json({ name: 'default/app', tags: ['0.9', '1.0'] })) } },
  {
    handler: 'get',
    at: 'referrers',
    summary: 'What is about a manifest: signatures, bills of materials, reports',
    responses: { 200: answer('An index of them.', { 'OCI-Filters-Applied': 'artifactType' }, { 'application/vnd.oci.image.index.v1+json': { schema: { type: 'object', example: { schemaVersion: 2, manifests: [] } } } }) },
  },
  { handler: 'get', at: 'catalog', summary: 'Repositories that you may pull from, sorted', responses: { 200: answer('Those behind `last`, at most `n`.', PAGE, json({ repositories: ['default/app'] })) } },
];

/**
 * The registry's operations, for the roof: one route a method takes every path below `/v2/`, and Nest's explorer can
 * tell neither the paths nor what is sent. Who may call them and how they refuse is derived like everybody's.
 */
export const REGISTRY_OPERATIONS = DESCRIPTIONS.map(({ handler, at, ...description }) => ({
  handler: `RegistryController.${handler}`,
  path: REGISTRY_PATH_TEMPLATES[at],
  operation: operationAt(REGISTRY_PATH_TEMPLATES[at], description),
}));
