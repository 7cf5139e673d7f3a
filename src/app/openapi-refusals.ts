import type { OpenAPIObject } from '@nestjs/swagger';
import { ruleOf } from '#platform/http/dialects.js';
import { DIALECTS } from '#platform/http/dialect-renderers.js';
import type { RoutePolicy } from '#platform/http/route-policy.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Schema } from './openapi-schemas.js';

export type DialectName = keyof typeof DIALECTS;
type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

export function dialectNameOf(path: string): DialectName {
  return ruleOf(path).dialect.name as DialectName;
}

const text = (example: string): Schema => ({ type: 'string', example });
const closed = (properties: Record<string, Schema>, required: readonly string[]): Schema => ({ type: 'object', properties, required });

const POINTER = closed(
  {
    pointer: { ...text('/shots'), description: 'RFC 6901 pointer into the body, or `query:<name>`, `path:<name>`, `header:<name>`.' },
    code: text('out-of-range'),
    detail: text('shots must not be greater than 1000000'),
    line: { type: 'integer', example: 4, description: 'Line of a program, from 1.' },
    column: { type: 'integer', example: 12, description: 'Column of a program, from 1.' },
  },
  ['pointer', 'code'],
);

/** How each dialect says no; the renderers write it, and a test holds the two together. */
export const DIALECT_SCHEMAS: Readonly<Record<DialectName, { readonly name: string; readonly schema: Schema }>> = {
  problem: {
    name: 'Problem',
    schema: {
      ...closed(
        {
          type: text('urn:quantonium:problem:invalid-request'),
          title: text(REQUEST_FAULTS['invalid-request'].title),
          status: { type: 'integer', example: 422 },
          detail: text('40 qubits need 17592186044416 bytes.'),
          instance: text('/v1/simulations'),
          requestId: text('019a94de-4b70-7c00-8000-000000000000'),
          errors: { type: 'array', items: POINTER },
        },
        ['type', 'title', 'status', 'instance', 'requestId'],
      ),
      description: 'RFC 9457. Some problems have further members.',
      additionalProperties: true,
    },
  },
  oci: {
    name: 'OciErrors',
    schema: closed({ errors: { type: 'array', items: closed({ code: text('DENIED'), message: text(REQUEST_FAULTS.forbidden.title), detail: { type: 'object', example: { code: 'forbidden', requestId: '019a94de-4b70-7c00-8000-000000000000' } } }, ['code', 'message']) } }, ['errors']),
  },
  vault: { name: 'VaultErrors', schema: closed({ errors: { type: 'array', items: text(REQUEST_FAULTS.forbidden.title) } }, ['errors']) },
  oauth: { name: 'OAuthError', schema: closed({ error: text('invalid_request'), error_description: text(REQUEST_FAULTS['invalid-request'].title) }, ['error']) },
  ionq: { name: 'IonqError', schema: closed({ statusCode: { type: 'integer', example: 404 }, error: text('Not Found'), message: text(REQUEST_FAULTS['not-found'].title) }, ['statusCode', 'error', 'message']) },
  health: { name: 'HealthError', schema: closed({ status: text('error') }, ['status']) },
  text: { name: 'TextError', schema: { type: 'string', example: REQUEST_FAULTS.unauthenticated.title } },
};

/** The refusals that follow from what the route states, by status. */
export function refusalsOf(policy: RoutePolicy, dialect: DialectName, operation: Operation): Operation['responses'] {
  const takesBody = operation.requestBody !== undefined;
  const takesAnything = takesBody || (operation.parameters ?? []).length > 0;
  const kinds = [
    ...(takesAnything ? [REQUEST_FAULTS['malformed-request'], REQUEST_FAULTS['invalid-request']] : []),
    ...(policy.access.kind === 'requires' ? [REQUEST_FAULTS.unauthenticated, REQUEST_FAULTS.forbidden] : []),
    ...(/[:*]/.test(policy.url) ? [REQUEST_FAULTS['not-found']] : []),
    ...(policy.conditional === 'no' ? [] : [REQUEST_FAULTS['precondition-failed']]),
    ...(policy.conditional === 'required' ? [REQUEST_FAULTS['precondition-required']] : []),
    ...(takesBody ? [REQUEST_FAULTS['body-too-large']] : []),
    ...(takesBody && !policy.streamed ? [REQUEST_FAULTS['unsupported-media-type']] : []),
    ...(policy.bucket === 'health' ? [] : [REQUEST_FAULTS['too-many-requests']]),
    REQUEST_FAULTS['internal-error'],
    ...(policy.recording.kind !== 'unaudited' ? [REQUEST_FAULTS['audit-unavailable']] : [REQUEST_FAULTS.unavailable]),
  ];
  return Object.fromEntries(kinds.map(({ status, title }) => [String(status), { description: title, content: contentOf(dialect) }]));
}

function contentOf(dialect: DialectName): Record<string, { schema: { $ref: string } }> {
  return { [DIALECTS[dialect].contentType]: { schema: { $ref: `#/components/schemas/${DIALECT_SCHEMAS[dialect].name}` } } };
}

/**
 * Derived refusals and what the handler documents itself, which is more exact: it may put another sentence to a
 * status, and every refusal, derived or not, is still in the words of the dialect.
 */
export function mergeResponses(derived: Operation['responses'], own: Operation['responses'], dialect: DialectName): Operation['responses'] {
  const documented = Object.entries(own).map(([status, response]) => {
    const isBareRefusal = Number(status) >= 400 && response !== undefined && 'description' in response && response.content === undefined;
    return [status, isBareRefusal ? { ...response, content: contentOf(dialect) } : response] as const;
  });
  const merged: Operation['responses'] = { ...derived, ...Object.fromEntries(documented) };
  const limited = merged['429'];
  if (limited !== undefined && 'description' in limited) limited.headers = { ...limited.headers, ...structuredClone(LIMIT_REFERENCES) };
  return merged;
}

/** What a client learns by of the limits; named once, since nearly every operation has them. */
export const LIMIT_HEADERS: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>> = {
  'Retry-After': { description: 'Seconds; who waits so long is let in.', schema: { type: 'integer', minimum: 1, example: 17 } },
  'RateLimit-Policy': { description: 'The limits that the request was counted under: q hits in w seconds.', schema: text('"principal";q=600;w=60') },
  'RateLimit': { description: 'Of each what is left, and in how many seconds there is more.', schema: text('"principal";r=0;t=17') },
};
const LIMIT_REFERENCES = Object.fromEntries(Object.keys(LIMIT_HEADERS).map((name) => [name, { $ref: `#/components/headers/${name}` }]));
