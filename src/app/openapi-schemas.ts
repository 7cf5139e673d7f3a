import type { OpenAPIObject } from '@nestjs/swagger';

/** A schema object as plain data: the document is walked and changed as such. */
export type Schema = Record<string, unknown>;
type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
interface Placed {
  /** Where it stands, for people: `ThingDto.parts[]`, `GET /things/{id} 200`. */
  readonly at: string;
  readonly schema: Schema;
}

/** Every schema of the document, nested ones too: components, parameters, bodies and responses. References are not followed. */
export function eachSchema(document: OpenAPIObject): readonly Placed[] {
  return roots(document).flatMap(({ at, schema }) => within(at, schema));
}

/** The schemas that are not part of another one. */
function roots(document: OpenAPIObject): readonly Placed[] {
  const named = Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => ({ at: name, schema: schema as Schema }));
  const inline = operationsOf(document).flatMap(({ at, operation }) => [
    ...parametersOf(at, operation),
    ...contentOf(`${at} body`, operation.requestBody),
    ...Object.entries(operation.responses).flatMap(([status, response]) => [...contentOf(`${at} ${status}`, response), ...headersOf(`${at} ${status}`, response)]),
  ]);
  const headers = Object.entries(document.components?.headers ?? {}).map(([name, header]) => ({ at: `the header ${name}`, schema: ('schema' in header ? header.schema : {}) as Schema }));
  return [...named, ...headers, ...inline];
}

function parametersOf(at: string, operation: Operation): readonly Placed[] {
  return (operation.parameters ?? []).flatMap((parameter) => ('name' in parameter ? [{ at: `${at} ?${parameter.name}`, schema: (parameter.schema ?? {}) as Schema }] : []));
}

function contentOf(at: string, holder: unknown): readonly Placed[] {
  const content = isSchema(holder) && isSchema(holder['content']) ? Object.values(holder['content']) : [];
  return content.map((media) => ({ at, schema: isSchema(media) && isSchema(media['schema']) ? media['schema'] : {} }));
}

function headersOf(at: string, response: unknown): readonly Placed[] {
  const headers = isSchema(response) && isSchema(response['headers']) ? Object.entries(response['headers']) : [];
  return headers.flatMap(([name, header]) => (isSchema(header) && !('$ref' in header) ? [{ at: `${at} ${name}`, schema: isSchema(header['schema']) ? header['schema'] : {} }] : []));
}

function within(at: string, schema: Schema): readonly Placed[] {
  const members = membersOf(at, schema).flatMap((member) => within(member.at, member.schema));
  const inner = ['items', 'additionalProperties'].flatMap((key) => (isSchema(schema[key]) ? within(`${at}[]`, schema[key]) : []));
  const variants = ['oneOf', 'anyOf', 'allOf'].flatMap((key) => ((schema[key] ?? []) as Schema[]).flatMap((variant, index) => within(`${at}|${index}`, variant)));
  return [{ at, schema }, ...members, ...inner, ...variants];
}

function membersOf(at: string, schema: Schema): readonly Placed[] {
  return Object.entries((schema['properties'] ?? {}) as Record<string, Schema>).map(([name, member]) => ({ at: `${at}.${name}`, schema: member }));
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function operationsOf(document: OpenAPIObject): readonly { readonly at: string; readonly operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) =>
      isSchema(operation) && 'responses' in operation ? [{ at: `${method.toUpperCase()} ${path}`, operation: operation as unknown as Operation }] : [],
    ),
  );
}

/** Whatever a reader may have to write or will be shown, and that shows no value: properties, parameters, bodies, answers. */
export function withoutExample(document: OpenAPIObject): readonly string[] {
  const properties = eachSchema(document).flatMap(({ at, schema }) => membersOf(at, schema));
  const whole = roots(document).filter(({ at }) => at.includes(' '));
  return [...new Set([...properties, ...whole].filter(({ schema }) => !shows(schema)).map(({ at }) => at))];
}

/** Segments `{name}` of a path that no parameter describes: a reader could not fill them in. */
export function undescribedSegments(document: OpenAPIObject): readonly string[] {
  return operationsOf(document).flatMap(({ at, operation }) => {
    const described = new Set(parametersOf('', operation).map((parameter) => parameter.at.slice(' ?'.length)));
    return [...at.matchAll(/\{([^{}]+)\}/g)].filter(([, name]) => !described.has(name!)).map(([segment]) => `${at} ${segment}`);
  });
}

/**
 * A reference shows what it refers to; an object of named properties what those show; an array of what shows itself
 * does too.
 */
function shows(schema: Schema): boolean {
  if (['example', 'examples', 'default', 'const', '$ref'].some((key) => key in schema)) return true;
  if (isSchema(schema['items'])) return shows(schema['items']);
  const variants = ['oneOf', 'anyOf', 'allOf'].flatMap((key) => (schema[key] ?? []) as Schema[]);
  return variants.length > 0 ? variants.every(shows) : 'properties' in schema;
}

/** Schemas that a request or response names and that say nothing at all: a DTO whose properties lack `@ApiProperty`. */
export function emptySchemas(document: OpenAPIObject): readonly string[] {
  return Object.entries(document.components?.schemas ?? {}).flatMap(([name, schema]) =>
    isSchema(schema) && schema['type'] === 'object' && Object.keys((schema['properties'] ?? {}) as object).length === 0 && !('additionalProperties' in schema) ? [name] : [],
  );
}
