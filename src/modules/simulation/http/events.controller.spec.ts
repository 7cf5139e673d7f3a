import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { call, loginOwner } from '../../../../test/harness/api.js';
import { BELL, longRun, until } from '../../../../test/harness/simulation.js';
import { withServer } from '../../../../test/harness/with-server.js';
import { STREAMS_PER_PRINCIPAL_MAX } from '../job-events.js';

interface Simulation {
  id: string;
  status: string;
  progress: number;
  result?: object;
}

interface Stream {
  readonly response: Response;
  /** Next event; null at the end of the stream. */
  next(): Promise<{ id: string; data: Simulation } | null>;
  leave(): void;
}

describe('simulations that are followed, and their state vectors', () => {
  let token: string;
  const server = withServer(async () => {
    token = await loginOwner(server);
  });

  const submit = (source: string, over: object = {}, wait = 0) =>
    call<Simulation>(server, 'POST', '/v1/simulations', { token, ...(wait === 0 ? {} : { headers: { prefer: `wait=${wait}` } }), json: { program: { language: 'openqasm2', source }, shots: 50, seed: 3, ...over } });
  const cancel = (id: string) => call(server, 'POST', `/v1/simulations/${id}/cancel`, { token });

  async function follow(id: string, over: { token?: string; lastId?: string; method?: string } = {}): Promise<Stream> {
    const leaving = new AbortController();
    const response = await fetch(`${server.url}/v1/simulations/${id}/events`, {
      method: over.method ?? 'GET',
      headers: { authorization: `Bearer ${over.token ?? token}`, ...(over.lastId === undefined ? {} : { 'last-event-id': over.lastId }) },
      signal: leaving.signal,
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const next = async (): ReturnType<Stream['next']> => {
      for (;;) {
        const [block, ...rest] = text.split('\n\n');
        if (rest.length > 0) {
          text = rest.join('\n\n');
          const event = /^id: (\S+)\nevent: simulation\ndata: (.+)$/.exec(block!);
          if (event !== null) return { id: event[1]!, data: JSON.parse(event[2]!) as Simulation };
          assert.match(block!, /^(retry: 3000|: still here)$/);
          continue;
        }
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) return null;
        text += value;
      }
    };
    return { response, next, leave: () => leaving.abort() };
  }

  it('are told as they are, then as they become, and end with the final state', async () => {
    const { id } = (await submit(longRun(18, 2000))).body;
    const stream = await follow(id);
    assert.deepEqual([stream.response.status, stream.response.headers.get('content-type'), stream.response.headers.get('cache-control')], [200, 'text/event-stream', 'no-store']);
    const seen: Simulation[] = [];
    for (let event = await stream.next(); event !== null; event = await stream.next()) seen.push(event.data);
    assert.ok(seen.every((state) => state.id === id && state.result === undefined));
    assert.deepEqual(seen.at(-1)!.status, 'succeeded');
    assert.ok(seen.slice(0, -1).every(({ status }) => status === 'queued' || status === 'running'));
    const told = seen.map(({ progress }) => progress);
    assert.deepEqual(told, [...told].sort((a, b) => a - b), 'progress never falls');
    assert.ok(told.some((progress) => progress > 0 && progress < 1), String(told));
  });

  it('that have ended are told once; whoever has heard it is told to ask no more', async () => {
    const { id } = (await submit(BELL, {}, 30)).body;
    const stream = await follow(id);
    const last = (await stream.next())!;
    assert.equal(last.data.status, 'succeeded');
    assert.equal(await stream.next(), null);
    assert.equal((await follow(id, { lastId: last.id })).response.status, 204);
    const again = await follow(id, { lastId: '0123456789abcdef' });
    assert.deepEqual(await again.next(), last);
    const head = await follow(id, { method: 'HEAD' });
    assert.deepEqual([head.response.status, head.response.headers.get('content-type'), await head.next()], [200, 'text/event-stream', null]);
  });

  it('are followed by no more than a few of one account at once, and whoever leaves makes room', async () => {
    const { id } = (await submit(longRun())).body;
    const streams = await Promise.all(Array.from({ length: STREAMS_PER_PRINCIPAL_MAX }, () => follow(id)));
    assert.ok(streams.every(({ response }) => response.status === 200));
    const refused = await follow(id);
    assert.deepEqual([refused.response.status, refused.response.headers.get('retry-after')], [429, '10']);
    streams[0]!.leave();
    let room = refused;
    await until(async () => (room = await follow(id)).response.status === 200);
    assert.notEqual(await room.next(), null);
    // A read of one's own job goes on all the while: no stream holds a connection of the database.
    assert.equal((await call(server, 'GET', `/v1/simulations/${id}`, { token })).status, 200);
    for (const { leave } of [...streams, room]) leave();
    await cancel(id);
  });

  it('are told no more when the session has ended', async () => {
    const { id } = (await submit(longRun())).body;
    const other = await loginOwner(server);
    const stream = await follow(id, { token: other });
    assert.notEqual(await stream.next(), null);
    assert.equal((await call(server, 'POST', '/v1/auth/logout', { token: other })).status, 204);
    const asked = performance.now();
    while ((await stream.next()) !== null);
    assert.ok(performance.now() - asked < 15_000);
    assert.equal((await call<Simulation>(server, 'GET', `/v1/simulations/${id}`, { token })).body.status, 'running');
    await cancel(id);
  });

  it('that are not there are refused before there is a stream', async () => {
    const stranger = await follow('01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10');
    assert.deepEqual([stranger.response.status, stranger.response.headers.get('content-type')], [404, 'application/problem+json']);
    assert.equal((await follow('everything')).response.status, 422);
  });

  it('give their state vector as bytes, which are those of the signed result', async () => {
    const { body } = await submit(BELL.replace('measure q -> c;\n', ''), { outputs: ['statevector'], precision: 'single' }, 30);
    const { id, result } = body as Simulation & { result: { statevector: { base64: string } } };
    const answer = await fetch(`${server.url}/v1/simulations/${id}/statevector`, { headers: { authorization: `Bearer ${token}`, range: 'bytes=0-1' } });
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.equal(answer.status, 200);
    assert.equal(bytes.toString('base64'), result.statevector.base64);
    assert.equal(answer.headers.get('content-digest'), `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`);
    assert.deepEqual(['content-type', 'content-length', 'statevector-qubits', 'statevector-format', 'accept-ranges'].map((name) => answer.headers.get(name)), ['application/octet-stream', '64', '2', 'complex128-le', 'none']);
    const amplitudes = Array.from({ length: 8 }, (_, k) => bytes.readDoubleLE(8 * k));
    [Math.SQRT1_2, 0, 0, 0, 0, 0, Math.SQRT1_2, 0].forEach((part, k) => assert.ok(Math.abs(part - amplitudes[k]!) < 1e-6));
  });

  it('have no state vector where none was asked for, nor before they have ended', async () => {
    const statevector = (id: string) => call<{ type: string }>(server, 'GET', `/v1/simulations/${id}/statevector`, { token });
    const absent = await statevector((await submit(BELL, {}, 30)).body.id);
    assert.deepEqual([absent.status, absent.body.type], [404, 'urn:quantonium:problem:result-absent']);
    const { id } = (await submit(longRun())).body;
    assert.equal((await statevector(id)).status, 409);
    await cancel(id);
  });

  it('are estimated by the body of their submission', async () => {
    const json = { program: { language: 'openqasm2', source: BELL }, shots: 50, seed: 3, name: 'Bell pair' };
    const told = await call<object>(server, 'POST', '/v1/simulations/estimate', { token, json });
    assert.deepEqual([told.status, { ...told.body, bytesAllowed: 0, secondsAllowed: 0, costUnitsPerHour: 0, costUnitsPerDay: 0 }], [200, {
      method: 'statevector', precision: 'double', items: 1, qubits: 2, activeQubits: 2, bytes: 64, bytesAllowed: 0, seconds: 0.004, secondsAllowed: 0, costUnits: 1, costUnitsPerHour: 0, costUnitsPerDay: 0, fits: true, refusal: null,
    }]);
    assert.equal((await call(server, 'POST', '/v1/simulations/estimate', { token, json: { ...json, shotz: 1 } })).status, 422);
  });

  it('do not hold up the end of the server: their streams end before it', async () => {
    const { id } = (await submit(longRun())).body;
    const stream = await follow(id);
    assert.notEqual(await stream.next(), null);
    const asked = performance.now();
    const stopped = server.stop();
    while ((await stream.next()) !== null);
    assert.equal(await stopped, 0, server.output());
    assert.ok(performance.now() - asked < 8_000);
  });
});
