import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { eventOf, eventsOf } from '#platform/http/annotations.js';
import { ruleOf } from '#platform/http/dialects.js';
import type { RoutePolicy, RouteTable } from '#platform/http/route-policy.js';
import { REGISTRY_OPERATIONS } from '../modules/registry/http/registry.openapi.js';
import { describeApproval } from './openapi-approvals.js';
import { describeParameters } from './openapi-parameters.js';
import { DIALECT_SCHEMAS, dialectNameOf, type DialectName, LIMIT_HEADERS, mergeResponses, refusalsOf } from './openapi-refusals.js';
import { eachSchema, operationsOf, type Schema } from './openapi-schemas.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'] as const;

const ABOUT = [
  'Self-hosted backend for quantum computing work: identity, keys, a container registry, circuit simulation and a tamper-evident ledger behind one policy and one log.',
  '',
  'Log in with `POST /v1/auth/login` and send `Authorization: Bearer <access_token>`. Every recorded answer names its ledger entry in `Audit-Event-Id`; every answer has an `X-Request-Id`.',
].join('\n');

/** The OpenAPI 3.1 document of the routes: what Nest knows of shapes, and what the annotations say of everything else. */
export function describeApi(app: NestFastifyApplication, routes: RouteTable, version: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Quantonium')
    .setDescription(ABOUT)
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'at+jwt', description: 'An access token of POST /v1/auth/login.' }, 'bearer')
    .addSecurity('apiKey', { type: 'http', scheme: 'apiKey', description: 'An API key of POST /v1/api-keys, as IonQ’s clients send it: `Authorization: apiKey <key>`.' })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller}.${method}`,
    autoTagControllers: false,
  });
  describeWildcards(document, routes);
  const used = new Set<DialectName>();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      const policy = routes.find(method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1')) ?? byHandler(routes, operation?.operationId);
      if (operation === undefined || policy === undefined) continue;
      complete(operation, policy, path, used);
      describeApproval(operation, policy, dialectNameOf(path), (document.components?.schemas ?? {}) as Record<string, Schema>);
    }
  }
  distinguish(document);
  const schemas = (document.components ??= {}).schemas as Record<string, Schema>;
  for (const name of [...used].sort()) schemas[DIALECT_SCHEMAS[name].name] = DIALECT_SCHEMAS[name].schema;
  document.components.headers = structuredClone(LIMIT_HEADERS) as never;
  for (const { schema } of eachSchema(document)) modernise(schema);
  return document;
}

/** Patterns with a wildcard are spelled otherwise by Nest's explorer: their handler is known by its name. */
function byHandler(routes: RouteTable, operationId: string | undefined): RoutePolicy | undefined {
  return routes.policies.find(({ handler }) => handler === operationId);
}

/**
 * One wildcard route serves several kinds of path; its door writes down what Nest cannot know. The operations of
 * handlers that this application does not have are left out.
 */
function describeWildcards(document: OpenAPIObject, routes: RouteTable): void {
  for (const { handler, path, operation } of REGISTRY_OPERATIONS) {
    const policy = byHandler(routes, handler);
    if (policy === undefined) continue;
    const item = (document.paths[path] ??= {});
    item[policy.method.toLowerCase() as (typeof METHODS)[number]] = { ...structuredClone(operation), operationId: handler };
  }
}

/** What the annotations state goes into the operation: they are enforced, so the document cannot say anything else. */
function complete(operation: Operation, policy: RoutePolicy, path: string, used: Set<DialectName>): void {
  const { access, recording } = policy;
  operation.operationId = operationIdOf(policy);
  operation.security = access.kind === 'requires' ? [{ [ruleOf(path).schemes.includes('apiKey') ? 'apiKey' : 'bearer']: [access.permission.scope] }] : [];
  const who = access.kind === 'requires' ? `Requires the permission \`${access.permission.name}\` and the scope \`${access.permission.scope}\`.` : `Public: ${access.reason}`;
  const record = { audited: 'Recorded', 'audited-when': 'For some callers recorded', unaudited: 'Not recorded' }[recording.kind];
  const event = eventOf(recording);
  const events = eventsOf(recording).map(({ code }) => `\`${code}\``).join(' or ');
  const recorded = [event === null ? record : `${record} as ${events}`, ...('reason' in recording ? [recording.reason] : [])].join(': ');
  operation.description = [operation.description, who, recorded].filter((part) => part !== undefined && part !== '').join('\n\n');
  if (access.kind === 'requires') Object.assign(operation, { 'x-permission': access.permission.name, 'x-scope': access.permission.scope });
  if (event !== null) Object.assign(operation, { 'x-audit-event': event.code });
  describeParameters(operation, policy);
  const dialect = dialectNameOf(path);
  used.add(dialect);
  operation.responses = mergeResponses(refusalsOf(policy, dialect, operation), operation.responses, dialect);
}

/** `SimulationsController.submit` as `simulations.submit`. */
export function operationIdOf({ handler }: Pick<RoutePolicy, 'handler'>): string {
  const [controller = '', method = ''] = handler.split('.');
  const noun = controller.replace(/Controller$/, '');
  return `${noun.charAt(0).toLowerCase()}${noun.slice(1)}.${method}`;
}

/**
 * A handler with several paths is several operations (OpenAPI §4.8.10 wants each named once): the longer ones are named
 * for their last segment, and where two end in the same one, for the segment before it.
 */
function distinguish(document: OpenAPIObject): void {
  const seen = new Set<string>();
  for (const { at, operation } of operationsOf(document)) {
    const { operationId = '' } = operation;
    const [before, last] = at.split('/').slice(-2).map((segment) => segment.replace(/[{}]/g, ''));
    const names = [operationId, `${operationId}.${last}`, `${operationId}.${before}`];
    operation.operationId = names.find((name) => !seen.has(name)) ?? operationId;
    seen.add(operation.operationId);
  }
}

/** OpenAPI 3.1 is JSON Schema 2020-12, which has no `nullable` and writes examples as a list; Nest writes 3.0's. */
function modernise(schema: Schema): void {
  if (schema['nullable'] === true && typeof schema['type'] === 'string') schema['type'] = [schema['type'], 'null'];
  delete schema['nullable'];
  if ('example' in schema) {
    schema['examples'] = [schema['example']];
    delete schema['example'];
  }
}
