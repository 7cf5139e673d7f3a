import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readFileSync } from 'node:fs';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { ApiProperty, type OpenAPIObject } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { Requires, Unaudited } from '#platform/http/annotations.js';
import { auditEvents } from '#pure/audit-event/audit-event.js';
import { permissions } from '#pure/capability/permission.js';
import { metricKinds } from '#pure/metric/metric.js';
import { RELEASE } from '#pure/release/release.js';
import { type HttpApplication, openHttpApplication } from '../../test/harness/http-application.js';
import { CAN, ThingsController } from '../../test/harness/things.controller.js';
import { RuntimeStanding } from '#modules/health/index.js';
import { VersionController } from '../modules/health/http/version.controller.js';
import { surfaceLine } from './annotation-check.js';
import { CATALOGUE, collect, DECLARATIONS, strangersIn } from './catalogue.js';
import { ApiDocument, DocsAssets, DocsController } from './docs.controller.js';
import { describeApi } from './openapi.js';
import { emptySchemas, operationsOf, withoutExample } from './openapi-schemas.js';

class SilentDto {
  @ApiProperty() @IsString() name!: string;
  @IsString() unseen!: string;
}
class BareDto {
  @IsString() unseen!: string;
}

@Controller('silent')
class SilentController {
  @Post()
  @Requires(CAN['thing:read'])
  @Unaudited('test')
  a(@Body() body: SilentDto): object {
    return body;
  }
  @Post('bare')
  @Requires(CAN['thing:read'])
  @Unaudited('test')
  b(@Body() body: BareDto): object {
    return body;
  }
}

@Module({ providers: [ApiDocument, DocsAssets, RuntimeStanding], exports: [ApiDocument, DocsAssets, RuntimeStanding] })
class DocsParts {}

describe('the catalogue', () => {
  it('brings the tables of all modules together', () => {
    assert.deepEqual(DECLARATIONS.map(({ module }) => module), ['request', 'config', 'database', 'crypto', 'audit', 'rbac', 'auth', 'registry', 'simulation', 'health']);
    for (const list of [CATALOGUE.permissions, CATALOGUE.faults, CATALOGUE.events, CATALOGUE.metrics]) assert.ok(list.length > 5);
  });

  it('refuses a name that stands twice, and says where', () => {
    const own = { module: 'other', faults: { 'not-found': { code: 'not-found', status: 404, title: 'x' } } };
    assert.throws(() => collect([...DECLARATIONS, own]), /the fault not-found is declared by request and by other/);
    assert.throws(() => collect([{ module: 'a', permissions: CAN }, { module: 'b', permissions: CAN }]), /permission thing:read is declared by a and by b/);
    const twice = metricKinds({ things_total: { type: 'counter', help: 'Things.' } });
    assert.throws(() => collect([{ module: 'a', metrics: twice }, { module: 'b', metrics: twice }]), /metric things_total is declared by a and by b/);
  });

  it('gives every fault a status that an error has, a kebab-case code, and a sentence', () => {
    for (const { code, status, title } of CATALOGUE.faults) {
      assert.match(code, /^[a-z0-9]+(-[a-z0-9]+)*$/);
      assert.ok(status >= 400 && status <= 599, code);
      assert.match(title, /^[A-Z].*\.$/, code);
    }
  });

  it('has the permissions that DESIGN fixes for this surface', () => {
    const names = new Set(CATALOGUE.permissions.map(({ name }) => name as string));
    for (const name of ['simulation:run', 'simulation:read', 'simulation:cancel', 'registry:pull', 'registry:push', 'users:create', 'account:update', 'version:read', 'projects:create', 'role-bindings:create', 'audit:read']) {
      assert.ok(names.has(name), name);
    }
  });

  it('finds a route that requires or records what no module declares', () => {
    const strange = permissions({ 'strange:do': { scope: 'read:data', description: 'x' } });
    const unheard = auditEvents({ 'strange.done': { classUid: 6003, activityId: 1, description: 'x' } });
    const policy = { route: 'POST /x', method: 'POST', url: '/x', handler: 'X.x', streamed: false, unparsed: null, bodyLimitBytes: 1, bucket: null, needsApproval: null, authenticates: false, whileSealed: false, repeatable: [], idempotent: false, conditional: 'no' } as const;
    const found = strangersIn([{ ...policy, access: { kind: 'requires', permission: strange['strange:do'] }, recording: { kind: 'audited', event: unheard['strange.done'], mode: 'transaction', beside: [], instead: [] } }], CATALOGUE);
    assert.deepEqual(found, ['POST /x requires strange:do, which no module declares', 'POST /x records strange.done, which no module declares']);
  });
});

