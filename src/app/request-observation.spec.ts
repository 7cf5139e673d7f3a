import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Controller, Get, Logger } from '@nestjs/common';
import { Public, Requires, Unaudited } from '#platform/http/annotations.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { activeTrace, type Trace } from '#platform/system/request-context.js';
import { outboundTraceHeaders } from '#platform/tracing/tracing.js';
import { type HttpApplication, openHttpApplication } from '../../test/harness/http-application.js';
import { CAN, ThingsController } from '../../test/harness/things.controller.js';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

@Controller('traced')
class TracedController {
  static release: () => void = () => {};

  private show(): object {
    const { traceId, spanId, sampled, parent } = activeTrace() as Trace;
    return { traceId, spanId, sampled, parent, outbound: outboundTraceHeaders() };
  }

  @Get()
  @Public('test')
  @Unaudited('test')
  openly(): object {
    return this.show();
  }

  @Get('known')
  @Requires(CAN['thing:read'])
  @Unaudited('test')
  known(): object {
    return this.show();
  }

  @Get('held')
  @Public('test')
  @Unaudited('test')
  async held(): Promise<object> {
    await new Promise<void>((resolve) => (TracedController.release = resolve));
    return {};
  }
}

interface Shown {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  readonly parent: { readonly spanId: string } | null;
  readonly outbound: Readonly<Record<string, string>>;
}

describe('what is observed of a request', () => {
  let server: HttpApplication;
  before(async () => {
    Logger.overrideLogger(false);
    server = await openHttpApplication([ThingsController, TracedController]);
  });
  after(async () => {
    TracedController.release();
    await server.close();
  });

  const lines = async (): Promise<readonly string[]> => (await server.app.get(Metrics, { strict: false }).text()).split('\n');
  const value = async (series: string): Promise<number> => Number((await lines()).find((line) => line.startsWith(`quantonium_${series} `))?.split(' ').at(-1) ?? 0);
  /** An exchange ends a moment after its client has the answer. */
  const becomes = async (series: string, wanted: number): Promise<void> => {
    for (const deadline = performance.now() + 5_000; (await value(series)) !== wanted && performance.now() < deadline; ) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(await value(series), wanted, series);
  };
  const ask = async (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> => {
    const response = await fetch(`${server.url}${path}`, { headers });
    return response;
  };
  const shown = async (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Shown> => (await (await ask(path, headers)).json()) as Shown;

  it('is counted under the pattern of its route, never under its path', async () => {
    await ask('/things/0190a1b2-c3d4-7e5f-8a6b-112233445566', { authorization: 'Bearer good-ann' });
    await ask('/nowhere/alice@example.org?token=x');
    await ask('/%zz');
    await becomes('http_requests_total{method="GET",route="unmatched",status="4xx"}', 2);
    assert.equal(await value('http_requests_total{method="GET",route="/things/:id",status="2xx"}'), 1);
    assert.equal(await value('http_request_duration_seconds_count{route="/things/:id"}'), 1);
    assert.doesNotMatch((await lines()).join('\n'), /alice|nowhere|0190a1b2|zz/);
  });

  it('is counted by the code of its fault, and by the bucket that was full', async () => {
    const before = await value('http_faults_total{code="unauthenticated"}');
    await ask('/things');
    await becomes('http_faults_total{code="unauthenticated"}', before + 1);
    const narrow = await openHttpApplication([ThingsController], { rateLimits: { anonymousPerMinute: 1, principalPerMinute: 1, registryPerMinute: 1 } });
    for (let time = 0; time < 2; time += 1) await fetch(`${narrow.url}/nowhere`);
    const text = await narrow.app.get(Metrics, { strict: false }).text();
    assert.match(text, /http_rate_limited_total\{bucket="source"\} 1\n/);
    await narrow.close();
  });

  it('is in flight until its client has the answer or is gone', async () => {
    const before = await value('http_requests_in_flight');
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET /traced/held HTTP/1.1\r\nHost: x\r\n\r\n');
    await becomes('http_requests_in_flight', before + 1);
    socket.destroy();
    await once(socket, 'close');
    await becomes('http_requests_in_flight', before);
    assert.equal(await value('http_requests_total{method="GET",route="/traced/held",status="aborted"}'), 1);
    TracedController.release();
  });

  it('has a trace of its own, which is its id without dashes', async () => {
    const response = await ask('/traced');
    const { traceId, spanId, parent } = (await response.json()) as Shown;
    assert.equal(traceId, response.headers.get('x-request-id')!.replaceAll('-', ''));
    assert.match(spanId, /^(?!0{16})[0-9a-f]{16}$/);
    assert.equal(parent, null);
  });

  it('continues the trace of its caller, and hands it on', async () => {
    const { traceId, spanId, parent, outbound } = await shown('/traced', { traceparent: PARENT, tracestate: 'congo=t61' });
    assert.equal(traceId, '4bf92f3577b34da6a3ce929d0e0e4736');
    assert.notEqual(spanId, '00f067aa0ba902b7');
    assert.equal(parent!.spanId, '00f067aa0ba902b7');
    assert.deepEqual(outbound, { traceparent: `00-${traceId}-${spanId}-00`, tracestate: 'congo=t61' });
  });

  it('of a known caller honours the sampled flag, and of a stranger does not', async () => {
    assert.equal((await shown('/traced/known', { traceparent: PARENT, authorization: 'Bearer good-ann' })).sampled, true);
    assert.equal((await shown('/traced/known', { traceparent: PARENT.replace(/01$/, '00'), authorization: 'Bearer good-ann' })).sampled, false);
    assert.equal((await shown('/traced', { traceparent: PARENT })).sampled, false);
  });

  for (const [what, traceparent] of Object.entries({ malformed: 'x', 'of zeros': '00-00000000000000000000000000000000-00f067aa0ba902b7-01', capital: PARENT.toUpperCase() })) {
    it(`ignores a parent that is ${what}`, async () => {
      const { parent, outbound } = await shown('/traced', { traceparent, tracestate: 'a=1' });
      assert.equal(parent, null);
      assert.equal(outbound['tracestate'], undefined);
    });
  }
});
