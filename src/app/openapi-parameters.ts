import type { OpenAPIObject } from '@nestjs/swagger';
import type { RoutePolicy } from '#platform/http/route-policy.js';
import type { Schema } from './openapi-schemas.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Parameter = Exclude<NonNullable<Operation['parameters']>[number], { $ref: string }>;

const ID: Schema = { type: 'string', format: 'uuid', examples: ['019a94de-4b70-7c00-8000-000000000001'] };

const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422).',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$', examples: ['3f2b7c1e-nightly-run-17'] } as never,
};

const IF_MATCH: Parameter = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description: 'The ETag that the resource was last seen with: changed since, it is not touched (412).',
  schema: { type: 'string', minLength: 1, maxLength: 255, examples: ['"3"'] } as never,
};

const VAULT_NAMESPACE: Parameter = {
  name: 'X-Vault-Namespace',
  in: 'header',
  required: false,
  description: 'The slug or id of the project whose keys are meant; `default` without it.',
  schema: { type: 'string', maxLength: 64, examples: ['red'] } as never,
};
/** Where keys are called as Vault's clients call them. */
const TRANSIT = '/v1/transit/';

/** What every route's parameters have in common. Ids are UUIDs; an `id` that is none says so with `@ApiParam`. */
export function describeParameters(operation: Operation, { url, idempotent, conditional }: RoutePolicy): void {
  // A handler of two paths describes the segments of both.
  const isThere = ({ name, in: place }: Parameter): boolean => place !== 'path' || url.includes('*') || `${url}/`.includes(`:${name}/`);
  const parameters = ((operation.parameters ?? []) as Parameter[]).filter(isThere);
  for (const parameter of parameters) {
    const { example, ...schema }: Schema = { type: 'string', ...(parameter.schema as Schema | undefined), ...('example' in parameter ? { example: parameter.example as unknown } : {}) };
    delete parameter.example;
    parameter.schema = (example === undefined ? schema : { ...schema, examples: [example] }) as never;
    if (parameter.in === 'path' && parameter.name === 'id' && !('examples' in schema) && example === undefined) parameter.schema = { ...ID } as never;
  }
  if (idempotent) parameters.push(structuredClone(IDEMPOTENCY_KEY));
  if (conditional !== 'no') parameters.push({ ...structuredClone(IF_MATCH), required: conditional === 'required' });
  if (url.startsWith(TRANSIT)) parameters.push(structuredClone(VAULT_NAMESPACE));
  if (operation.parameters !== undefined || parameters.length > 0) operation.parameters = parameters;
}
