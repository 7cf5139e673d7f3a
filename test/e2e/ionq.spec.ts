import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { describe, it } from 'node:test';
import { type Answer, call, eventually, loginOwner } from '../harness/api.js';
import { withServer } from '../harness/with-server.js';
import { createPerson, createProject, bind } from '../harness/world.js';

interface ClientRequest {
  readonly client: string;
  readonly version: string;
  /** Where the client sends it, when it is given this server's address as its documents say. */
  readonly path: string;
  readonly body: { readonly name: string; readonly metadata: Readonly<Record<string, string>>; readonly registers?: object; readonly input?: Input; readonly body?: Input };
}
interface Input {
  readonly circuits?: readonly { readonly name?: string; readonly registers?: object }[];
}
interface Job {
  readonly id: string;
  readonly status: string;
  readonly name: string;
  readonly metadata: object;
  readonly registers?: object;
  readonly qubits?: number;
  readonly circuits?: number;
  readonly children?: readonly string[];
  readonly child_job_ids?: readonly string[];
  readonly parent_job_id?: string;
  readonly execution_time?: number;
  readonly stats?: { readonly qubits: number; readonly circuits: number };
  readonly results?: { readonly probabilities: { readonly url: string } } | null;
  readonly failure?: object;
}
interface Refused {
  readonly statusCode: number;
  readonly message: string;
}

const { requests } = JSON.parse(readFileSync('test/ionq/client-requests.json', 'utf8')) as { readonly requests: readonly ClientRequest[] };
const ofOne = requests.filter(({ body }) => (body.input ?? body.body)?.circuits === undefined);
const ofSeveral = requests.filter((request) => !ofOne.includes(request));
const DEEP = Array.from({ length: 4000 }, (_, i) => [...Array.from({ length: 20 }, (__, qubit) => ({ gate: 'ry', target: qubit, rotation: 0.3 })), { gate: 'cnot', control: i % 20, target: (i + 1) % 20 }]).flat();
/** Of forty qubits, every cut of which is crossed a hundred times. */
const WIDE = Array.from({ length: 39 * 100 }, (_, i) => [{ gate: 'ry', target: i % 39, rotation: 0.3 }, { gate: 'cnot', control: i % 39, target: (i % 39) + 1 }]).flat();
const ABSENT = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';

