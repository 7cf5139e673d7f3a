import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Controller, Get, Logger, type LoggerService } from '@nestjs/common';
import { Public, Unaudited, WhileSealed } from '#platform/http/annotations.js';
import { Fault, type FaultKind } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type HttpApplication, openHttpApplication } from '../../test/harness/http-application.js';
import { ThingsController } from '../../test/harness/things.controller.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const as = (id: string): Record<string, string> => ({ authorization: `Bearer good-${id}` });

async function ask(server: HttpApplication, path: string, init: RequestInit = {}) {
  const response = await fetch(`${server.url}${path}`, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as Record<string, unknown> };
}

const SEALED: FaultKind = { code: 'sealed', status: 503, title: 'The server is sealed.' };

@Controller('probe')
class ProbeController {
  /** What a test wants to happen while a request is on its way, and the request to miss then. */
  onItsWay: () => never = () => assert.fail('nobody said what');

  @Get('on-its-way')
  @Public('test')
  @Unaudited('test')
  missing(): never {
    return this.onItsWay();
  }

  @Get('needs-no-key')
  @Public('test')
  @Unaudited('test')
  @WhileSealed()
  missingWhileSealed(): never {
    return this.onItsWay();
  }

  @Get()
  @Public('test')
  @Unaudited('test')
  @WhileSealed()
  probe(): object {
    return { alive: true };
  }
}

describe('the gate', () => {
  let server: HttpApplication;
  before(async () => {
    server = await openHttpApplication([ThingsController, ProbeController], { rateLimits: { anonymousPerMinute: 2, principalPerMinute: 1, registryPerMinute: 1 }, corsOrigins: ['https://ui.example'] });
    server.gate.closedBy = REQUEST_FAULTS.unavailable;
  });
  after(() => server.close());

  it('refuses every route and every path, known or not, before it counts, looks at a credential or reads a body', async () => {
    const huge = 'x'.repeat(100_000);
    const asked: readonly [string, RequestInit][] = [['/things', { headers: as('ann') }], ['/things', {}], ['/no/such/path', {}], ['/v1/transit/keys/a', {}], ['/things', { method: 'POST', headers: JSON_TYPE, body: huge }]];
    for (const [path, init] of asked) assert.equal((await ask(server, path, init)).status, 503, path);
    assert.deepEqual((await ask(server, '/v1/transit/keys/a')).body['errors'], ['The service cannot do this right now.']);
    assert.deepEqual(server.recorder.denials, []);
  });

  it('refuses preflights, and what is refused by its form or cannot be routed, in the same words', async () => {
    const preflight = { method: 'OPTIONS', headers: { origin: 'https://ui.example', 'access-control-request-method': 'GET' } };
    const asked: readonly [string, RequestInit][] = [['/things', preflight], ['/no/such/path', preflight], ['/v1/%00', {}], ['/things/%zz', {}], [`/things/${'a'.repeat(300)}`, {}], ['/things?limit=1&limit=2', {}]];
    for (const [path, init] of asked) {
      const { status, headers } = await ask(server, path, init);
      assert.equal(status, 503, path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.ok(headers.has('x-request-id'));
    }
    assert.deepEqual(server.recorder.denials, []);
  });

  it('lets those pass that say that they need no key', async () => {
    assert.deepEqual((await ask(server, '/probe')).body, { alive: true });
  });

  it('lets all pass once it is open', async () => {
    server.gate.closedBy = null;
    assert.equal((await ask(server, '/things', { headers: as('ann') })).status, 200);
  });

  const cases = [
    ['refuses in its own words, and says nothing about, a request that misses something because it closed', SEALED, '/probe/on-its-way', REQUEST_FAULTS.unavailable, 'sealed', 0],
    ['is no excuse for a request that fails for another reason', SEALED, '/probe/on-its-way', REQUEST_FAULTS['internal-error'], 'internal-error', 1],
    ['is no excuse for one that needs no key', SEALED, '/probe/needs-no-key', REQUEST_FAULTS.unavailable, 'unavailable', 1],
    ['is no excuse while it is open', null, '/probe/on-its-way', REQUEST_FAULTS.unavailable, 'unavailable', 1],
  ] as const;
  for (const [title, closedBy, path, missed, code, complaints] of cases) {
    it(title, async () => {
      server.gate.closedBy = null;
      server.clock.millis += 60_000;
      server.app.get(ProbeController).onItsWay = () => {
        server.gate.closedBy = closedBy;
        throw new Fault(missed, { cause: new Error('no key') });
      };
      const said: unknown[] = [];
      const note = (...parts: unknown[]): void => void said.push(parts);
      Logger.overrideLogger({ log: note, warn: note, error: note, debug: note, fatal: note, verbose: note } satisfies LoggerService);
      try {
        const { status, body } = await ask(server, path);
        assert.deepEqual([status, body['type']], [missed.status, `urn:quantonium:problem:${code}`]);
        assert.equal(said.length, complaints, JSON.stringify(said));
      } finally {
        Logger.overrideLogger(false);
      }
    });
  }
});
