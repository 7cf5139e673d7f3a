import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Controller, Get, Post } from '@nestjs/common';
import { AuditedWhen, Public, Requires, Unaudited } from '#platform/http/annotations.js';
import { type HttpApplication, openHttpApplication } from '../../test/harness/http-application.js';
import { CAN, DID, ThingsController } from '../../test/harness/things.controller.js';
import { REQUEST_PIPELINE, type Stage } from './request-pipeline.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const as = (id: string): Record<string, string> => ({ authorization: `Bearer good-${id}` });

async function ask(server: HttpApplication, path: string, init: RequestInit = {}) {
  const response = await fetch(`${server.url}${path}`, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text.startsWith('{') ? JSON.parse(text) : text) as Record<string, unknown> };
}

describe('the order of the request pipeline', () => {
  it('is written down once', () => {
    assert.deepEqual(
      REQUEST_PIPELINE.map(({ name, at }) => `${name} (${at})`),
      [
        'security-headers (arrival)',
        'gate (arrival)',
        'load (arrival)',
        'encryption (arrival)',
        'limit-headers (arrival)',
        'preflight (arrival)',
        'source-bucket (arrival)',
        'authenticate (arrival)',
        'principal-bucket (arrival)',
        'authorise (arrival)',
        'hold-body (arrival)',
        'read-body (parser)',
        'validate (pipe)',
        'handle (handler)',
        'render (sending)',
      ],
    );
  });

  it('is the order in which a request meets the stages', async () => {
    const met: string[] = [];
    const traced = REQUEST_PIPELINE.map((stage): Stage => {
      const traced = <A extends readonly unknown[], R>(run: (...parts: A) => R) => (...parts: A): R => (met.push(stage.name), run(...parts));
      if (stage.at === 'arrival') return { ...stage, run: traced(stage.run) };
      if (stage.at === 'parser') return { ...stage, run: traced(stage.run) };
      if (stage.at === 'sending') return { ...stage, run: traced(stage.run) };
      if (stage.at === 'handler') return stage;
      const Pipe = stage.run;
      return {
        ...stage,
        run: class extends Pipe {
          override transform(...parts: Parameters<InstanceType<typeof Pipe>['transform']>): Promise<unknown> {
            met.push(stage.name);
            return super.transform(...parts);
          }
        },
      };
    });
    const server = await openHttpApplication([ThingsController], {}, traced);
    try {
      server.app.get(ThingsController).onMake = () => met.push('handle');
      const { status } = await ask(server, '/things', { method: 'POST', headers: { ...JSON_TYPE, ...as('ann') }, body: '{"name":"x","count":1}' });
      assert.equal(status, 201);
      // The pipe is asked for each parameter.
      assert.deepEqual([...new Set(met)], REQUEST_PIPELINE.map(({ name }) => name));
    } finally {
      await server.close();
    }
  });
});

