import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { OpenAPIObject } from '@nestjs/swagger';
import { operationIdOf } from '../../src/app/openapi.js';
import { emptySchemas, operationsOf, undescribedSegments, withoutExample } from '../../src/app/openapi-schemas.js';
import { goldenRoutes } from './golden-routes.js';
import { CREATIONS } from '../harness/creations.js';

const TEXT = readFileSync('test/golden/openapi.json', 'utf8');
const DOCUMENT = JSON.parse(TEXT) as OpenAPIObject;
const OPERATIONS = operationsOf(DOCUMENT).map(({ at, operation }) => ({ at, operation: operation as unknown as Described }));

interface Described {
  readonly operationId: string;
  readonly 'x-scope'?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, { readonly headers?: object; readonly content?: Readonly<Record<string, { readonly schema?: { readonly $ref?: string } }>> }>>;
}

/** The document itself, and pages for people: HTML of which no client makes anything. */
const UNDOCUMENTED = /^(?:Docs|\w*Pages?Controller)/;

describe('the document of the real server', () => {
  it('has no words of OpenAPI 3.0', () => {
    assert.deepEqual(TEXT.match(/"(?:example|nullable)":/g), null);
  });

  it('shows an example of every property, parameter, body, answer and header', () => {
    assert.deepEqual(withoutExample(DOCUMENT), []);
    assert.deepEqual(emptySchemas(DOCUMENT), []);
    assert.deepEqual(undescribedSegments(DOCUMENT), []);
  });

  it('is found wanting where one is taken out', () => {
    const broken = structuredClone(DOCUMENT) as unknown as { paths: Record<string, Record<string, { parameters: { name: string; schema: { examples?: unknown } }[]; responses: Record<string, { content: Record<string, { schema: { examples?: unknown } }> }> }>> };
    const receipt = broken.paths['/v1/simulations/{id}/receipt']!['get']!;
    delete receipt.parameters[0]!.schema.examples;
    delete receipt.responses['200']!.content['text/plain']!.schema.examples;
    assert.deepEqual(withoutExample(broken as unknown as OpenAPIObject), ['GET /v1/simulations/{id}/receipt ?id', 'GET /v1/simulations/{id}/receipt 200']);
    receipt.parameters.length = 0;
    assert.deepEqual(undescribedSegments(broken as unknown as OpenAPIObject), ['GET /v1/simulations/{id}/receipt {id}']);
  });

  it('describes every route that is served, with its scope, and nothing else', () => {
    const served = goldenRoutes().filter(({ handler }) => !UNDOCUMENTED.test(handler));
    assert.equal(new Set(OPERATIONS.map(({ operation }) => operation.operationId)).size, OPERATIONS.length);
    // The third part of a name tells the longer path of a handler from the shorter.
    const described = new Map(OPERATIONS.map(({ operation }) => [operation.operationId.split('.', 2).join('.'), operation['x-scope'] ?? null]));
    assert.deepEqual(Object.fromEntries([...described].sort()), Object.fromEntries(served.map((route) => [operationIdOf(route), route.scope] as const).sort()));
  });

  it('tells with every 429 how long to wait and what is left, and the project of every Transit route', () => {
    const names = ['Retry-After', 'RateLimit-Policy', 'RateLimit'];
    assert.deepEqual(Object.keys(DOCUMENT.components!.headers!), names);
    const limited = OPERATIONS.filter(({ operation }) => operation.responses['429'] !== undefined);
    assert.ok(limited.length > OPERATIONS.length * 0.9);
    for (const { at, operation } of limited) assert.deepEqual(Object.keys(operation.responses['429']!.headers ?? {}), names, at);
    const transit = OPERATIONS.filter(({ at }) => at.includes(' /v1/transit/'));
    assert.ok(transit.length > 20);
    for (const { at, operation } of transit) assert.ok(operation.parameters?.some(({ name }) => name === 'X-Vault-Namespace'), at);
  });

  it('says of every refusal in which words it comes', () => {
    const wordless = OPERATIONS.flatMap(({ at, operation }) =>
      Object.entries(operation.responses).flatMap(([status, { content }]) => {
        const schemas = Object.values(content ?? {}).map(({ schema }) => schema?.$ref ?? '');
        return Number(status) < 400 || (schemas.length > 0 && (at.includes('/health/') || schemas.every((name) => name.startsWith('#/components/schemas/')))) ? [] : [`${at} ${status}`];
      }),
    );
    assert.deepEqual(wordless, []);
  });

  it('tells of the Idempotency-Key on every POST that makes something', () => {
    const takes = OPERATIONS.filter(({ operation }) => operation.parameters?.some(({ name, in: place }) => name === 'Idempotency-Key' && place === 'header')).map(({ at }) => at);
    assert.deepEqual(takes.sort(), CREATIONS.map(({ route }) => `POST ${route}`).sort());
  });
});
