import type { OpenAPIObject } from '@nestjs/swagger';
import { CATALOGUE } from '../../src/app/catalogue.js';
import { dialectNameOf } from '../../src/app/openapi-refusals.js';
import { operationsOf } from '../../src/app/openapi-schemas.js';

/** As far as our own document goes: JSON Schema of OpenAPI 3.1. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly description?: string;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean; readonly description?: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

const PRIMITIVES: Readonly<Record<string, string>> = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** How a body is written down. */
function bodyKind(media: string): 'json' | 'form' | 'bytes' {
  if (/[/+]json$/.test(media)) return 'json';
  return media === 'application/x-www-form-urlencoded' ? 'form' : 'bytes';
}

/** Kinds of content as a program holds them; what is not JSON is a text or bytes. */
function contentType(content: Content | undefined): string {
  const types = Object.entries(content ?? {}).map(([media, { schema }]) => {
    if (bodyKind(media) !== 'bytes') return typeOf(schema ?? {});
    return /^(text\/|image\/svg\+xml$|application\/x-ndjson$)/.test(media) ? 'string' : 'Uint8Array';
  });
  return union(types, 'undefined');
}

function union(types: readonly string[], none: string): string {
  const distinct = [...new Set(types)];
  return distinct.length === 0 ? none : distinct.join(' | ');
}

function key(name: string): string {
  return IDENTIFIER.test(name) ? name : JSON.stringify(name);
}

function comment(text: string | undefined, indent: string): string {
  return text === undefined || text === '' ? '' : `${indent}/** ${text.replaceAll('*/', '* /').replaceAll(/\s*\n\s*/g, ' ')} */\n`;
}

function typeOf(schema: Schema, indent = ''): string {
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
  if (schema.enum !== undefined) return union(schema.enum.map((value) => JSON.stringify(value)), 'never');
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives !== undefined) return union(alternatives.map((one) => typeOf(one, indent)), 'unknown');
  if (schema.allOf !== undefined) return schema.allOf.map((one) => typeOf(one, indent)).join(' & ');
  const types = schema.type === undefined ? [] : [schema.type].flat();
  return union(types.map((type) => PRIMITIVES[type] ?? (type === 'array' ? `readonly ${grouped(typeOf(schema.items ?? {}, indent))}[]` : objectType(schema, indent))), 'unknown');
}

function grouped(type: string): string {
  return /[ |&]/.test(type) && !/^\{[^]*\}$/.test(type) ? `(${type})` : type;
}

function objectType({ properties, required = [], additionalProperties }: Schema, indent: string): string {
  if (properties === undefined) {
    const values = typeof additionalProperties === 'object' ? typeOf(additionalProperties, indent) : 'unknown';
    return `{ readonly [name: string]: ${values} }`;
  }
  const deeper = `${indent}  `;
  const members = Object.entries(properties).map(([name, schema]) => `${comment(schema.description, deeper)}${deeper}readonly ${key(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema, deeper)};\n`);
  return `{\n${members.join('')}${indent}}`;
}

/** `path`, `query` and `headers` of an operation, where it has such: absent when none of them must be given. */
function parametersType({ parameters = [] }: Operation): string {
  return Object.entries({ path: 'path', query: 'query', headers: 'header' }).map(([member, place]) => {
    const given = parameters.filter((parameter) => parameter.in === place);
    if (given.length === 0) return '';
    const properties = Object.fromEntries(given.map(({ name, description, schema }) => [name, { ...schema, ...(description === undefined ? {} : { description }) }]));
    const required = given.filter((parameter) => parameter.required === true || place === 'path').map(({ name }) => name);
    return `    readonly ${member}${required.length === 0 ? '?' : ''}: ${objectType({ properties, required }, '    ')};\n`;
  }).join('');
}

function operationType(operation: Operation): string {
  const { operationId, summary, requestBody, responses } = operation;
  const answers = Object.entries(responses).filter(([status]) => status.startsWith('2')).map(([, { content }]) => contentType(content));
  const body = requestBody === undefined ? '' : `    readonly body${requestBody.required === false ? '?' : ''}: ${contentType(requestBody.content)};\n`;
  return `${comment(summary, '  ')}  readonly '${operationId}': {\n${parametersType(operation)}${body}    readonly answer: ${union(answers, 'undefined')};\n  };\n`;
}

/** The dialects of others (Vault's, a registry's) have clients of their own. */
const SPOKEN: ReadonlySet<string> = new Set(['problem', 'oauth']);
const PROBLEM = 'Problem';

/** The schemas that a text of types names, and those that they name, by name. */
function reachable(text: string, schemas: Readonly<Record<string, Schema>>, found = new Map<string, string>()): ReadonlyMap<string, string> {
  for (const [name] of text.matchAll(/\b[A-Z]\w*\b/g)) {
    const schema = schemas[name];
    if (schema === undefined || found.has(name)) continue;
    const type = typeOf(schema);
    found.set(name, type);
    reachable(type, schemas, found);
  }
  return found;
}

const HEAD = '/* Generated from the OpenAPI document by `npm run golden`. */\n';

/** The types of the whole API and where each operation is: what the client in `clients/typescript` is made of. */
export function renderTypeScriptClient(document: OpenAPIObject): string {
  const operations = operationsOf(document).flatMap(({ at, operation }) => {
    const [method = '', path = ''] = at.split(' ');
    return SPOKEN.has(dialectNameOf(path)) ? [{ method, path, operation: operation as unknown as Operation }] : [];
  });
  const signatures = operations.map(({ operation }) => operationType(operation)).join('');
  const schemas = (document.components?.schemas ?? {}) as unknown as Readonly<Record<string, Schema>>;
  const types = [...reachable(`${signatures} ${PROBLEM}`, schemas)].map(([name, type]) => `${comment(schemas[name]?.description, '')}export type ${name} = ${type};\n`);
  const places = operations.map(({ method, path, operation }) => {
    const [media] = Object.keys(operation.requestBody?.content ?? {});
    return `  '${operation.operationId}': { method: '${method}', path: '${path}'${media === undefined ? '' : `, body: '${bodyKind(media)}'`} },\n`;
  });
  const codes = [...new Set(CATALOGUE.faults.map(({ code }) => code))].sort();
  return [
    HEAD,
    ...types,
    `/** By operation: what a call gives, and what it gets. */\nexport interface Operations {\n${signatures}}\n`,
    `/** Where each operation is. */\nexport const OPERATIONS = {\n${places.join('')}} as const satisfies Readonly<Record<keyof Operations, { readonly method: string; readonly path: string; readonly body?: 'json' | 'form' | 'bytes' }>>;\n`,
    `/** Every refusal and failure that the server can answer. */\nexport type ProblemCode =\n${codes.map((code) => `  | '${code}'`).join('\n')};\n`,
  ].join('\n');
}
