import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { call, eventually, loginOwner } from '../harness/api.js';
import { seriesIn, typesIn } from '../harness/exposition.js';
import { installedHome } from '../harness/installed-home.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { BELL } from './programs.js';

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}
interface Export {
  readonly resourceSpans: readonly { readonly resource: { readonly attributes: Span['attributes'] }; readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
}

/** An OTLP collector as far as a sender can tell: takes `/v1/traces` as JSON and says that all of it arrived. */
class Collector {
  readonly exports: Export[] = [];
  private readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const isTraces = request.method === 'POST' && request.url === '/v1/traces' && request.headers['content-type'] === 'application/json';
      if (isTraces) this.exports.push(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Export);
      response.writeHead(isTraces ? 200 : 400, { 'content-type': 'application/json' }).end('{}');
    });
  });

  async open(): Promise<string> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get spans(): readonly Span[] {
    return this.exports.flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)));
  }

  async spanOf(traceId: string): Promise<Span> {
    for (const deadline = performance.now() + 15_000; performance.now() < deadline; ) {
      const span = this.spans.find((each) => each.traceId === traceId);
      if (span !== undefined) return span;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`no span of ${traceId} among ${this.spans.length}`);
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

const PARENT_SPAN = '00f067aa0ba902b7';
const traceparent = (traceId: string, flags = '01'): string => `00-${traceId}-${PARENT_SPAN}-${flags}`;
const attributesOf = (span: Span): Readonly<Record<string, unknown>> => Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

describe('what a server shows of itself', () => {
  const collector = new Collector();
  let home: TestHome;
  let server: RunningServer;
  let management: string;
  let token: string;
  before(async () => {
    home = await installedHome({ MANAGEMENT_PORT: '0', OTEL_EXPORTER_OTLP_ENDPOINT: await collector.open(), NODE_ENV: 'development' });
    server = await startServer(home);
    management = /metrics +(http:\S+)\/metrics/.exec(server.output())![1]!;
    token = await loginOwner(server);
  });
  after(async () => {
    await home.dispose();
    collector.close();
  });

  it('needs metrics:read on the API, and says so in text', async () => {
    const refused = await call(server, 'GET', '/metrics');
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get('content-type')!, /^text\/plain/);
    const shown = await call(server, 'GET', '/metrics', { token });
    assert.equal(shown.status, 200);
    assert.equal(shown.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    assert.ok(typesIn(shown.text).has('quantonium_http_requests_total'));
  });

  it('is shown without a credential on the management port, which has nothing else', async () => {
    const { status, text } = await call({ url: management }, 'GET', '/metrics');
    assert.equal(status, 200);
    assert.equal(seriesIn(text, 'quantonium_health_ready'), 1);
    assert.ok((seriesIn(text, 'quantonium_auth_logins_total{outcome="succeeded"}') ?? 0) >= 1);
    for (const probe of ['live', 'ready', 'startup']) assert.equal((await call({ url: management }, 'GET', `/health/${probe}`)).status, 200);
    assert.equal((await call({ url: management }, 'GET', '/v1/version', { token })).status, 404);
    assert.equal((await call({ url: management }, 'POST', '/v1/auth/login')).status, 405);
  });

  it('counts what is done: entries, jobs, refusals', async () => {
    const before = (await call({ url: management }, 'GET', '/metrics')).text;
    await call(server, 'POST', '/v1/simulations', { token, json: { program: { language: 'openqasm2', source: BELL }, shots: 10 }, headers: { prefer: 'wait=10' } });
    await call(server, 'GET', '/v1/users');
    const grown = ({ text }: { readonly text: string }): boolean =>
      ['quantonium_audit_entries_total{category="application"}', 'quantonium_simulation_jobs_ended_total{outcome="succeeded"}', 'quantonium_http_faults_total{code="unauthenticated"}', 'quantonium_audit_tree_size']
        .every((series) => (seriesIn(text, series) ?? 0) > (seriesIn(before, series) ?? 0));
    await eventually(() => call({ url: management }, 'GET', '/metrics'), grown);
  });

  it('exports a span of a known caller, with its route, its entry and nobody in it', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const made = await call(server, 'POST', '/v1/simulations?', { token, json: { program: { language: 'openqasm2', source: BELL }, shots: 10 }, headers: { traceparent: traceparent(traceId) } });
    const span = await collector.spanOf(traceId);
    assert.equal(span.name, 'POST /v1/simulations');
    assert.equal(span.parentSpanId, PARENT_SPAN);
    assert.notEqual(span.spanId, PARENT_SPAN);
    assert.equal(span.kind, 2, 'server');
    const attributes = attributesOf(span);
    assert.equal(attributes['http.route'], '/v1/simulations');
    assert.equal(Number(attributes['http.response.status_code']), made.status);
    assert.equal(attributes['audit.event_id'], made.headers.get('audit-event-id'));
    assert.equal(attributes['quantonium.request_id'], made.headers.get('x-request-id'));
    const millis = (BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1_000_000n;
    assert.ok(millis >= 0n && millis < 60_000n, String(millis));
    assert.ok(Math.abs(Number(BigInt(span.startTimeUnixNano) / 1_000_000n) - Date.now()) < 60_000);
    assert.doesNotMatch(JSON.stringify(collector.exports), /owner|127\.0\.0\.1|Bearer|\?/);
  });

  it('puts the trace into the entry of the deed', async () => {
    const traceId = '11f92f3577b34da6a3ce929d0e0e4711';
    const made = await call(server, 'POST', '/v1/simulations', { token, json: { program: { language: 'openqasm2', source: BELL }, shots: 10 }, headers: { traceparent: traceparent(traceId) } });
    const id = made.headers.get('audit-event-id')!;
    const entry = await eventually(() => call(server, 'GET', `/v1/audit/entries/${id}`, { token }), ({ status }) => status === 200);
    assert.match(entry.text, new RegExp(`"trace":\\s*\\{\\s*"uid":\\s*"${traceId}"`));
  });

  it('exports none of who asks not to be traced', async () => {
    const silent = '22f92f3577b34da6a3ce929d0e0e4722';
    const loud = '33f92f3577b34da6a3ce929d0e0e4733';
    await call(server, 'GET', '/v1/version', { token, headers: { traceparent: traceparent(silent, '00') } });
    await call(server, 'GET', '/v1/version', { token, headers: { traceparent: traceparent(loud) } });
    await collector.spanOf(loud);
    assert.equal(collector.spans.some(({ traceId }) => traceId === silent), false);
  });

  it('exports few of strangers, however many they send and whatever they ask for', async () => {
    const before = collector.spans.length;
    const started = performance.now();
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(Array.from({ length: 20 }, (_, at) => call(server, 'GET', '/v1/version', { headers: { traceparent: traceparent(`44f92f3577b34da6a3ce929d0e0e${String(1000 + round * 20 + at)}`) } })));
    }
    const seconds = Math.ceil((performance.now() - started) / 1000) + 1;
    const last = '55f92f3577b34da6a3ce929d0e0e4755';
    await call(server, 'GET', '/v1/version', { token, headers: { traceparent: traceparent(last) } });
    await collector.spanOf(last);
    const strangers = collector.spans.slice(before).filter(({ traceId }) => traceId.startsWith('44f9')).length;
    assert.ok(strangers > 0 && strangers <= 10 * seconds, `${strangers} in ${seconds} s`);
  });

  it('writes request and trace into every line of a request, which is JSON with a static message', async () => {
    const lines = server.output().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const { message } of lines) assert.equal(typeof message, 'string');
    for (const line of lines.filter(({ requestId }) => requestId !== undefined)) assert.match(String(line['traceId']), /^[0-9a-f]{32}$/);
  });

  it('says in a sentence that a port is taken, whichever it is', async () => {
    const port = new URL(management).port;
    const taken = new URL(server.url).port;
    const other = await installedHome();
    await assert.rejects(startServer(other, { MANAGEMENT_PORT: port }), new RegExp(`exited with 1 [\\s\\S]*does not start, at its stage «management port»: MANAGEMENT_PORT=${port} cannot be opened: another process listens there already\n`));
    await assert.rejects(startServer(other, { PORT: taken }), new RegExp(`exited with 1 [\\s\\S]*does not start, at its stage «listening»: PORT=${taken} cannot be opened: another process listens there already\n`));
    await other.dispose();
  });

  it('ends in order, with its spans sent and its port closed', async () => {
    const traceId = '66f92f3577b34da6a3ce929d0e0e4766';
    await call(server, 'GET', '/v1/version', { token, headers: { traceparent: traceparent(traceId) } });
    assert.equal(await server.stop(), 0, server.output());
    assert.ok(collector.spans.some((span) => span.traceId === traceId));
    await assert.rejects(fetch(`${management}/metrics`));
  });
});

describe('a process without the role api', () => {
  it('shows its metrics on the management port all the same', async () => {
    const home = await installedHome({ MANAGEMENT_PORT: '0' });
    try {
      const server = await startServer(home, { QUANTONIUM_ROLES: 'worker' });
      const management = /metrics +(http:\S+)\/metrics/.exec(server.output())![1]!;
      const { text } = await call({ url: management }, 'GET', '/metrics');
      assert.equal(seriesIn(text, 'quantonium_simulation_held_jobs'), 0);
      assert.equal((await call(server, 'GET', '/metrics')).status, 401);
      assert.equal(await server.stop(), 0, server.output());
    } finally {
      await home.dispose();
    }
  });
});