describe('the documentation', () => {
  let server: HttpApplication;
  let document: OpenAPIObject;
  before(async () => {
    server = await openHttpApplication([ThingsController, VersionController, DocsController], {}, undefined, (app, routes) => {
      document = describeApi(app, routes, RELEASE.version);
      app.get(ApiDocument, { strict: false }).publish(() => document);
    }, [DocsParts]);
  });
  after(() => server.close());

  it('is of the version that package.json has', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    assert.equal(RELEASE.version, version);
  });

  it('is OpenAPI 3.1 and names nothing of this installation', async () => {
    const { headers, status, body } = await fetch(`${server.url}/openapi.json`).then(async (response) => ({ status: response.status, headers: response.headers, body: await response.text() }));
    assert.equal(status, 200);
    assert.equal(headers.get('content-type'), 'application/json');
    assert.deepEqual(JSON.parse(body), JSON.parse(JSON.stringify(document)));
    assert.equal(document.openapi, '3.1.0');
    assert.doesNotMatch(body, /localhost|127\.0\.0\.1/);
    assert.doesNotMatch(body, /"nullable"|"example":/, '3.0 words');
  });

  it('says of every operation who may, what is recorded and how it refuses, as the annotations say it', () => {
    const operations = new Map(operationsOf(document).map(({ at, operation }) => [at, operation as unknown as Record<string, unknown>]));
    const made = operations.get('POST /things')!;
    assert.equal(made['operationId'], 'things.make');
    assert.deepEqual(made['security'], [{ bearer: ['write:data'] }]);
    assert.equal(made['x-permission'], 'thing:make');
    assert.equal(made['x-audit-event'], 'thing.make');
    assert.deepEqual(Object.keys(made['responses'] as object).sort(), ['201', '400', '401', '403', '413', '415', '422', '429', '500', '503']);
    assert.deepEqual(operations.get('GET /things/open')!['security'], []);
    assert.ok('404' in (operations.get('GET /things/{id}')!['responses'] as object));
    for (const [at, operation] of operations) assert.match(String(operation['description']), /(Requires the permission|Public:)/, at);
    const ids = [...operations.values()].map(({ operationId }) => operationId);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('describes every operation that is served, and nothing else', () => {
    const described = new Set(operationsOf(document).map(({ at }) => at.replaceAll(/\{(\w+)\}/g, ':$1')));
    const served = server.routes.policies.map(({ route }) => route).filter((route) => !/docs|openapi/.test(route));
    assert.deepEqual([...described].sort(), [...served].sort());
  });

  it('shows an example of every property', () => {
    assert.deepEqual(withoutExample(document), []);
    assert.deepEqual(emptySchemas(document), []);
  });

  it('is found wanting where a property shows none or says nothing', async () => {
    let found: readonly string[] = [];
    const silent = await openHttpApplication([SilentController], {}, undefined, (app, routes) => {
      const wanting = describeApi(app, routes, '1');
      found = [...withoutExample(wanting), ...emptySchemas(wanting)];
    });
    await silent.close();
    assert.deepEqual(found, ['SilentDto.name', 'BareDto']);
  });

  it('is browsable from this server alone, without a script in the page', async () => {
    const page = await fetch(`${server.url}/docs`);
    const html = await page.text();
    assert.equal(page.status, 200);
    assert.doesNotMatch(html, /<script(?! src="\/docs\/)|https?:\/\/|\son\w+=/);
    const policy = page.headers.get('content-security-policy')!;
    assert.match(policy, /default-src 'none'; script-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|https?:/);
    for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const asset = await fetch(`${server.url}${path}`);
      assert.equal(asset.status, 200, path);
      assert.equal(asset.headers.get('content-security-policy'), policy);
      assert.ok((await asset.arrayBuffer()).byteLength > 20);
    }
    for (const name of ['package.json', 'index.html', '..%2Fpackage.json', '%2e%2e%2fpackage.json', 'swagger-ui.css%2f..']) assert.equal((await fetch(`${server.url}/docs/${name}`)).status, 404, name);
  });
});

describe('the golden lines of the surface', () => {
  it('give what each route demands, records and takes', async () => {
    const server = await openHttpApplication([ThingsController]);
    await server.close();
    const lines = server.routes.policies.map(surfaceLine);
    assert.ok(lines.includes('POST /things · requires thing:make (write:data) · audited thing.make (transaction) · body 262144 · idempotency key'), lines.join('\n'));
    assert.ok(lines.includes('GET /things/own-bucket · public · unaudited · body 16384 · bucket jwks'));
    assert.ok(lines.includes('PUT /things/blob · requires thing:make (write:data) · audited thing.make (stream) · streamed'));
    assert.ok(lines.includes('GET /things/across · requires thing:read (read:data) · for some audited thing.list (group) · body 262144'));
    assert.ok(lines.includes('POST /things/by-two · requires thing:make (write:data) · audited thing.make (transaction) · body 262144 · needs approval'));
    assert.ok(lines.includes('POST /things/by-two-at-times · requires thing:make (write:data) · audited thing.make (transaction) · body 262144 · needs approval for large ones'));
  });
});