describe('the IonQ-compatible door', () => {
  let owner: string;
  let key: string;
  let stranger: string;

  const server = withServer(async () => {
    owner = await loginOwner(server);
    key = await keyOf(owner, 'read:data run:simulation');
    const blue = await createProject(server, owner, 'blue');
    const bob = await createPerson(server, owner, 'bob');
    await bind(server, owner, bob.id, 'researcher', `project:${blue}`);
    stranger = await keyOf(bob.token, 'read:data run:simulation');
  });

  async function keyOf(token: string, scope: string): Promise<string> {
    const answer = await call<{ key: string }>(server, 'POST', '/v1/api-keys', { token, json: { scope } });
    assert.equal(answer.status, 201, answer.text);
    return answer.body.key;
  }

  /** Headers as both clients send them, with every request: also with those that have no body. */
  const ask = <T = Job>(method: string, path: string, json?: unknown, apiKey = key) =>
    call<T>(server, method, path, { headers: { authorization: `apiKey ${apiKey}`, 'content-type': 'application/json' }, ...(json === undefined ? {} : { json }) });
  const ended = (path: string): Promise<Answer<Job>> => eventually(() => ask('GET', path), ({ body }) => ['completed', 'failed', 'canceled'].includes(body.status));

  for (const { client, version, path, body } of ofOne) {
    it(`runs a job of ${client}, from its submission to its deletion`, async () => {
      const submitted = await ask('POST', path, body);
      assert.deepEqual([submitted.status, submitted.body.status], [200, 'ready'], submitted.text);
      const { id } = submitted.body;
      const job = (await ended(`${path}/${id}`)).body;
      assert.deepEqual([job.status, job.name, job.metadata, job.failure], ['completed', body.name, body.metadata, undefined]);
      assert.equal(version === 'v0.3' ? job.qubits : job.stats?.qubits, 2);
      if (version === 'v0.3') assert.deepEqual([job.registers, typeof job.execution_time], [body.registers, 'number']);
      // qiskit-ionq takes the first version out of its own address and this, put together.
      else assert.equal(job.results?.probabilities.url, `/v0.4/jobs/${id}/results/probabilities`);
      const results = await ask<Record<string, number>>('GET', `${path}/${id}/results${version === 'v0.3' ? '' : '/probabilities'}?sharpen=False`);
      assert.deepEqual([results.status, Object.keys(results.body)], [200, ['0', '3']], results.text);
      for (const probability of Object.values(results.body)) assert.ok(Math.abs(probability - 0.5) < 1e-12);

      // It is a simulation as any other: with its receipt, and by its own id.
      const simulation = await call<{ status: string; signature?: object; result: { counts: object } }>(server, 'GET', `/v1/simulations/${id}`, { token: owner });
      assert.deepEqual([simulation.status, simulation.body.status, simulation.body.signature === undefined], [200, 'succeeded', false]);

      const deleted = await ask('DELETE', `${path}/${id}`);
      assert.deepEqual([deleted.status, deleted.body], [200, { id, status: 'deleted' }]);
      for (const [method, rest] of [['GET', ''], ['DELETE', ''], ['PUT', '/status/cancel']] as const) assert.equal((await ask(method, `${path}/${id}${rest}`)).status, 404);
      assert.equal((await call(server, 'GET', `/v1/simulations/${id}`, { token: owner })).status, 200);
    });
  }

  for (const { client, version, path, body } of ofSeveral) {
    it(`runs two circuits in one job of ${client}, each with an id and a result of its own`, async () => {
      const { circuits } = (body.input ?? body.body) as Required<Input>;
      const { id } = (await ask('POST', path, body)).body;
      const job = (await ended(`${path}/${id}`)).body;
      assert.deepEqual([job.status, job.name, job.metadata, job.circuits ?? job.stats?.circuits], ['completed', body.name, body.metadata, 2]);
      const children = (job.children ?? job.child_job_ids) as readonly string[];
      assert.equal(children.length, 2);

      // Where each client looks: cirq-ionq 1.7 adds a word, qiskit-ionq 1.x takes what the job names.
      const rest = version === 'v0.3' ? '/results' : '/results/probabilities/aggregated';
      if (version === 'v0.4') assert.equal(job.results?.probabilities.url, `/v0.4/jobs/${id}${rest}`);
      const results = await ask<Record<string, Record<string, number>>>('GET', `${path}/${id}${rest}`);
      assert.deepEqual([results.status, Object.keys(results.body)], [200, children], results.text);
      assert.deepEqual(Object.values(results.body).map((probabilities) => Object.keys(probabilities)), [['0', '3'], ['1']]);

      for (const [index, child] of children.entries()) {
        const one = (await ask('GET', `${path}/${child}`)).body;
        assert.deepEqual([one.id, one.status, one.name, one.registers, one.circuits ?? one.stats?.circuits], [child, 'completed', circuits[index]!.name ?? null, circuits[index]!.registers, 1]);
        if (version === 'v0.4') assert.equal(one.parent_job_id, id);
        const own = await ask('GET', `${path}/${child}${version === 'v0.3' ? '/results' : '/results/probabilities'}`);
        assert.deepEqual(own.body, results.body[child]);
        // It ends with its job, and goes with it.
        assert.deepEqual([(await ask('PUT', `${path}/${child}/status/cancel`)).status, (await ask('DELETE', `${path}/${child}`)).status], [409, 409]);
        assert.equal((await ask('GET', `${path}/${child}`, undefined, stranger)).status, 404);
      }
      assert.equal((await listed(`${path}?limit=1`)).jobs[0]!.id, id);
      assert.equal((await ask('DELETE', `${path}/${id}`)).status, 200);
      for (const gone of [id, ...children]) assert.equal((await ask('GET', `${path}/${gone}`)).status, 404);
    });
  }

  it('lists page by page, as cirq-ionq asks: with a body that says how many, and by status', async () => {
    const body = requests[2]!.body;
    const ids = [];
    for (const name of ['one', 'two', 'three']) ids.unshift((await ask('POST', '/v0.4/jobs', { ...body, name })).body.id);
    for (const id of ids) await ended(`/v0.4/jobs/${id}`);
    const seen: string[] = [];
    let next: string | undefined;
    do {
      const page = await listed(`/v0.4/jobs?limit=2&status=completed${next === undefined ? '' : `&next=${next}`}`);
      assert.ok(page.jobs.length <= 2);
      seen.push(...page.jobs.map(({ id }) => id));
      next = page.next;
    } while (next !== undefined);
    assert.deepEqual(seen, ids);
    assert.deepEqual((await listed('/ionq/v0.3/jobs?status=failed')).jobs, []);
    assert.equal((await ask('GET', '/ionq/v0.4/jobs?status=queued')).status, 422);
    // Those of other doors are not among them.
    const other = await call<{ id: string }>(server, 'POST', '/v1/simulations', { token: owner, json: { program: { language: 'openqasm3', source: 'OPENQASM 3.0; qubit q; bit c; c = measure q;' }, shots: 1 } });
    assert.equal((await ask('GET', `/ionq/v0.4/jobs/${other.body.id}`)).status, 404);
    assert.equal((await listed('/v0.4/jobs')).jobs.length, 3);
  });

  /** A GET with a body, which `fetch` does not send. */
  function listed(path: string): Promise<{ jobs: Job[]; next?: string }> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(`${server.url}${path}`, { method: 'GET', headers: { authorization: `apiKey ${key}`, 'content-type': 'application/json', 'content-length': 15 } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => (response.statusCode === 200 ? resolve(JSON.parse(Buffer.concat(chunks).toString()) as { jobs: Job[] }) : reject(new Error(`${response.statusCode} ${Buffer.concat(chunks).toString()}`))));
      });
      request.on('error', reject).end('{"limit": 1000}');
    });
  }

  it('cancels a job that runs, which then has no results, and none that has ended', async () => {
    const submitted = await ask('POST', '/ionq/v0.4/jobs', { backend: 'simulator', input: { gateset: 'qis', qubits: 20, circuit: DEEP.slice(0, 14_000) } });
    assert.equal(submitted.status, 200, submitted.text);
    const { id } = submitted.body;
    const early = await ask<Refused>('GET', `/ionq/v0.4/jobs/${id}/results/probabilities`);
    assert.deepEqual([early.status, early.body.statusCode], [409, 409]);
    assert.equal((await ask<Refused>('DELETE', `/ionq/v0.4/jobs/${id}`)).status, 409);
    const answer = await ask('PUT', `/ionq/v0.4/jobs/${id}/status/cancel`);
    assert.equal(answer.status, 200, answer.text);
    assert.ok(['ready', 'started', 'canceled'].includes(answer.body.status), answer.text);
    assert.equal((await ended(`/ionq/v0.4/jobs/${id}`)).body.status, 'canceled');
    assert.equal((await ask('GET', `/ionq/v0.4/jobs/${id}/results/probabilities`)).status, 404);
    assert.equal((await ask('PUT', `/ionq/v0.4/jobs/${id}/status/cancel`)).status, 409);
  });

  it('refuses at the place that is wrong, in the words that clients show', async () => {
    const refusals: readonly (readonly [object, RegExp])[] = [
      [{ backend: 'qpu.forte-1', input: { qubits: 1, circuit: [] } }, /^\/backend: Only simulator/],
      [{ shots: 2_000_000, input: { qubits: 1, circuit: [] } }, /^\/shots: A whole number from 1 to/],
      [{ input: { qubits: 1, circuit: [{ gate: 'hadamard', target: 0 }] } }, /^\/input\/circuit\/0\/gate: A gate of the set qis/],
      [{ input: { qubits: 1, circuits: Array.from({ length: 101 }, () => ({ circuit: [] })) } }, /^\/input\/circuits: A list of 1 to 100 circuits/],
      [{ input: { qubits: 40, circuits: [{ circuit: [] }, { circuit: WIDE }] } }, /^40 qubits in double precision need \d+ bytes of memory; \d+ are allowed\. \/input\/circuits\/1\/circuit: too-large$/],
      [{ input: { qubits: 40, circuit: WIDE } }, /^40 qubits in double precision need \d+ bytes of memory; \d+ are allowed\. \/input\/circuit: too-large$/],
    ];
    for (const [body, message] of refusals) {
      const answer = await ask<Refused>('POST', '/ionq/v0.4/jobs', body);
      assert.deepEqual([answer.status, answer.body.statusCode], [422, 422], answer.text);
      assert.match(answer.body.message, message);
    }
    assert.equal((await ask('POST', '/ionq/v0.4/jobs', [])).status, 422);
    assert.equal((await ask('POST', '/ionq/v0.4/jobs')).status, 422);
  });

  it('knows keys and nothing else of the kind, and hides jobs of other projects', async () => {
    const { id } = (await ask('POST', '/ionq/v0.4/jobs', requests[0]!.body)).body;
    assert.equal((await ask('GET', `/ionq/v0.4/jobs/${id}`, undefined, stranger)).status, 404);
    assert.equal((await ask('GET', `/ionq/v0.4/jobs/${ABSENT}`)).status, 404);
    const unknown = await ask<Refused>('GET', `/ionq/v0.4/jobs/${id}`, undefined, 'qak_none');
    assert.deepEqual([unknown.status, unknown.headers.get('www-authenticate')], [401, 'apiKey realm="quantonium", error="invalid_token"']);
    const reader = await keyOf(owner, 'read:data');
    assert.equal((await ask('POST', '/ionq/v0.4/jobs', requests[0]!.body, reader)).status, 403);
    assert.equal((await ask('GET', `/ionq/v0.4/jobs/${id}`, undefined, reader)).status, 200);
  });

  it('shows the one backend without a key', async () => {
    for (const version of ['v0.3', 'v0.4']) {
      const answer = await call<{ backend: string; qubits: number }[]>(server, 'GET', `/ionq/${version}/backends`);
      assert.deepEqual([answer.status, answer.body.map(({ backend }) => backend)], [200, ['simulator']], answer.text);
      assert.equal((await call(server, 'GET', `/${version}/backends/simulator/characterizations`)).text, '{"characterizations":[]}');
      assert.equal((await call(server, 'GET', `/ionq/${version}/backends/qpu.aria-1`)).status, 404);
    }
  });
});
