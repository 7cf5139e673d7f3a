import type { OpenAPIObject } from '@nestjs/swagger';

/** A schema object as plain data: the document is walked and changed as such. */
export type Schema = Record<string, unknown>;

/** Every schema of the components, nested ones too, with a name that tells where it stands. References are not followed. */
export function eachSchema(document: OpenAPIObject): readonly { readonly at: string; readonly schema: Schema }[] {
  const named = Object.entries(document.components?.schemas ?? {}).flatMap(([name, schema]) => within(name, schema as Schema));
  const parameters = operationsOf(document).flatMap(({ at, operation }) =>
    (operation.parameters ?? []).flatMap((parameter) => ('schema' in parameter && parameter.schema !== undefined ? within(`${at} ?${parameter.name}`, parameter.schema as Schema) : [])),
  );
  return [...named, ...parameters];
}

function within(at: string, schema: Schema): readonly { readonly at: string; readonly schema: Schema }[] {
  const members = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>).flatMap(([name, member]) => within(`${at}.${name}`, member));
  const inner = ['items', 'additionalProperties'].flatMap((key) => (isSchema(schema[key]) ? within(`${at}[]`, schema[key]) : []));
  const variants = ['oneOf', 'anyOf', 'allOf'].flatMap((key) => ((schema[key] ?? []) as Schema[]).flatMap((variant, index) => within(`${at}|${index}`, variant)));
  return [{ at, schema }, ...members, ...inner, ...variants];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

export function operationsOf(document: OpenAPIObject): readonly { readonly at: string; readonly operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) =>
      isSchema(operation) && 'responses' in operation ? [{ at: `${method.toUpperCase()} ${path}`, operation: operation as unknown as Operation }] : [],
    ),
  );
}

/**
 * Properties that show no value. A property that refers to another schema shows that one's; an object of named
 * properties shows theirs; an array of what shows itself does too.
 */
export function withoutExample(document: OpenAPIObject): readonly string[] {
  const properties = Object.entries(document.components?.schemas ?? {}).flatMap(([name, schema]) =>
    within(name, schema as Schema).flatMap(({ at, schema: owner }) =>
      Object.entries((owner['properties'] ?? {}) as Record<string, Schema>).map(([member, value]) => ({ at: `${at}.${member}`, value })),
    ),
  );
  return properties.filter(({ value }) => !shows(value)).map(({ at }) => at);
}

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
