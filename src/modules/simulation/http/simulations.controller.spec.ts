import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { resultDigest } from '#pure/digest/result-digest.js';
import { type CallOptions, call, eventually, loginOwner } from '../../../../test/harness/api.js';
import { BELL, longRun } from '../../../../test/harness/simulation.js';
import { withServer } from '../../../../test/harness/with-server.js';

interface Simulation {
  id: string;
  status: string;
  seed: number;
  result?: { counts: Record<string, number>; digest: string; programDigest: string };
  signature?: { algorithm: string };
}

describe('simulations over HTTP', () => {
  let token: string;
  const server = withServer(async () => {
    token = await loginOwner(server);
  });

  const submit = (source: string, headers: CallOptions['headers'] = {}, over: object = {}) =>
    call<Simulation>(server, 'POST', '/v1/simulations', { token, headers, json: { program: { language: 'openqasm2', source }, shots: 50, seed: 3, ...over } });
  const get = <T = Simulation>(path: string) => call<T>(server, 'GET', `/v1/simulations${path}`, { token });
  const cancel = (id: string) => call<Simulation>(server, 'POST', `/v1/simulations/${id}/cancel`, { token });

  it('answers 200 with the result when it is done in time, and says that it waited', async () => {
    const answer = await submit(BELL, { prefer: 'wait=30' });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers.get('preference-applied'), 'wait=30');
    assert.equal(answer.headers.get('location'), `/v1/simulations/${answer.body.id}`);
    assert.equal(answer.body.result!.programDigest, `sha256:${createHash('sha256').update(BELL).digest('hex')}`);
    assert.equal(resultDigest(answer.body.result!), answer.body.result!.digest);
    assert.equal(answer.body.signature!.algorithm, 'Ed25519', 'it is signed before it has succeeded');
  });

  it('answers 202 when the time is over first, and with a preference that it does not understand', async () => {
    const slow = await submit(longRun(), { prefer: 'wait=1' });
    assert.equal(slow.status, 202, slow.text);
    assert.equal(slow.headers.get('preference-applied'), 'wait=1');
    const strange = await submit(BELL, { prefer: 'wait=soon' });
    assert.equal(strange.status, 202);
    assert.equal(strange.headers.get('preference-applied'), null);
    await cancel(slow.body.id);
  });

  it('gives the result as the same bytes each time, and they are canonical', async () => {
    const answer = await submit(BELL, { prefer: 'wait=30' });
    const { id } = answer.body;
    const [first, second] = [await get(`/${id}/result`), await get(`/${id}/result`)];
    assert.equal(first.text, second.text);
    for (const resource of [answer, await get(`/${id}`)]) {
      assert.ok(resource.text.endsWith(`,"result":${first.text}}`), 'in the resource too');
      assert.equal(resource.headers.get('content-type'), 'application/json; charset=utf-8');
    }
    assert.match(first.text, /^\{"counts":\{"00":\d+,"11":\d+\},"digest":"sha256:/);
    assert.match(first.headers.get('content-type')!, /^application\/json/);
  });

  it('draws the circuit as a picture or as text, and the counts', async () => {
    const { id } = (await submit(BELL, { prefer: 'wait=30' })).body;
    const circuit = (accept: string) => call(server, 'GET', `/v1/simulations/${id}/circuit`, { token, headers: { accept } });
    const [picture, text, histogram, bloch] = [await circuit('image/svg+xml'), await circuit('text/plain'), await get(`/${id}/histogram`), await get(`/${id}/bloch`)];
    assert.deepEqual([picture.status, picture.headers.get('content-type'), picture.headers.get('vary')], [200, 'image/svg+xml; charset=utf-8', 'Accept'], picture.text);
    assert.match(picture.headers.get('content-security-policy')!, /^default-src 'none'; style-src 'unsafe-inline';/);
    assert.match(picture.text, /^<svg .*<\/svg>\n$/s);
    assert.deepEqual([text.status, text.headers.get('content-type')], [200, 'text/plain; charset=utf-8']);
    assert.match(text.text, /^q\[0\]: ──\[H\]──●──/);
    assert.deepEqual([histogram.status, histogram.headers.get('content-type')], [200, 'image/svg+xml; charset=utf-8']);
    assert.match(histogram.text, />50 shots, 2 outcomes</);
    assert.equal(bloch.status, 404);
  });

  it('says that a result is not ready, and that a cancelled simulation has none', async () => {
    const { id } = (await submit(longRun())).body;
    const early = await get<{ type: string }>(`/${id}/result`);
    assert.deepEqual([early.status, early.body.type, early.headers.get('retry-after')], [409, 'urn:quantonium:problem:result-not-ready', '1']);
    const receipt = await get(`/${id}/receipt`);
    assert.deepEqual([receipt.status, receipt.headers.get('retry-after')], [202, '1']);
    assert.ok([200, 202].includes((await cancel(id)).status));
    await eventually(() => get(`/${id}`), (answer) => answer.body.status === 'cancelled');
    assert.equal((await get(`/${id}/result`)).status, 404);
    const again = await cancel(id);
    assert.deepEqual([again.status, (again.body as unknown as { type: string }).type], [409, 'urn:quantonium:problem:simulation-finished']);
    const proof = await eventually(() => get(`/${id}/receipt`), (answer) => answer.status === 200);
    assert.match(proof.text, /^c2sp\.org\/tlog-proof@v1\n/);
  });

  it('does a request with an Idempotency-Key once, and refuses the key for another body', async () => {
    const headers = { 'idempotency-key': 'tuesday', prefer: 'wait=30' };
    const [first, again] = [await submit(BELL, headers), await submit(BELL, headers)];
    assert.deepEqual([first.body.id, again.status], [again.body.id, 200]);
    assert.equal((await submit(BELL, headers, { shots: 51 })).status, 422);
  });

  it('runs OpenQASM 3 with the parameters of the request, and names the one that is wrong', async () => {
    const source = 'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput angle theta;\nqubit[2] q;\nbit[2] c;\nrx(theta) q[0];\nc[0] = measure q[0];\nif (c[0]) x q[1];\nc[1] = measure q[1];\n';
    const program = { language: 'openqasm3', source };
    const answer = await submit(BELL, { prefer: 'wait=30' }, { program, parameters: { theta: Math.PI } });
    assert.equal(answer.status, 200, answer.text);
    const { counts, parameters } = (answer.body as unknown as { result: { counts: object; parameters: object } }).result;
    assert.deepEqual([counts, parameters], [{ 11: 50 }, { theta: Math.PI }]);
    const refused = await submit(BELL, {}, { program, parameters: { theta: 'pi' } });
    assert.equal(refused.status, 422, refused.text);
    const [{ pointer, code, line }] = (refused.body as unknown as { errors: [{ pointer: string; code: string; line: number }] }).errors;
    assert.deepEqual([pointer, code, line], ['/parameters/theta', 'invalid-input', 3]);
  });

  it('runs a batch and a sweep in one job each, whose circuits are drawn one by one', async () => {
    const [language, head] = ['openqasm3', 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'] as const;
    const turned = { language, source: `${head}input angle theta;\nqubit[2] q;\nbit[2] c;\nrx(theta) q[0];\nc = measure q;\n` };
    const orders = [
      { program: undefined, programs: [{ language: 'openqasm2', source: BELL, name: 'pair' }, { ...turned, parameters: { theta: Math.PI } }] },
      { program: turned, sweep: [{ theta: 0 }, { theta: Math.PI }] },
    ];
    for (const [index, over] of orders.entries()) {
      const answer = await submit(BELL, { prefer: 'wait=30' }, over);
      assert.equal(answer.status, 200, answer.text);
      const { id, items, result } = answer.body as unknown as { id: string; items: number; result: { results: { counts: Record<string, number>; seed: number; name?: string }[]; digest: string } };
      assert.deepEqual([items, result.results.length, resultDigest(result)], [2, 2, result.digest]);
      assert.deepEqual([result.results[1]!.counts, result.results.map(({ seed }) => seed)], [{ '01': 50 }, [3, 4]]);
      assert.deepEqual(result.results.map(({ name }) => name), index === 0 ? ['pair', undefined] : [undefined, undefined]);
      const circuit = (item: string) => call(server, 'GET', `/v1/simulations/${id}/circuit?item=${item}`, { token, headers: { accept: 'text/plain' } });
      assert.match((await circuit('1')).text, /^q\[0\]: ──\[(?:RX|Rx|rx)/i);
      assert.match((await get(`/${id}/histogram?item=1`)).text, />50 shots, 1 outcome</);
      for (const wrong of ['2', '-1', 'x', '0.5', '1e1']) {
        const refused = await circuit(wrong);
        assert.ok([400, 422].includes(refused.status), `${wrong}: ${refused.text}`);
        assert.equal((JSON.parse(refused.text) as { errors: { pointer: string }[] }).errors[0]!.pointer, 'query:item');
      }
    }
    const refused = await submit(BELL, {}, { program: turned, sweep: [{ theta: 0 }, { theta: 'pi' }] });
    assert.deepEqual([refused.status, (refused.body as unknown as { errors: { pointer: string }[] }).errors[0]!.pointer], [422, '/sweep/1/theta']);
  });

  it('refuses outputs and noise that there are not', async () => {
    for (const [pointer, code, over] of [['/noise/depth', 'invalid-noise', { noise: { depth: 1 } }], ['/outputs/0', 'invalid-output', { outputs: ['state'] }]] as const) {
      const answer = await submit(BELL, {}, over);
      assert.equal(answer.status, 422, answer.text);
      assert.deepEqual((answer.body as unknown as { errors: object[] }).errors.map((error) => ({ ...error, detail: '' })), [{ pointer, code, detail: '' }]);
    }
  });

  const MALFORMED: readonly (readonly [what: string, over: object, pointer: string])[] = [
    ['shots as a string', { shots: '10' }, '/shots'],
    ['shots that are null', { shots: null }, '/shots'],
    ['a seed of 2^53', { seed: 2 ** 53 }, '/seed'],
    ['a seed that is null', { seed: null }, '/seed'],
    ['an unknown method', { method: 'magic' }, '/method'],
    ['an unknown precision', { precision: 'half' }, '/precision'],
    ['an empty program', { program: { language: 'openqasm2', source: '' } }, '/program/source'],
    ['a program that is a number', { program: { language: 'openqasm2', source: 1 } }, '/program/source'],
    ['a name with a line break', { name: 'a\nb' }, '/name'],
    ['a name that is too long', { name: 'x'.repeat(129) }, '/name'],
    ['an unknown priority', { priority: 'urgent' }, '/priority'],
    ['a deadline that is a number', { deadline: 1e12 }, '/deadline'],
    ['a deadline that is null', { deadline: null }, '/deadline'],
    ['a deadline that has passed', { deadline: '2026-01-01T00:00:00Z' }, '/deadline'],
    ['an unknown field', { shotz: 1 }, '/shotz'],
  ];
  for (const [what, over, pointer] of MALFORMED) {
    it(`refuses ${what}`, async () => {
      const answer = await submit(BELL, {}, over);
      assert.ok([400, 422].includes(answer.status), answer.text);
      assert.ok((answer.body as unknown as { errors: { pointer: string }[] }).errors.some((error) => error.pointer === pointer), answer.text);
    });
  }

  it('lists in pages that are linked, without results', async () => {
    const seen: string[] = [];
    let next: string | null = '/v1/simulations?limit=2';
    while (next !== null) {
      const page: { items: Simulation[]; next: string | null } = (await call<{ items: Simulation[]; next: string | null }>(server, 'GET', next, { token })).body;
      assert.ok(page.items.every((item) => item.result === undefined));
      seen.push(...page.items.map(({ id }) => id));
      next = page.next;
    }
    assert.ok(seen.length > 4);
    assert.deepEqual(seen, [...new Set(seen)].sort().reverse());
    assert.equal((await get('?cursor=bm90LWFuLWlk')).status, 422);
  });

  it('does not let a waiting request hold up the end of the server', async () => {
    const waiting = submit(longRun(), { prefer: 'wait=60' });
    await eventually(() => call<{ items: Simulation[] }>(server, 'GET', '/v1/simulations?limit=1', { token }), (answer) => answer.body.items[0]?.status === 'running');
    const asked = performance.now();
    assert.equal(await server.stop(), 0, server.output());
    assert.ok(performance.now() - asked < 8_000);
    assert.equal((await waiting).status, 202);
  });
});