describe('the request pipeline', () => {
  let server: HttpApplication;
  before(async () => (server = await openHttpApplication([ThingsController])));
  after(() => server.close());

  it('lets a principal through to whom policy grants the permission', async () => {
    const { status, body, headers } = await ask(server, '/things?limit=7', { headers: as('ann') });
    assert.equal(status, 200);
    assert.deepEqual(body, { limit: 7, cursor: null, who: 'ann' });
    assert.match(headers.get('x-request-id')!, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(headers.get('audit-event-id'), null);
  });

  const refusals: readonly (readonly [string, string, RequestInit, number, string])[] = [
    ['a request without a credential', '/things', {}, 401, 'unauthenticated'],
    ['a credential that is not valid', '/things', { headers: { authorization: 'Bearer bad' } }, 401, 'unauthenticated'],
    ['a scheme that is not accepted', '/things', { headers: { authorization: 'Basic YTpi' } }, 401, 'unauthenticated'],
    ['a principal without the permission', '/things', { headers: as('stranger') }, 403, 'forbidden'],
    ['a token without the scope', '/things', { headers: as('scopeless') }, 403, 'insufficient-scope'],
    ['a one-time password outside its own account', '/things', { headers: as('new-password') }, 403, 'password-change-required'],
    ['a request while the lookup is down', '/things', { headers: { authorization: 'Bearer down' } }, 503, 'unavailable'],
    ['a request whose verifier breaks', '/things', { headers: { authorization: 'Bearer broken' } }, 500, 'internal-error'],
    ['a path that does not exist', '/nothing', {}, 404, 'not-found'],
    ['a method that the path does not take', '/things', { method: 'DELETE' }, 405, 'method-not-allowed'],
    ['TRACE-like methods everywhere', '/things/open', { method: 'PROPFIND' }, 405, 'method-not-allowed'],
    ['an id that is none', '/things/1', { headers: as('ann') }, 422, 'invalid-request'],
    ['a target that is not valid UTF-8', '/things/%zz', { headers: as('ann') }, 400, 'malformed-request'],
    ['a target with NUL', '/things/a%00b', { headers: as('ann') }, 400, 'malformed-request'],
    ['a parameter beyond its length', `/things/${'a'.repeat(300)}`, { headers: as('ann') }, 414, 'uri-too-long'],
    ['a name that stands twice in the query', '/things?limit=1&limit=2', { headers: as('ann') }, 422, 'invalid-request'],
    ['a name in the query that every object has', '/things?constructor=1', { headers: as('ann') }, 422, 'invalid-request'],
    ['__proto__ in the query', '/things?__proto__[x]=1', { headers: as('ann') }, 422, 'invalid-request'],
    ['an unknown name in the query', '/things?limt=1', { headers: as('ann') }, 422, 'invalid-request'],
    ['a limit that is no plain decimal', '/things?limit=1e1', { headers: as('ann') }, 422, 'invalid-request'],
    ['a limit of 0', '/things?limit=0', { headers: as('ann') }, 422, 'invalid-request'],
    ['a limit above the greatest', '/things?limit=101', { headers: as('ann') }, 422, 'invalid-request'],
    ['a handler that breaks', '/things/broken', {}, 500, 'internal-error'],
  ];
  for (const [name, path, init, status, code] of refusals) {
    it(`refuses ${name}: ${status}`, async () => {
      const answer = await ask(server, path, init);
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      assert.equal(answer.body['type'], `urn:quantonium:problem:${code}`);
      assert.equal(answer.body['status'], status);
      assert.equal(answer.body['instance'], path.split('?')[0]);
      assert.equal(answer.body['requestId'], answer.headers.get('x-request-id'));
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.equal(answer.headers.has('www-authenticate'), status === 401 || code === 'insufficient-scope');
      assert.equal(answer.headers.get('allow') !== null, status === 405);
      assert.doesNotMatch(JSON.stringify(answer.body), /secret|SELECT|\.js|find-my-way|Fastify|Cannot/);
    });
  }

  it('lets a one-time password change itself', async () => {
    const { status } = await ask(server, '/things/own-password', { method: 'PUT', headers: as('new-password') });
    assert.equal(status, 204);
  });

  it('answers HEAD by the GET of the path, under its policy', async () => {
    assert.equal((await ask(server, '/things', { method: 'HEAD', headers: as('ann') })).status, 200);
    assert.equal((await ask(server, '/things', { method: 'HEAD' })).status, 401);
  });

  it('names an error in the challenge only when a credential was presented', async () => {
    const without = await ask(server, '/things');
    const bad = await ask(server, '/things', { headers: { authorization: 'Bearer bad' } });
    assert.equal(without.headers.get('www-authenticate'), 'Bearer realm="quantonium"');
    assert.equal(bad.headers.get('www-authenticate'), 'Bearer realm="quantonium", error="invalid_token"');
    const scopeless = await ask(server, '/things', { headers: as('scopeless') });
    assert.equal(scopeless.headers.get('www-authenticate'), 'Bearer realm="quantonium", error="insufficient_scope", scope="read:data"');
  });

  it('looks at no credential where none is needed', async () => {
    const seen = server.verifier.seen.length;
    assert.equal((await ask(server, '/things/open', { headers: { authorization: 'Bearer stale' } })).status, 200);
    assert.equal(server.verifier.seen.length, seen);
  });

  it('tells the allowed methods with a 405', async () => {
    const { headers } = await ask(server, '/things', { method: 'DELETE' });
    assert.equal(headers.get('allow'), 'GET, HEAD, POST');
  });

  it('binds an idempotency key to route and bytes of the body', async () => {
    const body = '{ "name":"x",  "count":1}';
    const made = await ask(server, '/things', { method: 'POST', headers: { ...JSON_TYPE, ...as('ann'), 'idempotency-key': 'k-1' }, body });
    assert.equal(made.status, 201);
    assert.deepEqual(made.body, { name: 'x', key: 'k-1', route: 'POST /things', digest: createHash('sha256').update(body).digest('hex') });
    assert.equal(made.headers.get('audit-event-id'), 'event-1');
    const refused = await ask(server, '/things', { method: 'POST', headers: { ...JSON_TYPE, ...as('ann'), 'idempotency-key': 'k 1' }, body });
    assert.equal(refused.status, 422);
    assert.deepEqual((refused.body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer), ['header:Idempotency-Key']);
  });

  it('reads Prefer: wait, within the handler’s bound', async () => {
    const waits = async (prefer: string) => (await ask(server, '/things/waiting', { headers: { prefer } })).body['waitMillis'];
    assert.equal(await waits('wait=10'), 10_000);
    assert.equal(await waits('respond-async, wait=5'), 5_000);
    assert.equal(await waits('wait=3000'), 30_000);
    assert.equal(await waits('wait=-1'), 0);
    assert.equal(await waits('wait=soon'), 0);
  });

  it('streams a body of any type past the parser, and refuses it unread without a credential', async () => {
    const bytes = Buffer.alloc(2_000_000, 7);
    const put = await ask(server, '/things/blob', { method: 'PUT', headers: { ...as('ann'), 'content-type': 'text/weird' }, body: bytes });
    assert.deepEqual(put.body, { sizeBytes: bytes.length, digest: createHash('sha256').update(bytes).digest('hex') });
    const empty = await ask(server, '/things/blob', { method: 'PUT', headers: as('ann') });
    assert.equal(empty.body['sizeBytes'], 0);
    assert.equal((await ask(server, '/things/blob', { method: 'PUT', body: Buffer.alloc(10) })).status, 401);
  });
});

describe('what is recorded', () => {
  let server: HttpApplication;
  before(async () => (server = await openHttpApplication([ThingsController])));
  after(() => server.close());
  const make = (name: string) => ask(server, '/things', { method: 'POST', headers: { ...JSON_TYPE, ...as('ann') }, body: JSON.stringify({ name, count: 1 }) });

  it('is acknowledged with the id of its entry', async () => {
    const { status, headers } = await make('x');
    assert.equal(status, 201);
    assert.equal(headers.get('audit-event-id'), 'event-1');
  });

  it('is not acknowledged when the declared event did not commit', async () => {
    const { status, body, headers } = await make('forgetful');
    assert.equal(status, 500);
    assert.equal(body['type'], 'urn:quantonium:problem:internal-error');
    assert.equal(headers.get('location'), null, 'headers of the withdrawn answer are withdrawn too');
  });

  it('is acknowledged without a new entry when an earlier request did it', async () => {
    assert.equal((await make('replayed 201')).status, 201);
  });

  it('is acknowledged as the first one was when an earlier request did it', async () => {
    assert.equal((await make('replayed 202')).status, 202);
  });

  it('refuses, outside production, an entry that was declared not to be made', async () => {
    assert.equal((await ask(server, '/things/whispering', { headers: as('ann') })).status, 500);
    const production = await openHttpApplication([ThingsController], { production: true });
    try {
      assert.equal((await ask(production, '/things/whispering', { headers: as('ann') })).status, 200);
    } finally {
      await production.close();
    }
  });

  it('is one entry: a second of the same deed, or one of another, is refused outside production', async () => {
    assert.equal((await make('twice')).status, 500);
    assert.equal((await make('meddling')).status, 500);
    assert.equal((await make('thorough')).status, 201, 'what it declares beside it may stand too');
  });

  it('may stand or not where a read is recorded for some, and nothing else may', async () => {
    const across = (query: string) => ask(server, `/things/across${query}`, { headers: as('ann') });
    const [silent, told, other] = [await across(''), await across('?records=thing.list'), await across('?records=thing.make')];
    assert.deepEqual([silent.status, silent.headers.get('audit-event-id')], [200, null]);
    assert.deepEqual([told.status, told.headers.get('audit-event-id')], [200, 'event-7']);
    assert.equal(other.status, 500);
  });

  it('includes every denial, with who and what for', async () => {
    server.recorder.denials.length = 0;
    await ask(server, '/things');
    const { headers } = await ask(server, '/things', { headers: as('stranger') });
    await ask(server, '/things/refused-by-the-deed', { headers: as('ann') });
    assert.deepEqual(
      server.recorder.denials.map(({ route, code, status, principal, permission }) => [route, code, status, principal?.id ?? null, permission]),
      [
        ['GET /things', 'unauthenticated', 401, null, 'thing:read'],
        ['GET /things', 'forbidden', 403, 'stranger', 'thing:read'],
        ['GET /things/refused-by-the-deed', 'forbidden', 403, 'ann', 'thing:read'],
      ],
    );
    assert.equal(server.recorder.denials[1]!.requestId, headers.get('x-request-id'));
  });

  it('leaves a refusal alone that the handler recorded itself', async () => {
    server.recorder.denials.length = 0;
    const { status, headers } = await ask(server, '/things/failed-login', { method: 'POST' });
    assert.equal(status, 401);
    assert.equal(headers.get('audit-event-id'), 'refused-1');
    assert.deepEqual(server.recorder.denials, []);
  });

  it('refuses all the same when the denial cannot be recorded', async () => {
    server.recorder.failure = new Error('the ledger is down');
    assert.equal((await ask(server, '/things', { headers: as('stranger') })).status, 403);
    server.recorder.failure = null;
  });

  it('refuses within about a second when the recorder hangs', async () => {
    let open = (): void => {};
    server.recorder.gate = new Promise((resolve) => (open = resolve));
    const started = performance.now();
    assert.equal((await ask(server, '/things', { headers: as('stranger') })).status, 403);
    const tookMillis = performance.now() - started;
    open();
    server.recorder.gate = Promise.resolve();
    assert.ok(tookMillis >= 990 && tookMillis < 3000, `${tookMillis} ms`);
  });
});

describe('a server whose handlers are not all stated', () => {
  it('does not start, and says which', async () => {
    @Controller('bare')
    class BareController {
      @Get('a')
      a(): void {}
      @Get('b')
      @Requires(CAN['thing:read'])
      b(): void {}
      @Get('c')
      @Public(' ')
      @Unaudited('test')
      c(): void {}
      @Post('d')
      @Public('test')
      @AuditedWhen(DID['thing.list'], 'group', ' ')
      d(): void {}
    }
    await assert.rejects(openHttpApplication([BareController]), (error: Error) => {
      assert.match(error.message, /BareController\.a states neither @Requires nor @Public/);
      assert.match(error.message, /BareController\.a states neither @Audited, @AuditedWhen nor @Unaudited/);
      assert.match(error.message, /BareController\.b states neither @Audited, @AuditedWhen nor @Unaudited/);
      assert.match(error.message, /BareController\.c is public without a reason/);
      assert.match(error.message, /BareController\.d is audited-when without a reason/);
      assert.match(error.message, /BareController\.d is more than a read and not always recorded/);
      return true;
    });
  });

  it('cannot be written with both of a pair', () => {
    assert.throws(() => {
      class TornController {
        @Requires(CAN['thing:read'])
        @Public('test')
        torn(): void {}
      }
      return TornController;
    }, /states quantonium:access twice/);
  });

  it('refuses a route that a plugin registers around the handlers', async () => {
    const server = await openHttpApplication([ThingsController], {}, REQUEST_PIPELINE, (app) => {
      app.getHttpAdapter().getInstance().get('/back-door', () => 'open');
    }).catch((error: Error) => error);
    assert.ok(server instanceof Error);
    assert.match(server.message, /GET \/back-door is registered without a policy/);
  });
});
