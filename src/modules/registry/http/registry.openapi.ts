import type { OpenAPIObject } from '@nestjs/swagger';
import { REGISTRY_PATH_TEMPLATES } from '../domain/registry-path.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const DIGEST = 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const UPLOAD = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';

/** Each segment of the templates, and what stands in it for example. */
const SEGMENTS: Readonly<Record<string, { readonly description: string; readonly example: string }>> = {
  name: { description: 'Repository: a project and a path in it, with slashes; without one, of the project `default`.', example: 'default/app' },
  uploadId: { description: 'Of the `Location` that opened the upload.', example: UPLOAD },
  digest: { description: 'SHA-256 of the bytes.', example: DIGEST },
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
  readonly responses: Readonly<Record<string, object>>;
}

function operationAt(path: string, { summary, query = {}, takesBytes, responses }: Description): Operation {
  const segments = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name: name!, in: 'path', required: true, description: SEGMENTS[name!]!.description, schema: text(SEGMENTS[name!]!.example) }));
  const queries = Object.entries(query).map(([name, example]) => ({ name, in: 'query', required: true, schema: text(example) }));
  return {
    tags: ['registry'],
    summary,
    ...(segments.length + queries.length > 0 ? { parameters: [...segments, ...queries] } : {}),
    ...(takesBytes === true ? { requestBody: { required: true, content: BYTES } } : {}),
    responses,
  } as Operation;
}

const BLOB_HEADERS: Headers = { 'Docker-Content-Digest': DIGEST, ETag: `"${DIGEST}"` };
const LOCATION = '/v2/default/app/blobs';

const DESCRIPTIONS: readonly (Description & { readonly handler: string; readonly at: keyof typeof REGISTRY_PATH_TEMPLATES })[] = [
  { handler: 'base', at: 'base', summary: 'Whether this is a registry', responses: { 200: answer('It is.', { 'Docker-Distribution-API-Version': 'registry/2.0' }, { 'application/json': { schema: { type: 'object', example: {} } } }) } },
  { handler: 'open', at: 'uploads', summary: 'Open an upload', responses: { 202: answer('Send the bytes to `Location`.', { Location: `${LOCATION}/uploads/${UPLOAD}`, 'Docker-Upload-UUID': UPLOAD, Range: '0-0' }) } },
  {
    handler: 'receive',
    at: 'upload',
    summary: 'Send a blob and end its upload',
    query: { digest: DIGEST },
    takesBytes: true,
    responses: { 201: answer('It is visible in the repository.', { Location: `${LOCATION}/${DIGEST}`, 'Docker-Content-Digest': DIGEST }) },
  },
  { handler: 'head', at: 'blob', summary: 'Whether the repository has a blob', responses: { 200: answer('It has.', BLOB_HEADERS) } },
  { handler: 'download', at: 'blob', summary: 'Fetch a blob', responses: { 200: answer('The bytes, as they were pushed.', BLOB_HEADERS, BYTES) } },
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
